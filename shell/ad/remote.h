/* Writing one change of what is no attribute of an object: the gate's other way (see struct
 * ad_change_kind). */
#ifndef AD_REMOTE_H
#define AD_REMOTE_H

#include "ad/gate.h"

/* Writes it, once more on top of somebody else's edit; the state and the journal say what became of
 * it. What the plan has to know of an object that was made gets known to it. False when it is not
 * done, so that the run has to stop unless it is to be kept going. */
bool ad_remote_write(
	struct ad_plan *p, struct ad_change *c, struct ad_report *report, struct ad_err *err);

#endif
