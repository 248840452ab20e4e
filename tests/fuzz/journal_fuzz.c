/* Journals, up to the plans that take a run back or finish it: see journal.lua. */
#define TARGET "journal"
#include "lua_target.h"
