/* --lock NAME: one run at a time. */
#ifndef AD_LOCK_H
#define AD_LOCK_H

#include "base/err.h"

/* Takes the lock until the process ends. AD_ERR_LOCKED says who holds it since when. Runs of the
 * same user on this machine exclude each other; NAME is letters, digits, '.', '_' and '-'. */
bool ad_lock_take(const char *name, struct ad_err *err);

#endif
