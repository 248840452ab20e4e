/* The time limit of the whole run, --timeout. */
#ifndef AD_DEADLINE_H
#define AD_DEADLINE_H

/* The run is stopped this many seconds from now. */
void ad_deadline_set(long seconds);
void ad_deadline_clear(void);

#endif
