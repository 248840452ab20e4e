std = "lua54"
max_line_length = 120
files["tests/**/*_test.lua"] = { std = "+busted" }
-- scripts see what the shell sees
local shell = {
	"connect", "csv", "date", "delegation", "dir", "directory", "doctor", "file", "filter", "folder", "gpo", "group", "help",
	"journal", "json", "krb5", "plan", "readiness", "replication", "share", "show", "snapshot", "spn", "trust", "verify",
}
files["examples"] = { read_globals = shell }
files["tests/bench"] = { read_globals = shell }
