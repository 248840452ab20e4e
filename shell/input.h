/* Lines from a person: the only file that knows readline. */
#ifndef AD_INPUT_H
#define AD_INPUT_H

#include "base/err.h"

#include <stddef.h>

enum ad_input { AD_INPUT_LINE, AD_INPUT_INTERRUPTED, AD_INPUT_END };

/* Candidates for the word line[start..end): a NULL-terminated array and strings from malloc, or
 * NULL. Must not raise. */
typedef char **ad_input_complete(void *arg, const char *line, size_t start, size_t end);

/* Loads readline; AD_ERR_FAILED when it is not there. History comes from and goes to
 * $XDG_STATE_HOME/adsh/history (mode 0600), when there is a home and it is ours; otherwise it lives
 * in memory. */
bool ad_input_open(ad_input_complete *complete, void *arg, struct ad_err *err);

/* One line, without its end; the caller frees it. Ctrl-C drops what was typed. */
enum ad_input ad_input_read(char **line, const char *prompt);

const char *ad_input_version(void); /* of readline */

/* Adds a statement, of one or several lines, to the history. */
void ad_input_remember(const char *text);

#endif
