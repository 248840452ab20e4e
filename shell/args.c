/* The command line. See args.h. */
#include "args.h"

#include "base/limits.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION "Connection"
#define WRITING "Writing"
#define OUTPUT "Output"
#define RUNNING "Running"

const struct ad_option ad_options[] = {
	{ "execute", 'e', AD_OPTION_TEXT, "CHUNK", RUNNING,
		"run one chunk of Lua; prints the value of an expression" },
	{ "timeout", 0, AD_OPTION_NUMBER, "SECONDS", RUNNING, "stop the run after this time" },
	{ "lock", 0, AD_OPTION_TEXT, "NAME", RUNNING,
		"end with status 7 when another run holds the lock NAME" },
	{ "domain", 'd', AD_OPTION_TEXT, "NAME", CONNECTION,
		"DNS name of the domain (default: from the ticket or krb5.conf)" },
	{ "server", 's', AD_OPTION_TEXT, "HOST[:PORT]", CONNECTION,
		"use only this DC; may be a URI (default: found in DNS, nearest site first)" },
	{ "from", 0, AD_OPTION_TEXT, "FILE", CONNECTION,
		"read a snapshot (adsh snapshot FILE) instead of a directory" },
	{ "user", 'u', AD_OPTION_TEXT, "NAME[@REALM]", CONNECTION,
		"log in with a password, prompted for and kept in memory" },
	{ "password-file", 0, AD_OPTION_TEXT, "FILE", CONNECTION,
		"read the password of --user from FILE (-: standard input)" },
	{ "keytab", 'k', AD_OPTION_TEXT, "FILE", CONNECTION,
		"log in from a keytab; renew tickets during long runs" },
	{ "ccache", 0, AD_OPTION_TEXT, "NAME", CONNECTION,
		"credential cache (default: from the environment)" },
	{ "tls", 0, AD_OPTION_CHOICE, "ldaps|starttls", CONNECTION,
		"use TLS instead of Kerberos sealing" },
	{ "cacert", 0, AD_OPTION_TEXT, "FILE", CONNECTION,
		"trusted certificates in PEM format (default: the system's)" },
	{ "simple", 0, AD_OPTION_FLAG, NULL, CONNECTION,
		"simple bind; only over TLS, and only to --server" },
	{ "dry-run", 'n', AD_OPTION_FLAG, NULL, WRITING,
		"show what would be written; write nothing" },
	{ "plan-out", 0, AD_OPTION_TEXT, "FILE", WRITING,
		"save what would be written, for adsh apply; write nothing" },
	{ "yes", 'y', AD_OPTION_FLAG, NULL, WRITING,
		"write without asking; required to write without a terminal" },
	{ "read-only", 0, AD_OPTION_FLAG, NULL, WRITING, "refuse every write" },
	{ "max-changes", 0, AD_OPTION_NUMBER, "N", WRITING,
		"refuse to change more than N objects" },
	{ "allow-protected", 0, AD_OPTION_FLAG, NULL, WRITING,
		"allow changes that involve DCs, krbtgt, administrators or Protected Users" },
	{ "allow-widening", 0, AD_OPTION_FLAG, NULL, WRITING,
		"allow changes that widen trust, such as unconstrained delegation" },
	{ "keep-going", 0, AD_OPTION_FLAG, NULL, WRITING,
		"continue with the other changes when one fails" },
	{ "partial", 0, AD_OPTION_FLAG, NULL, WRITING,
		"apply, undo, resume: skip objects that were edited since, and domains that do not answer" },
	{ "plan-by", 0, AD_OPTION_TEXT, "USER", WRITING,
		"apply: the plan file belongs to USER; required for another user's plan when nothing is asked" },
	{ "value-budget", 0, AD_OPTION_NUMBER, "N", WRITING,
		"limit of values per object (default: " AD_VALUE_BUDGET_TEXT
		", for 8 KiB database pages)" },
	{ "format", 'f', AD_OPTION_CHOICE, "table|json|csv|ldif", OUTPUT,
		"format of results on standard output (default: table)" },
	{ "csv-raw", 0, AD_OPTION_FLAG, NULL, OUTPUT,
		"csv: write values unchanged, even if a spreadsheet would read them as formulas" },
	{ "quiet", 'q', AD_OPTION_FLAG, NULL, OUTPUT, "print only results and errors" },
	{ "verbose", 'v', AD_OPTION_FLAG, NULL, OUTPUT, "print more; errors with a traceback" },
	{ "color", 0, AD_OPTION_CHOICE, "auto|always|never", OUTPUT, "colours (default: auto)" },
	{ "html", 0, AD_OPTION_TEXT, "FILE", OUTPUT,
		"run, apply, undo, journal RUN: write a page of the changes, to pass on or print" },
	{ "plain", 0, AD_OPTION_FLAG, NULL, OUTPUT,
		"for screen readers: rows as blocks, no grids, no colours, no redrawn lines" },
	{ "journal", 0, AD_OPTION_TEXT, "DIR", RUNNING,
		"directory of the journal (default: ~/.local/state/adsh/journal)" },
	{ "log", 0, AD_OPTION_TEXT, "syslog|journal|FILE", RUNNING,
		"log the run as one record with structured fields" },
	{ "report", 0, AD_OPTION_TEXT, "FILE", RUNNING,
		"write what the run did as one JSON document" },
	{ "keep-days", 0, AD_OPTION_NUMBER, "N", RUNNING,
		"remove runs older than N days from the journal" },
	{ "help", 'h', AD_OPTION_FLAG, NULL, OUTPUT, "show this help" },
	{ "version", 0, AD_OPTION_FLAG, NULL, OUTPUT,
		"show the versions of adsh and its libraries" },
	{ NULL, 0, AD_OPTION_FLAG, NULL, NULL, NULL },
};

#define USAGE(err, fmt, ...)                                                                       \
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, fmt "; try adsh --help", __VA_ARGS__)

static long find(const char *name)
{
	long i;

	for (i = 0; ad_options[i].name; i++)
		if (strcmp(ad_options[i].name, name) == 0)
			return i;
	abort(); /* a typing error in the program */
}

const char *ad_args_get(const struct ad_args *a, const char *name)
{
	return a->given[find(name)];
}

static bool is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s);

	while (n && choices) {
		if (strncmp(choices, s, n) == 0 && (choices[n] == '|' || !choices[n]))
			return true;
		choices = strchr(choices, '|');
		choices += choices ? 1 : 0;
	}
	return false;
}

bool ad_args_check(const struct ad_option *o, const char *value, struct ad_err *err)
{
	char *end;
	long n;

	if (o->kind == AD_OPTION_CHOICE && !is_choice(o->value, value))
		return USAGE(err, "--%s must be one of %s, not '%s'", o->name, o->value, value);
	if (o->kind == AD_OPTION_NUMBER) {
		n = strtol(value, &end, 10);
		if (n < 1 || n > INT_MAX || *end || *value < '0' || *value > '9')
			return USAGE(err, "--%s must be a whole number from 1 to %d, not '%s'",
				o->name, INT_MAX, value);
	}
	if (o->kind == AD_OPTION_TEXT && !*value && o->letter != 'e')
		return USAGE(err, "--%s must not be empty", o->name);
	return true;
}

/* The table as getopt_long wants it. A letterless option is told by 256 + its position. */
static void make_getopt(struct option *lng, char *letters)
{
	int i;

	*letters++ = '+'; /* stop at the first word: what follows belongs to the script */
	*letters++ = ':'; /* messages are ours */
	for (i = 0; ad_options[i].name; i++) {
		const struct ad_option *o = &ad_options[i];
		bool has_value = o->kind != AD_OPTION_FLAG;

		lng[i] = (struct option){ o->name, has_value ? required_argument : no_argument,
			NULL, 256 + i };
		if (o->letter) {
			*letters++ = o->letter;
			if (has_value)
				*letters++ = ':';
		}
	}
	lng[i] = (struct option){ 0 };
	*letters = 0;
}

static long find_letter(int c)
{
	long i = 0;

	while (ad_options[i].letter != c)
		i++;
	return i;
}

#define WORD_MAX 32 /* no option is longer */

static size_t min3(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* How many letters two words differ by (Levenshtein). */
static size_t distance(const char *a, const char *b, size_t n)
{
	size_t row[WORD_MAX + 1], diagonal, above, i, j;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; *a; i++, a++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

/* The option that was meant by the first n bytes of word, or NULL. */
static const char *nearest(const char *word, size_t n)
{
	const struct ad_option *o;
	const char *best = NULL;
	size_t d, least = (n < 9 ? 2 : n / 3) + 1;

	for (o = ad_options; o->name && n <= WORD_MAX; o++) {
		d = distance(o->name, word, n);
		if (d < least) {
			least = d;
			best = o->name;
		}
	}
	return best;
}

static bool unknown_option(const char *word, struct ad_err *err)
{
	const char *best = nearest(word + 2, strcspn(word + 2, "="));

	if (!best)
		return USAGE(err, "option '%s' is unknown or ambiguous", word);
	ad_err_set(err, AD_ERR_USAGE, "usage", 0, "option '%s' is unknown or ambiguous", word);
	return ad_err_hint(err, "did you mean --%s?", best);
}

static bool bad_option(int c, char **argv, struct ad_err *err)
{
	const char *why = c == ':' ? "needs an argument" : "is unknown or ambiguous";

	if (optopt > 0 && optopt < 256)
		return USAGE(err, "option '-%c' %s", optopt, why);
	if (c == '?' && optopt)
		return USAGE(err, "option '--%s' takes no argument", ad_options[optopt - 256].name);
	if (c == '?')
		return unknown_option(argv[optind - 1], err);
	return USAGE(err, "option '%s' %s", argv[optind - 1], why);
}

static bool read_options(struct ad_args *a, int argc, char **argv, struct ad_err *err)
{
	struct option lng[AD_OPTIONS_MAX];
	char letters[2 * AD_OPTIONS_MAX + 3];
	int c;

	make_getopt(lng, letters);
	opterr = 0;
	optind = 0; /* GNU: start over, so that a test may parse twice */
	while ((c = getopt_long(argc, argv, letters, lng, NULL)) != -1) {
		long i = c >= 256 ? c - 256 : c == '?' || c == ':' ? -1 : find_letter(c);

		if (i < 0)
			return bad_option(c, argv, err);
		if (optarg && !ad_args_check(&ad_options[i], optarg, err))
			return false;
		a->given[i] = optarg ? optarg : "1";
	}
	return true;
}

static bool is_verb(const char *word)
{
	static const char *const verbs[] = { "run", "apply", "journal", "undo", "resume",
		"replication", "snapshot", "diff", "help" };
	size_t i;

	for (i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(word, verbs[i]) == 0)
			return true;
	return false;
}

static void read_words(struct ad_args *a, int n, char **word)
{
	bool has_chunk = ad_args_get(a, "execute") != NULL;

	a->start = has_chunk ? AD_START_CHUNK : n ? AD_START_FILE : AD_START_REPL;
	a->what = has_chunk ? ad_args_get(a, "execute") : NULL;
	if (n && !has_chunk) {
		if (is_verb(word[0])) {
			a->start = AD_START_VERB;
			a->verb = *word++;
			n--;
		}
		a->what = n ? *word : NULL;
		if (n)
			word++, n--;
	}
	a->rest = word;
	a->n = n;
}

bool ad_args_parse(struct ad_args *out, int argc, char **argv, struct ad_err *err)
{
	struct ad_args a = { 0 };

	a.argv = argv;
	a.argc = argc;
	if (!read_options(&a, argc, argv, err))
		return false;
	if (optind < argc && argv[optind][0] == '@' && !ad_args_get(&a, "execute")) {
		argv += optind; /* more options may follow the profile */
		argc -= optind;
		a.profile = *argv + 1;
		if (!read_options(&a, argc, argv, err))
			return false;
	}
	read_words(&a, argc - optind, argv + optind);
	*out = a;
	return true;
}
