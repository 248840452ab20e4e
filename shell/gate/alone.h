/* Writing one change whose kind has a way of its own (struct ad_kind.write). */
#ifndef AD_ALONE_H
#define AD_ALONE_H

#include "gate/run.h"

/* Writes it, once more on top of somebody else's edit; the state and the journal say what became of
 * it. What the plan has to know of an object that was made gets known to it. False when it is not
 * done, so that the run has to stop unless it is to be kept going. */
bool ad_alone_write(struct ad_writing *w, struct ad_change *c, struct ad_err *err);

#endif
