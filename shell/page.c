/* See page.h. */
#include "page.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define NOT_FOUND 127 /* the shell's word for it */

bool ad_page(const char *command, const char *text, size_t n)
{
	struct sigaction before;
	FILE *f;
	int status;

	fflush(stdout);
	setenv("LESS", "FRX", 0);
	f = popen(command, "we");
	if (!f)
		return false;
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_IGN }, &before);
	fwrite(text, 1, n, f); /* who leaves the pager early has seen enough */
	status = pclose(f);
	sigaction(SIGINT, &before, NULL);
	return !(WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND);
}
