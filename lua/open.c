/* The one list of modules. See open.h. A new module is one file and one line here. */
#include "lua/open.h"

#include "lua/codec.h"
#include "lua/codes.h"
#include "lua/delegation.h"
#include "lua/directory.h"
#include "lua/file.h"
#include "lua/guard.h"
#include "lua/group.h"
#include "lua/kdc_probe.h"
#include "lua/krb5.h"
#include "lua/lookup.h"
#include "lua/notice.h"
#include "lua/peer.h"
#include "lua/plan.h"
#include "lua/policy.h"
#include "lua/replication.h"
#include "lua/server_file.h"
#include "lua/share.h"
#include "lua/snapshot.h"
#include "lua/spn.h"
#include "lua/text.h"
#include "lua/time.h"
#include "lua/trust.h"
#include "lua/versions.h"
#include "lua/whole.h"

#include <lauxlib.h>

static const luaL_Reg modules[] = {
	{ "adsh.core.codec", ad_lua_open_codec },
	{ "adsh.core.codes", ad_lua_open_codes },
	{ "adsh.core.delegation", ad_lua_open_delegation },
	{ "adsh.core.directory", ad_lua_open_directory },
	{ "adsh.core.file", ad_lua_open_file },
	{ "adsh.core.group", ad_lua_open_group },
	{ "adsh.core.guard", ad_lua_open_guard },
	{ "adsh.core.kdc_probe", ad_lua_open_kdc_probe },
	{ "adsh.core.krb5", ad_lua_open_krb5 },
	{ "adsh.core.lookup", ad_lua_open_lookup },
	{ "adsh.core.notice", ad_lua_open_notice },
	{ "adsh.core.peer", ad_lua_open_peer },
	{ "adsh.core.plan", ad_lua_open_plan },
	{ "adsh.core.policy", ad_lua_open_policy },
	{ "adsh.core.replication", ad_lua_open_replication },
	{ "adsh.core.server_file", ad_lua_open_server_file },
	{ "adsh.core.share", ad_lua_open_share },
	{ "adsh.core.snapshot", ad_lua_open_snapshot },
	{ "adsh.core.spn", ad_lua_open_spn },
	{ "adsh.core.text", ad_lua_open_text },
	{ "adsh.core.time", ad_lua_open_time },
	{ "adsh.core.trust", ad_lua_open_trust },
	{ "adsh.core.versions", ad_lua_open_versions },
	{ "adsh.core.whole", ad_lua_open_whole },
	{ NULL, NULL },
};

void ad_lua_open(lua_State *L)
{
	const luaL_Reg *m;

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	for (m = modules; m->name; m++) {
		lua_pushcfunction(L, m->func);
		lua_setfield(L, -2, m->name);
	}
	lua_pop(L, 1);
}
