/*
 * Snapshots: what a directory said at one time, in a file that answers searches as the directory
 * would have. The file holds every object of some naming contexts with some of their attributes,
 * which it lists: what it does not hold is an error, never an empty answer.
 *
 * The file: the line "adsh snapshot 1", and then one zlib stream of records: a letter, a length
 * (32 bits, little-endian), and an entry of that length: the length of its DN (32 bits), the DN, a
 * zero byte, and attributes as LDAP has them (RFC 4511 4.5.2). H  once, first: when it was taken
 * and by whom, and the attributes it has D  a domain: the rootDSE of the domain controller that was
 * asked, and the login N  a naming context, whose objects follow: its DN E  an object Z  the end:
 * how many objects there are
 */
#ifndef AD_STORED_H
#define AD_STORED_H

#include "base/buf.h"
#include "net/ldap.h"
#include "net/ldap_entry.h"
#include "net/ldap_search.h"

struct ad_stored; /* a file, read and checked; references are counted */

/* AD_ERR_NOTFOUND, AD_ERR_REFUSED (somebody else could have written it), or AD_ERR_FAILED: it is
 * no snapshot, of a later version, cut off, or damaged. */
bool ad_stored_open(struct ad_stored **out, const char *path, struct ad_err *err);
struct ad_stored *ad_stored_ref(struct ad_stored *s);
void ad_stored_free(struct ad_stored *s);

const char *ad_stored_path(const struct ad_stored *s);
const struct ad_entry *ad_stored_head(const struct ad_stored *s);
size_t ad_stored_domains(const struct ad_stored *s);
size_t ad_stored_count(const struct ad_stored *s); /* of objects */
/* The rootDSE of the i-th domain. */
const struct ad_entry *ad_stored_domain(const struct ad_stored *s, size_t i);

/* A directory that is the i-th domain, or (gc) the catalog of its forest, which is there when the
 * file has every domain of it. */
bool ad_stored_directory(
	struct ad_ldap **out, struct ad_stored *s, size_t i, bool gc, struct ad_err *err);
/* What is behind such a directory; NULL: it is a connection. */
struct ad_stored *ad_ldap_stored(const struct ad_ldap *ld);
size_t ad_ldap_stored_domain(const struct ad_ldap *ld);
/* AD_ERR_REFUSED for those, always false. */
bool ad_stored_refuse(const struct ad_ldap *ld, const char *what, struct ad_err *err);

/* A search of it, as in ldap_search.h. */
struct ad_stored_search;
bool ad_stored_search_open(struct ad_stored_search **out, struct ad_ldap *ld,
	const struct ad_search_options *o, struct ad_err *err);
/* 1: an entry, 0: the end, -1: err (Ctrl-C). */
int ad_stored_search_next(struct ad_stored_search *s, struct ad_entry **out, struct ad_err *err);
void ad_stored_search_close(struct ad_stored_search *s);

/* ---- making one ---- */

struct ad_stored_writer;
struct ad_stored_writer *ad_stored_writer_new(void);
void ad_stored_writer_free(struct ad_stored_writer *w);
/* Adds a record. Of E, replication metadata is kept only where it is about delegation. */
void ad_stored_put(struct ad_stored_writer *w, char type, const struct ad_entry *e);
/* The same of one that has no entry: fields has n names and values by turns; the same name again:
 * one more value. */
void ad_stored_put_fields(struct ad_stored_writer *w, char type, const char *dn,
	const struct ad_value *fields, size_t n);
void ad_stored_finish(struct ad_stored_writer *w); /* nothing may follow */
/* Takes the bytes of the file that are ready: appends them. */
void ad_stored_take(struct ad_stored_writer *w, struct ad_buf *out);
size_t ad_stored_written(const struct ad_stored_writer *w); /* objects */

#endif
