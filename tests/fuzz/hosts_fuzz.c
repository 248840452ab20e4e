/* Lists of hosts: see hosts.lua. */
#define TARGET "hosts"
#include "lua_target.h"
