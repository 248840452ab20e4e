/*
 * The domain controller that was used last, of each domain: a file that the next process reads, so
 * that a piece of work of several commands is done on one of them, and none reads what the other
 * one has not heard of yet. It holds the name; its time is that of the last use. A read-only one is
 * not kept. It is only a hint: what is missing, older than ten minutes or not to be believed (see
 * base/file.h) is none, and when it cannot be written nobody is told.
 */
#ifndef AD_LAST_DC_H
#define AD_LAST_DC_H

#define AD_LAST_DC_S 600 /* so long it is believed */

char *ad_last_dc_read(const char *domain); /* allocated; NULL: none */
/* Where none is remembered, processes that begin together would each take one: the first goes on,
 * the others wait for it, this long at most. For close(); -1: there is nothing to wait for. */
int ad_last_dc_hold(const char *domain, int patience_ms);
/* host was used now, NULL: none could be; read is what ad_last_dc_read gave before. */
void ad_last_dc_write(const char *domain, const char *host, const char *read);

#endif
