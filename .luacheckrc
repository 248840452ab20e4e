-- luacheck runs on an older Lua, but knows 5.4.
std = "lua54"
max_line_length = 110
unused_args = true
local public = {
	"connect", "delegation", "folder", "help", "journal", "krb5", "plan", "share", "show", "spn", "trust",
}
files["tests/lua"] = { std = "lua54+busted" }
files["tests/ad"] = { std = "lua54+busted", read_globals = public }
files["examples"] = { read_globals = public }
