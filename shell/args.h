/* The command line: one table of options, from which --help, the manual and completion come. */
#ifndef AD_ARGS_H
#define AD_ARGS_H

#include "base/err.h"

enum ad_option_kind { AD_OPTION_FLAG, AD_OPTION_TEXT, AD_OPTION_NUMBER, AD_OPTION_CHOICE };

struct ad_option {
	const char *name; /* "dry-run"; Lua sees options.dry_run */
	char letter; /* 'n', or 0 */
	enum ad_option_kind kind;
	const char *value; /* what the argument is called ("FILE"), or the choices ("a|b") */
	const char *group; /* heading in --help */
	const char *help;
};
extern const struct ad_option ad_options[]; /* ends with a NULL name */
#define AD_OPTIONS_MAX 40

enum ad_start { AD_START_REPL, AD_START_FILE, AD_START_CHUNK, AD_START_VERB };

struct ad_args {
	enum ad_start start;
	const char *profile; /* NAME of "@NAME"; may be NULL */
	const char *verb; /* "run", "apply", "journal", "undo", "resume", "help" */
	const char *what; /* FILE, CHUNK, or what the verb is about; may be NULL */
	char **rest; /* arguments of the script or the recipe */
	int n;
	char **argv; /* all of it */
	int argc;
	const char *given[AD_OPTIONS_MAX]; /* by position in ad_options: text, "1" for a flag */
};

/* The option's argument ("1" for a flag), or NULL when it was not given. */
const char *ad_args_get(const struct ad_args *a, const char *name);

/* Whether an option that has a value takes this one. */
bool ad_args_check(const struct ad_option *o, const char *value, struct ad_err *err);

/* Reads argv, of which out keeps pointers. AD_ERR_USAGE: one line that says what is wrong. */
bool ad_args_parse(struct ad_args *out, int argc, char **argv, struct ad_err *err);

#endif
