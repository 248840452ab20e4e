#include "repl.h"

int ad_repl_run(lua_State *L)
{
	(void)L;
	return 0;
}
