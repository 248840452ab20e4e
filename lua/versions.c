/* adsh.core.versions: the libraries below us, a line of text for each. */
#include "lua/versions.h"

#include "net/version.h"

int ad_lua_open_versions(lua_State *L)
{
	struct ad_buf b = AD_BUF_INIT;

	ad_version_libraries(&b);
	lua_pushfstring(L, "%s\n%s", LUA_RELEASE, ad_buf_text(&b));
	ad_buf_clear(&b);
	return 1;
}
