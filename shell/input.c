/*
 * Lines from a person. readline runs through its callback interface, so that we wait ourselves: a
 * signal then ends the line cleanly, with no jump out of a handler. See input.h.
 */
#include "input.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define READLINE "libreadline.so.8"
#define HISTORY_LINES 2000

/* readline is loaded when there is somebody to type: scripts start faster without it. Each member
 * points to the function or variable of its name. */
/* clang-format off */
#define SYMBOLS(X) \
	X(add_history) X(append_history) X(history_base) X(history_comment_char) \
	X(history_get) X(history_length) X(history_truncate_file) \
	X(history_write_timestamps) X(read_history) X(rl_attempted_completion_function) \
	X(rl_attempted_completion_over) X(rl_callback_handler_install) \
	X(rl_callback_handler_remove) X(rl_callback_read_char) X(rl_callback_sigcleanup) \
	X(rl_check_signals) X(rl_completer_word_break_characters) \
	X(rl_completion_append_character) X(rl_completion_matches) \
	X(rl_deprep_terminal) X(rl_forced_update_display) X(rl_prep_terminal) \
	X(rl_library_version) \
	X(rl_line_buffer) X(rl_outstream) X(rl_readline_name) X(rl_variable_bind) \
	X(stifle_history) X(using_history)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(name) *name;
	SYMBOLS(MEMBER)
} lib;

static bool load_readline(struct ad_err *err)
{
	void *library = dlopen(READLINE, RTLD_NOW | RTLD_LOCAL);
	bool ok = library != NULL;

#define FIND(name) ok = ok && (*(void **)&lib.name = dlsym(library, #name));
	SYMBOLS(FIND)
	return ok || ad_err_set(err, AD_ERR_FAILED, "system", 0, "the prompt needs %s: %s",
			     READLINE, dlerror());
}

static char *history; /* the file, or NULL */
static ad_input_complete *completer;
static void *completer_arg;

const char *ad_input_version(void)
{
	return load_readline(NULL) ? *lib.rl_library_version : "not there";
}

/* ---- history ---- */

/* Ours, and where nobody can put another file in its place, since readline opens it again by its
 * name. Under sudo HOME may be somebody else's. */
static bool open_history(const char *path)
{
	char *dir = ad_strndup(path, (size_t)(strrchr(path, '/') - path));
	bool ok;
	int fd;

	ok = ad_file_make_directories(dir) && ad_file_check_directory(dir, "history", 0, NULL) &&
	     ad_file_open_own(&fd, path, "history", O_RDWR | O_CREAT, NULL);
	free(dir);
	if (!ok)
		return false;
	ok = fchmod(fd, 0600) == 0;
	close(fd);
	return ok;
}

static char *find_history(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;

	if (state && *state == '/')
		path = ad_format("%s/adsh/history", state);
	else if (home && *home == '/')
		path = ad_format("%s/.local/state/adsh/history", home);
	if (path && open_history(path))
		return path;
	free(path);
	return NULL;
}

void ad_input_remember(const char *text)
{
	HIST_ENTRY *last = *lib.history_length
				   ? lib.history_get(*lib.history_base + *lib.history_length - 1)
				   : NULL;

	if (last && strcmp(last->line, text) == 0)
		return;
	lib.add_history(text);
	if (history)
		lib.append_history(1, history);
}

/* ---- completion ---- */

static char **candidates;

static char *next_candidate(const char *text, int state)
{
	static size_t i;

	(void)text;
	if (state == 0)
		i = 0;
	return candidates[i] ? candidates[i++] : NULL; /* readline frees it */
}

static char **complete(const char *text, int start, int end)
{
	char **matches;

	*lib.rl_attempted_completion_over = 1; /* file names are no answer */
	*lib.rl_completion_append_character = 0;
	candidates = completer(completer_arg, *lib.rl_line_buffer, (size_t)start, (size_t)end);
	if (!candidates)
		return NULL;
	matches = lib.rl_completion_matches(text, next_candidate);
	free(candidates);
	candidates = NULL;
	return matches;
}

/* ---- reading ---- */

static char *got_line;
static bool is_done;

static void on_line(char *line)
{
	lib.rl_callback_handler_remove(); /* the terminal is as it was while code runs */
	got_line = line;
	is_done = true;
}

static volatile sig_atomic_t is_back;

static void on_continue(int signo)
{
	(void)signo;
	is_back = 1;
}

bool ad_input_open(ad_input_complete *f, void *arg, struct ad_err *err)
{
	if (!load_readline(err))
		return false;
	completer = f;
	completer_arg = arg;
	*lib.rl_readline_name = "adsh";
	*lib.rl_attempted_completion_function = complete;
	*lib.rl_completer_word_break_characters = " \t\n\"'`><=;|&{}(),+-*/%^~#[]";
	lib.rl_variable_bind("enable-bracketed-paste", "on");
	sigaction(SIGCONT, &(struct sigaction){ .sa_handler = on_continue }, NULL);
	lib.using_history();
	lib.stifle_history(HISTORY_LINES);
	*lib.history_comment_char = '#'; /* time stamps: a statement of several lines stays one */
	*lib.history_write_timestamps = 1;
	history = find_history();
	if (history && lib.read_history(history) == 0 && *lib.history_length >= HISTORY_LINES)
		lib.history_truncate_file(history, HISTORY_LINES / 2);
	return true;
}

/* Waits for a key, with signals let in only here. False when one came that is for us. */
static bool wait_for_key(const sigset_t *blocked)
{
	sigset_t before;
	fd_set in;

	sigprocmask(SIG_BLOCK, blocked, &before);
	FD_ZERO(&in);
	FD_SET(STDIN_FILENO, &in);
	if (!ad_stop_pending() && pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, &before) < 0)
		FD_ZERO(&in);
	sigprocmask(SIG_SETMASK, &before, NULL);
	lib.rl_check_signals(); /* readline's handlers came first: it passes signals on here */
	if (ad_stop_pending())
		return false;
	if (is_back) { /* from the background: the shell has set up the terminal for itself */
		is_back = 0;
		lib.rl_deprep_terminal();
		lib.rl_prep_terminal(1);
		lib.rl_forced_update_display();
	}
	if (FD_ISSET(STDIN_FILENO, &in))
		lib.rl_callback_read_char();
	return true;
}

enum ad_input ad_input_read(char **line, const char *prompt)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP };
	sigset_t blocked;
	size_t i;
	int signo;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&blocked, signals[i]);
	got_line = NULL;
	is_done = false;
	lib.rl_callback_handler_install(prompt, on_line);
	while (!is_done) {
		if (wait_for_key(&blocked))
			continue;
		signo = ad_stop_pending();
		ad_stop_request(0);
		lib.rl_callback_sigcleanup();
		lib.rl_callback_handler_remove();
		fputc('\n', *lib.rl_outstream);
		return signo == SIGINT ? AD_INPUT_INTERRUPTED : AD_INPUT_END;
	}
	if (!got_line) {
		fputc('\n', *lib.rl_outstream);
		return AD_INPUT_END;
	}
	*line = got_line;
	return AD_INPUT_LINE;
}
