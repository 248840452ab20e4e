/* Limits of Active Directory that more than one layer speaks of. */
#ifndef AD_LIMITS_H
#define AD_LIMITS_H

/* Values of one object that are no links: all of them share one record in the DC's database, which
 * must fit into a page (Microsoft's "Active Directory Maximum Limits": about 1200 with pages of
 * 8 KiB, the default; more where a forest has pages of 32 KiB). */
#define AD_VALUE_BUDGET 1200
#define AD_VALUE_BUDGET_TEXT "1200"

#endif
