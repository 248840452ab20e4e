/* Lines from a person: the only file that knows readline. */
#ifndef AD_INPUT_H
#define AD_INPUT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum ad_input { AD_INPUT_LINE, AD_INPUT_INTERRUPTED, AD_INPUT_END };

/* What is asked while a line is typed; none of it may raise. arg is that of ad_input_open. */
struct ad_input_hooks {
	/* Candidates for the word line[start..end): a NULL-terminated array and strings from
	 * malloc, or NULL. A word inside quotes begins behind the quote. *stays_open: the quote is
	 * not closed behind the only candidate, since more can follow. */
	char **(*complete)(void *arg, const char *line, size_t start, size_t end, bool *stays_open);
	/* What to print for n candidates on a screen of so many columns and rows: text from malloc
	 * that ends with a line break, or NULL. */
	char *(*list)(void *arg, char **candidates, size_t n, int columns, int rows);
	/* Help for the place in the line: text from malloc that ends with a line break, or NULL. */
	char *(*help)(void *arg, const char *line, size_t at);
	/* A piece of work while no key comes; the milliseconds until the next one, -1: none until a
	 * key has come. */
	int (*idle)(void *arg);
};

/* Loads readline; AD_ERR_FAILED when it is not there. History comes from and goes to
 * $XDG_STATE_HOME/adsh/history (mode 0600), when there is a home and it is ours; otherwise it lives
 * in memory. The arrows search the history for lines that begin like what was typed. */
bool ad_input_open(const struct ad_input_hooks *hooks, void *arg, struct ad_err *err);

/* One line, without its end; the caller frees it. Ctrl-C drops what was typed. */
enum ad_input ad_input_read(char **line, const char *prompt);

const char *ad_input_version(void); /* of readline */

/* The next line that is read begins with this text. */
void ad_input_preset(const char *text);

const char *ad_input_last(void); /* the last statement of the history, or NULL */

/* Adds a statement, of one or several lines, to the history. */
void ad_input_remember(const char *text);

#endif
