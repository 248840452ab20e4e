/* Where the journal is kept. See journal.h. */
#include "gate/journal.h"
#include "base/file.h"
#include "base/mem.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static char *home(void)
{
	const char *h = getenv("HOME");
	struct passwd *pw;

	if (h && *h == '/')
		return ad_strdup(h);
	pw = getpwuid(getuid());
	return pw && pw->pw_dir && *pw->pw_dir == '/' ? ad_strdup(pw->pw_dir) : NULL;
}

static bool make_directories(const char *path, struct ad_err *err)
{
	if (ad_file_make_directories(path))
		return true;
	ad_err_errno(err, "cannot make the journal's directory %s", path);
	return ad_err_hint(err, "nothing was written; name another one with --journal DIR");
}

bool ad_journal_directory(char **out, const char *dir, struct ad_err *err)
{
	const char *state = getenv("XDG_STATE_HOME");
	char *path = NULL, *h = NULL;

	if (dir)
		path = ad_strdup(dir);
	else if (state && *state == '/')
		path = ad_format("%s/adsh/journal", state);
	else if ((h = home()))
		path = ad_format("%s/.local/state/adsh/journal", h);
	else if (getuid() == 0)
		path = ad_strdup("/var/lib/adsh/journal");
	free(h);
	if (!path) {
		ad_err_set(err, AD_ERR_FAILED, "system", 0, "there is no place for the journal");
		return ad_err_hint(err, "nothing was written; name a directory with --journal DIR");
	}
	if (make_directories(path, err) &&
		ad_file_check_directory(path, "the journal's directory", 0, err)) {
		*out = path;
		return true;
	}
	free(path);
	return false;
}
