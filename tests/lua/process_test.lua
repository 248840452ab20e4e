-- Tickets and passwords are in the memory of the process: nobody else may look at it, and no core file has it.
local function run(code, as)
	local path = os.tmpname()
	local f = assert(io.open(path, "w"))
	f:write(code)
	f:close()
	os.execute("chmod 644 " .. path)
	local program = os.tmpname() -- where another user may run it
	os.execute(("install -m 755 ${ADSH:-./adsh} %s"):format(program))
	local pipe = assert(io.popen(("HOME=/ %s %s %s 2>&1"):format(as or "", program, path)))
	local out = pipe:read "a"
	pipe:close()
	os.remove(path)
	os.remove(program)
	return out
end

describe("the process", function()
	it("leaves no core files", function()
		assert.equal("0 0\n", run [[os.execute "awk '/core file/ { print $5, $6 }' /proc/$PPID/limits"]])
	end)

	it("makes files for its owner alone", function()
		assert.equal("0077\n", run [[os.execute "umask"]])
	end)

	-- proc(5): what belongs to root there, of somebody else's process, cannot be dumped or traced
	local sanitized = (os.getenv "ADSH_SANITIZED" or "") ~= ""
	local is = sanitized and pending or it
	is("cannot be looked into", function()
		local pipe <close> = io.popen "id -u"
		local is_root = pipe:read "l" == "0"
		local mine = run([[os.execute "stat -c %u /proc/$PPID/environ"]],
			is_root and "setpriv --reuid 65534 --clear-groups" or "")
		assert.equal("0\n", mine)
	end)
end)
