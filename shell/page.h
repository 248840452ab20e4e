/* A pager: what is longer than the screen. */
#ifndef AD_PAGE_H
#define AD_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Gives n bytes to a command of the system shell and waits for its end; Ctrl-C is the pager's
 * meanwhile. False when there is no such program: nothing was shown. */
bool ad_page(const char *command, const char *text, size_t n);

#endif
