-- Build-time: reads out of the C sources what documents need, since the program may be for another machine: the
-- version, the options of the command line, the help texts of C functions. tests/lint/manual compares it with the
-- program.
local sources = {}

local function read(path)
	local file <close> = assert(io.open(path, "rb"))
	return file:read "a"
end

local ESCAPES = { n = "\n", t = "\t", ["0"] = "\0" }

-- What stands between the quotes of a literal, as the compiler reads it.
local function unescape(literal)
	return (literal:gsub("\\(.)", function(c) return ESCAPES[c] or c end))
end

-- The string literal or character that begins at `at`: its text, and where it ends.
local function literal_at(text, at)
	local quote, to = text:sub(at, at), at + 1
	while text:sub(to, to) ~= quote do
		assert(to <= #text, "a literal that does not end")
		to = to + (text:sub(to, to) == "\\" and 2 or 1)
	end
	return unescape(text:sub(at + 1, to - 1)), to
end

local function comment_end(text, at)
	local _, to = text:find("*/", at + 2, true)
	return to
end

-- What a C text consists of: { kind = "text" | "char" | "word" | "mark", text = }.
local function tokens(text)
	local list, at = {}, 1
	while at <= #text do
		local c, to, kind, value = text:sub(at, at), at, "mark", nil
		if c == '"' or c == "'" then
			kind, value, to = c == '"' and "text" or "char", literal_at(text, at)
		elseif text:sub(at, at + 1) == "/*" then
			kind, to = nil, comment_end(text, at)
		elseif c:find "[%w_]" then
			kind, value = "word", text:match("^[%w_]+", at)
			to = at + #value - 1
		elseif c:find "%s" then
			kind = nil
		end
		list[#list + 1] = kind and { kind = kind, text = value or c } or nil
		at = to + 1
	end
	return list
end

-- Names that stand for a string literal: #define NAME "text"
local function macros(text)
	local map = {}
	for name, value in text:gmatch '#define%s+([%w_]+)%s+"([^"\n]*)"' do
		map[name] = unescape(value)
	end
	return map
end

-- One field of an initializer: adjacent literals are one text, a macro that is known is its text, other words are
-- words.
local function field(parts, known)
	local text
	for _, part in ipairs(parts) do
		local value = part.kind ~= "mark" and (part.kind ~= "word" and part.text or known[part.text])
		text = value and (text or "") .. value or text
	end
	return text, parts[1] and parts[1].text
end

-- The rows { a, b, ... } behind `start` in a text: lists of { text =, word = }.
local function rows(text, start, known)
	local from = assert(text:find(start, 1, true), start) + #start
	local list, row, parts, depth = {}, nil, {}, 0
	local function close_field()
		if row then
			local value, word = field(parts, known)
			row[#row + 1] = { text = value, word = word }
		end
		parts = {}
	end
	for _, token in ipairs(tokens(text:sub(from, assert(text:find("\n};", from, true))))) do
		local mark = token.kind == "mark" and token.text
		if mark == "{" then
			depth, row, parts = depth + 1, {}, {}
		elseif mark == "}" then
			close_field()
			list[#list + 1], row, depth = row, nil, depth - 1
		elseif mark == "," and depth > 0 then
			close_field()
		else
			parts[#parts + 1] = token
		end
	end
	return list
end

--- The program's version.
function sources.version()
	return assert(macros(read "shell/program.h").AD_VERSION)
end

local KINDS = {
	AD_OPTION_FLAG = "flag", AD_OPTION_TEXT = "text", AD_OPTION_NUMBER = "number", AD_OPTION_CHOICE = "choice",
}

--- The options of the command line, as program.options() gives them.
function sources.options()
	local text, list = read "shell/args.c", {}
	for _, row in ipairs(rows(text, "ad_options[] = {", macros(read "shell/base/limits.h" .. text))) do
		list[#list + 1] = row[1].text and {
			name = row[1].text, letter = row[2].text, kind = KINDS[row[3].word], value = row[4].text, group = row[5].text,
			help = row[6].text,
		} or nil
	end
	return list
end

--- The help texts that C functions bring, by name, as program.help() gives them. paths: the files of lua/.
function sources.help(paths)
	local map = {}
	for _, path in ipairs(paths) do
		local text = read(path)
		for start in text:gmatch "struct ad_lua_func [%w_]+%[%] = {" do
			for _, row in ipairs(rows(text, start, macros(text))) do
				local line = row[3].text
				if line then
					map[line:match "^[^( ]+"] = line
				end
			end
		end
	end
	return map
end

return sources
