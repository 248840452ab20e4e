/* LDAP result codes (RFC 4511 appendix A.1) for those who do not see libldap: err->code of what a
 * server refused. */
#ifndef AD_LDAP_CODES_H
#define AD_LDAP_CODES_H

enum ad_ldap_code {
	AD_LDAP_REFERRAL = 10,
	AD_LDAP_ADMIN_LIMIT_EXCEEDED = 11,
	AD_LDAP_CONSTRAINT_VIOLATION = 19,
	AD_LDAP_INVALID_DN_SYNTAX = 34,
	AD_LDAP_INSUFFICIENT_ACCESS = 50,
	AD_LDAP_UNWILLING_TO_PERFORM = 53,
	AD_LDAP_ALREADY_EXISTS = 68
};

#endif
