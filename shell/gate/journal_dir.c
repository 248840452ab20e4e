/* Where the journal is kept. See journal.h. */
#include "gate/journal.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

static bool make_directories(const char *path, struct ad_err *err)
{
	if (ad_file_make_directories(path))
		return true;
	ad_err_errno(err, "cannot create the journal directory %s", path);
	return ad_err_hint(err, "nothing was written; name another one with --journal DIR");
}

bool ad_journal_directory(char **out, const char *dir, struct ad_err *err)
{
	char *path = dir ? ad_strdup(dir) : ad_file_state("journal");

	if (!path) {
		ad_err_set(
			err, AD_ERR_FAILED, "system", 0, "there is no directory for the journal");
		return ad_err_hint(err, "nothing was written; name a directory with --journal DIR");
	}
	if (make_directories(path, err) &&
		ad_file_check_directory(path, "the journal directory", 0, err)) {
		*out = path;
		return true;
	}
	free(path);
	return false;
}
