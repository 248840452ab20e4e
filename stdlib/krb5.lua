-- Kerberos identities and tickets: the functions of lua/krb5.c, raising.
return require "adsh.raising"(require "adsh.core.krb5")
