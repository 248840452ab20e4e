-- Text files that people make, on Windows too: UTF-8 with a mark, UTF-16, lines that end in CR LF.
local failure = require "adsh.failure"
local text = require "adsh.core.text"

local text_file = {}

--- decode(bytes, path, what): them as UTF-8; see read for what.
function text_file.decode(bytes, path, what)
	local decoded = text.decode(bytes)
	if not decoded or decoded:find("\0", 1, true) then
		error(failure("usage", ("%s: %s is neither UTF-8 nor UTF-16"):format(path, what),
			"save it as UTF-8, or convert it: iconv -f CP1252 -t UTF-8"), 0)
	end
	return decoded
end

--- read(path, what): all of it as UTF-8; path - is standard input. what: "the list of hosts", for errors.
function text_file.read(path, what)
	local f, message = io.stdin, nil
	if path ~= "-" then
		f, message = io.open(path, "rb")
	end
	local bytes
	if f then
		bytes, message = f:read "a"
		if f ~= io.stdin then
			f:close()
		end
	end
	if not bytes then
		error(failure("usage", ("cannot read %s: %s"):format(what, message)), 0)
	end
	return text_file.decode(bytes, path, what)
end

-- A DN goes to the end of its line: commas and "#" are part of it. Behind its last DC there may be a comment.
local function dn_at(line, at)
	if line:find("^%a[%w-]*%s*=", at) or line:find("^[%d.]+%s*=", at) then
		local dn = line:sub(at)
		return dn:match("^(.-[Dd][Cc]%s*=%s*[%w_-]+)%s+#") or dn, #line + 1
	end
end

-- "..." as in CSV; a quotation mark in it is written twice.
local function quoted_at(line, at)
	local parts = {}
	while line:sub(at, at) == '"' do
		local stop = line:find('"', at + 1, true) or #line + 1
		parts[#parts + 1] = line:sub(at + 1, stop - 1)
		at = stop + 1
	end
	return parts[1] and table.concat(parts, '"'), at
end

local function plain_at(line, at)
	local stop = line:find("[,;\t]", at) or #line + 1
	local comment = line:find("%s#", at)
	if comment and comment < stop then
		return line:sub(at, comment - 1), #line + 1
	end
	return line:sub(at, stop - 1), stop
end

local function add_names(names, line)
	local at = line:find "[^%s,;]"
	while at and line:sub(at, at) ~= "#" do
		local name, stop
		for _, form in ipairs { quoted_at, dn_at, plain_at } do
			if not name then
				name, stop = form(line, at)
			end
		end
		name = name:match "^%s*(.-)%s*$"
		if name ~= "" then
			names[#names + 1] = name
		end
		at = line:find("[^%s,;]", stop)
	end
end

--- names(decoded): the names in a list: one in a line, or several with commas, semicolons or tabs between them,
--- each in quotation marks or not; a DN has a line of its own, unless it is quoted. "#" at the start of a line or
--- after a blank begins a comment.
function text_file.names(decoded)
	local names = {}
	for line in decoded:gmatch "[^\r\n]+" do
		add_names(names, line)
	end
	return names
end

return text_file
