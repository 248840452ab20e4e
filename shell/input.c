/*
 * Lines from a person. readline gets its keys from a function of ours, which waits for them: a
 * signal then ends the line the way a key does, with no jump out of a handler, and readline itself
 * puts everything back. Its callback interface is not used: in readline 8.2, a line
 * left through it keeps an undo list that the next line frees again, and a command that aborts
 * while keys are pending jumps into a function that has returned. See input.h.
 */
#include "input.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"

#include <dlfcn.h>
#include <errno.h>
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
	X(history_write_timestamps) X(read_history) X(readline) \
	X(rl_attempted_completion_function) X(rl_attempted_completion_over) X(rl_bind_keyseq) \
	X(rl_catch_signals) X(rl_check_signals) X(rl_completer_word_break_characters) \
	X(rl_completion_append_character) X(rl_completion_matches) \
	X(rl_deprep_terminal) X(rl_forced_update_display) X(rl_getc) X(rl_getc_function) \
	X(rl_library_version) X(rl_line_buffer) X(rl_outstream) X(rl_prep_terminal) \
	X(rl_readline_name) X(rl_readline_state) X(rl_variable_bind) \
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

/* ---- keys ---- */

static volatile sig_atomic_t is_suspended, is_back;
static int n_ends; /* how often a key ended this line */

static void on_job_control(int signo)
{
	if (signo == SIGTSTP)
		is_suspended = 1;
	else
		is_back = 1;
}

/* Ctrl-Z: the shell gets the terminal as it was, and has it until SIGCONT comes. */
static void suspend(void)
{
	struct sigaction ours;

	is_suspended = 0;
	lib.rl_deprep_terminal();
	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = SIG_DFL }, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
	is_back = 1;
}

/* From the background: the shell has set up the terminal for itself. */
static void come_back(void)
{
	is_back = 0;
	lib.rl_deprep_terminal();
	lib.rl_prep_terminal(1);
	lib.rl_forced_update_display();
}

/* Waits for a key or a signal; true when there is a key. Signals are let in only here. */
static bool wait_for_key(int fd)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT };
	sigset_t blocked, before;
	fd_set in;
	bool is_ready;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&blocked, signals[i]);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	is_ready = !ad_stop_pending() && !is_suspended && !is_back &&
		   pselect(fd + 1, &in, NULL, NULL, NULL, &before) > 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return is_ready;
}

/* Once the keys end: Enter for a line, then the end of the input, should Enter be bound to
 * something else; for what reads more keys, the end of a paste and Ctrl-G. The end of the input
 * would not do there: readline 8.2 then takes a paste for a string that it has not terminated. */
static int key_that_ends(bool is_command)
{
	static const char keys[] = "\033[201~\a";
	static size_t i;

	if (is_command)
		return n_ends++ == 0 ? '\n' : READERR;
	return keys[i++ % (sizeof keys - 1)];
}

/* A key for readline. When a signal has come that is for us, the line comes to its end, also one
 * that waits for the rest of a paste, a search or a question. */
static int get_key(FILE *stream)
{
	bool is_command = *lib.rl_readline_state & RL_STATE_READCMD;
	unsigned char c;
	ssize_t n;

	while (!ad_stop_pending()) {
		bool is_ready = wait_for_key(fileno(stream));

		lib.rl_check_signals(); /* the size of the window */
		if (is_suspended)
			suspend();
		if (is_back)
			come_back();
		if (!is_ready || ad_stop_pending())
			continue;
		n = read(fileno(stream), &c, 1);
		if (n == 1)
			return c;
		if (n == 0 || errno != EINTR)
			return is_command ? lib.rl_getc(stream) : key_that_ends(false);
	}
	return key_that_ends(is_command);
}

/* ---- reading ---- */

bool ad_input_open(ad_input_complete *f, void *arg, struct ad_err *err)
{
	if (!load_readline(err))
		return false;
	completer = f;
	completer_arg = arg;
	*lib.rl_readline_name = "adsh";
	*lib.rl_catch_signals = 0; /* but for the size of the window */
	*lib.rl_getc_function = get_key;
	*lib.rl_attempted_completion_function = complete;
	*lib.rl_completer_word_break_characters = " \t\n\"'`><=;|&{}(),+-*/%^~#[]";
	lib.rl_variable_bind("enable-bracketed-paste", "on");
	/* searches that are not incremental: readline 8.2 mixes up undo lists and history lines */
	lib.rl_bind_keyseq("\\ep", NULL);
	lib.rl_bind_keyseq("\\en", NULL);
	lib.using_history();
	lib.stifle_history(HISTORY_LINES);
	*lib.history_comment_char = '#'; /* time stamps: a statement of several lines stays one */
	*lib.history_write_timestamps = 1;
	history = find_history();
	if (history && lib.read_history(history) == 0 && *lib.history_length >= HISTORY_LINES)
		lib.history_truncate_file(history, HISTORY_LINES / 2);
	return true;
}

enum ad_input ad_input_read(char **line, const char *prompt)
{
	struct sigaction before[2];
	int signo;

	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = on_job_control }, &before[0]);
	sigaction(SIGCONT, &(struct sigaction){ .sa_handler = on_job_control }, &before[1]);
	n_ends = 0;
	*line = lib.readline(prompt);
	sigaction(SIGTSTP, &before[0], NULL);
	sigaction(SIGCONT, &before[1], NULL);
	signo = ad_stop_pending();
	if (*line && !signo)
		return AD_INPUT_LINE;
	if (!*line)
		fputc('\n', *lib.rl_outstream);
	free(*line);
	*line = NULL;
	ad_stop_request(0);
	return signo == SIGINT ? AD_INPUT_INTERRUPTED : AD_INPUT_END;
}
