/* See status_line.h. */
#include "status_line.h"

#include "base/buf.h"
#include "base/notice.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What does not fit would leave its first half on the screen. */
static int columns(void)
{
	struct winsize size = { 0 };

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1
									       : 79;
}

static void show(const char *line)
{
	struct ad_buf b = AD_BUF_INIT;

	if (line)
		ad_text_escape(&b, line, strlen(line), false);
	if (ad_text_width(ad_buf_text(&b), b.len) > (size_t)columns())
		fprintf(stderr, "\r\033[K%.*s", columns() / 2, ad_buf_text(&b));
	else
		fprintf(stderr, "\r\033[K%s", ad_buf_text(&b));
	fflush(stderr);
	ad_buf_clear(&b);
}

void ad_status_line_open(void)
{
	const char *term = getenv("TERM");

	if (isatty(STDERR_FILENO) && isatty(STDIN_FILENO) && term && strcmp(term, "dumb") != 0)
		ad_notice_to(show);
}

void ad_status_line_close(void)
{
	ad_notice_to(NULL);
}
