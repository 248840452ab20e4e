/*
 * What a person may want to know while nothing else happens: on what something waits, and how far a
 * long piece of work is. Who works says so here; whoever shows it (the program, on a terminal) is a
 * function that it gives. Without one all of this costs an assignment.
 */
#ifndef AD_NOTICE_H
#define AD_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

/* Shows one line in place of the one before; NULL: it goes. */
void ad_notice_to(void (*show)(const char *line));
void ad_notice_hide(void); /* the line goes: something else is going to be printed */

/* From here on the waiting is for this ("dc1.alpha.test"), NULL: it is over. Gives what it was for
 * before, to be set again. The text must outlive the wait. */
const char *ad_notice_wait(const char *on);
/* Who is tried next when what is waited for stays silent, NULL: nobody. The same rules. */
const char *ad_notice_next(const char *next);
void ad_notice_alive(void); /* it has answered something: the seconds begin again */
void ad_notice_tick(void); /* called by ad_stop_check, so by everything that waits */

/* What the calling thread says from here on is not shown (of several only one may speak), or is
 * again. */
void ad_notice_mute(bool mute);

/* So many of so many are done. Shown once a second has gone by since the first call. */
void ad_notice_progress(const char *what, size_t done, size_t total);
/* So many have come since began (ad_clock_ms), nobody knows of how many: shown behind the progress
 * of the work that they are for, if there is any. */
void ad_notice_count(const char *what, size_t n, long long began);
void ad_notice_end(void); /* of the work */

#endif
