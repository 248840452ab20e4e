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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define READLINE "libreadline.so.8"
#define HISTORY_LINES 2000
#define IDLE 500 /* ms without a key, after which other work is done */
#define PASTE 8 /* bytes: so many that wait behind a Tab were not typed */

/* readline is loaded when there is somebody to type: scripts start faster without it. Each member
 * points to the function or variable of its name. */
/* clang-format off */
#define SYMBOLS(X) \
	X(add_history) X(append_history) X(history_base) X(history_comment_char) \
	X(history_get) X(history_length) X(history_truncate_file) \
	X(history_write_timestamps) X(read_history) X(readline) X(remove_history) \
	X(rl_attempted_completion_function) X(rl_attempted_completion_over) X(rl_bind_keyseq) \
	X(rl_bind_keyseq_in_map) X(rl_catch_signals) X(rl_check_signals) X(rl_complete) \
	X(rl_completer_quote_characters) X(rl_completer_word_break_characters) \
	X(rl_completion_append_character) X(rl_completion_display_matches_hook) \
	X(rl_completion_matches) X(rl_completion_suppress_quote) X(rl_crlf) \
	X(rl_deprep_terminal) X(rl_end) X(rl_forced_update_display) X(rl_get_next_history) \
	X(rl_get_previous_history) X(rl_get_screen_size) X(rl_getc) X(rl_getc_function) \
	X(rl_insert) X(rl_insert_text) X(rl_last_func) X(rl_library_version) X(rl_line_buffer) \
	X(rl_outstream) X(rl_point) X(rl_prep_terminal) X(rl_readline_name) X(rl_readline_state) \
	X(rl_begin_undo_group) X(rl_delete_text) X(rl_end_undo_group) X(rl_startup_hook) X(rl_variable_bind) X(stifle_history) \
	X(using_history) X(vi_insertion_keymap)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(name) *name;
	SYMBOLS(MEMBER)
} lib;

/* The ELF note in which packagers' tools find what is loaded:
 * https://uapi-group.org/specifications/, "Package Metadata for dlopen". */
#define NEEDS                                                                                      \
	"[{\"feature\":\"prompt\",\"description\":\"Lines typed at the prompt\","                  \
	"\"priority\":\"recommended\",\"soname\":[\"" READLINE "\"]}]"

__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {
	uint32_t name_size, size, type;
	char name[4];
	char json[(sizeof NEEDS + 3) / 4 * 4];
} dlopen_note = { 4, sizeof NEEDS, 0x407c0c0a, "FDO", NEEDS };

static bool load_readline(struct ad_err *err)
{
	void *library = dlopen(READLINE, RTLD_NOW | RTLD_LOCAL);
	bool ok = library != NULL;

#define FIND(name) ok = ok && (*(void **)&lib.name = dlsym(library, #name));
	SYMBOLS(FIND)
	return ok || ad_err_set(err, AD_ERR_FAILED, "system", 0, "the prompt needs %s: %s",
			     READLINE, dlerror());
}

static bool history_is_open;
static char *history; /* the file, or NULL */
static const struct ad_input_hooks *hooks;
static void *hooks_arg;

const char *ad_input_version(void)
{
	return load_readline(NULL) ? *lib.rl_library_version : "not installed";
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

const char *ad_input_last(void)
{
	HIST_ENTRY *e = history_is_open && *lib.history_length
				? lib.history_get(*lib.history_base + *lib.history_length - 1)
				: NULL;

	return e ? e->line : NULL;
}

/* The line is in the history once, at its last place. */
static void forget(const char *text)
{
	int i = *lib.history_length;

	while (--i >= 0) {
		HIST_ENTRY *e = lib.history_get(*lib.history_base + i);

		/* one with data was edited: readline still has its undo list */
		if (e && !e->data && strcmp(e->line, text) == 0 && (e = lib.remove_history(i))) {
			free(e->line);
			free(e->timestamp);
			free(e);
		}
	}
}

void ad_input_remember(const char *text)
{
	HIST_ENTRY *last = *lib.history_length
				   ? lib.history_get(*lib.history_base + *lib.history_length - 1)
				   : NULL;

	if (last && strcmp(last->line, text) == 0)
		return;
	forget(text);
	lib.add_history(text);
	if (history)
		lib.append_history(1, history);
}

/* ---- the arrows: lines that begin like what was typed ---- */

static struct {
	char *typed; /* the line as it was, NULL: the arrows go through all lines */
	size_t n; /* what the lines found begin with: so much of it */
	int at; /* the line shown, history_length: what was typed */
} search;

/* As an edit that can be undone: readline shares the undo list of a line with the history. */
static void show_line(const char *text)
{
	lib.rl_begin_undo_group();
	lib.rl_delete_text(0, *lib.rl_end);
	*lib.rl_point = 0;
	lib.rl_insert_text(text);
	lib.rl_end_undo_group();
}

static void begin_search(void)
{
	free(search.typed);
	search.typed = *lib.rl_point > 0 ? ad_strdup(*lib.rl_line_buffer) : NULL;
	search.n = (size_t)*lib.rl_point;
	search.at = *lib.history_length;
}

/* The next line in that direction that begins so and is not the one that is shown. */
static void step_search(int step)
{
	int i = search.at + step;

	for (; i >= 0 && i < *lib.history_length; i += step) {
		HIST_ENTRY *e = lib.history_get(*lib.history_base + i);

		if (!e || strncmp(e->line, search.typed, search.n) != 0 ||
			strcmp(e->line, *lib.rl_line_buffer) == 0)
			continue;
		search.at = i;
		show_line(e->line);
		return;
	}
	if (step > 0 && search.at < *lib.history_length) {
		search.at = *lib.history_length;
		show_line(search.typed);
	}
}

static int search_up(int count, int key);

static int search_down(int count, int key)
{
	if (*lib.rl_last_func != search_up && *lib.rl_last_func != search_down)
		begin_search();
	if (!search.typed)
		return lib.rl_get_next_history(count, key);
	step_search(1);
	return 0;
}

static int search_up(int count, int key)
{
	if (*lib.rl_last_func != search_up && *lib.rl_last_func != search_down)
		begin_search();
	if (!search.typed)
		return lib.rl_get_previous_history(count, key);
	step_search(-1);
	return 0;
}

/* ---- text between the prompt and the prompt again ---- */

/* Prints it below the line that is being typed, which is then there again. Takes the text. */
static void print_below(char *text)
{
	if (!text)
		return;
	lib.rl_crlf();
	fputs(text, *lib.rl_outstream);
	free(text);
	lib.rl_forced_update_display();
}

static int help_at_cursor(int count, int key)
{
	(void)count;
	(void)key;
	print_below(hooks->help(hooks_arg, *lib.rl_line_buffer, (size_t)*lib.rl_point));
	return 0;
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
	bool stays_open = false;

	*lib.rl_attempted_completion_over = 1; /* file names are no answer */
	*lib.rl_completion_append_character = 0;
	candidates = hooks->complete(
		hooks_arg, *lib.rl_line_buffer, (size_t)start, (size_t)end, &stays_open);
	*lib.rl_completion_suppress_quote = stays_open;
	if (!candidates)
		return NULL;
	matches = lib.rl_completion_matches(text, next_candidate);
	free(candidates);
	candidates = NULL;
	return matches;
}

/* readline counts from matches[1]; matches[0] is what they begin with. */
static void list_matches(char **matches, int n, int longest)
{
	int rows, columns;

	(void)longest;
	lib.rl_get_screen_size(&rows, &columns);
	print_below(hooks->list(hooks_arg, matches + 1, (size_t)n, columns, rows));
}

/* Tab. In text that is pasted without brackets around it, it is part of the text. */
static int complete_or_insert(int count, int key)
{
	int waiting = 0;

	if (ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting >= PASTE)
		return lib.rl_insert(count, key);
	if (*lib.rl_last_func == complete_or_insert) /* a second Tab lists */
		*lib.rl_last_func = lib.rl_complete;
	return lib.rl_complete(count, key);
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

/* Waits for a key or a signal, not longer than so many milliseconds (-1: without limit): 1 when
 * there is a key, 0 when the time is up, -1 for a signal. Signals are let in only here. */
static int wait_for_key(int fd, int ms)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT };
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t blocked, before;
	fd_set in;
	int rc = -1;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&blocked, signals[i]);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (!ad_stop_pending() && !is_suspended && !is_back)
		rc = pselect(fd + 1, &in, NULL, NULL, ms < 0 ? NULL : &limit, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* The same without limit, with other work in the pauses between keys; true when there is a key. */
static bool wait_and_work(int fd, bool may_work)
{
	int ms = may_work ? IDLE : -1, rc;

	while ((rc = wait_for_key(fd, ms)) == 0)
		ms = hooks->idle(hooks_arg);
	return rc > 0;
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
		bool is_ready = wait_and_work(fileno(stream), is_command);

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

static char *preset;

static int insert_preset(void)
{
	if (preset)
		lib.rl_insert_text(preset);
	free(preset);
	preset = NULL;
	return 0;
}

void ad_input_preset(const char *text)
{
	free(preset);
	preset = ad_strdup(text);
}

/* The user's inputrc is read later, and has the last word. */
static void bind_keys(void)
{
	static const struct {
		const char *keys;
		rl_command_func_t *f;
	} bound[] = {
		{ "\\e[A", search_up },
		{ "\\eOA", search_up }, /* Up */
		{ "\\e[B", search_down },
		{ "\\eOB", search_down }, /* Down */
		{ "\\eOP", help_at_cursor },
		{ "\\e[11~", help_at_cursor }, /* F1 */
		{ "\\e[[A", help_at_cursor }, /* F1 of the Linux console */
		{ "\\C-i", complete_or_insert },
	};
	size_t i;

	for (i = 0; i < sizeof bound / sizeof *bound; i++) {
		lib.rl_bind_keyseq(bound[i].keys, bound[i].f);
		lib.rl_bind_keyseq_in_map(bound[i].keys, bound[i].f, *lib.vi_insertion_keymap);
	}
	lib.rl_bind_keyseq("\\eh", help_at_cursor); /* Alt-H */
	/* searches that are not incremental: readline 8.2 mixes up undo lists and history lines */
	lib.rl_bind_keyseq("\\ep", NULL);
	lib.rl_bind_keyseq("\\en", NULL);
}

bool ad_input_open(const struct ad_input_hooks *h, void *arg, struct ad_err *err)
{
	if (!load_readline(err))
		return false;
	hooks = h;
	hooks_arg = arg;
	*lib.rl_readline_name = "adsh";
	*lib.rl_catch_signals = 0; /* but for the size of the window */
	*lib.rl_getc_function = get_key;
	*lib.rl_attempted_completion_function = complete;
	*lib.rl_completion_display_matches_hook = list_matches;
	*lib.rl_completer_quote_characters = "\"'";
	*lib.rl_completer_word_break_characters = " \t\n\"'`><=;|&{}(),+-*/%^~#[]?\\!";
	*lib.rl_startup_hook = insert_preset;
	lib.rl_variable_bind("enable-bracketed-paste", "on");
	lib.rl_variable_bind("show-all-if-ambiguous", "on");
	lib.rl_variable_bind("completion-query-items", "-1"); /* the list is cut to the screen */
	bind_keys();
	lib.using_history();
	history_is_open = true;
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
