-- The kind of change "file", for people: files and folders of file servers that come, go, or hold something else.
local text = require "adsh.core.text"
local text_difference = require "adsh.text_difference"

local file = {}

local SHOWN = 40 -- lines of one file; all of them only with -v

-- As text, or nil.
local function readable(bytes)
	local decoded = bytes and text.decode(bytes)
	return decoded and not decoded:find "[%z\1-\8\14-\31]" and decoded or nil
end

local function size(bytes)
	return bytes and ("%d byte%s"):format(#bytes, #bytes == 1 and "" or "s") or "nothing"
end

local function content_lines(lines, e, verbose)
	local before, after = e.before[1], e.after[1]
	if not after then
		lines[#lines + 1] = "  content: " .. size(before)
		return
	end
	local old, new = readable(before or ""), readable(after)
	if not (old and new) then
		lines[#lines + 1] = ("  content: %s -> %s"):format(size(before), size(after))
		return
	end
	local rows = text_difference.of(old, new)
	lines[#lines + 1] = #rows > 0 and "  content" or "  content: only line endings or the encoding differ"
	for i, row in ipairs(rows) do
		if i > SHOWN and not verbose then
			lines[#lines + 1] = ("    ... and %d more lines (-v shows all)"):format(#rows - SHOWN)
			break
		end
		lines[#lines + 1] = ("    %s %s"):format(row.sign, text.escape(row.line))
	end
end

local function values(list)
	local found = {}
	for _, v in ipairs(list) do
		local key, value = v:match "^(.-)=(.*)$"
		found[key or v] = value
	end
	return found
end

local function existence_lines(lines, e)
	local before, after = values(e.before), values(e.after)
	if #e.before == 0 then
		lines[#lines + 1] = "  new " .. (after.type or "file")
	elseif #e.after == 0 then
		lines[#lines + 1] = ("  the %s is deleted"):format(before.type or "file")
	end
	if after.owner and after.owner ~= before.owner then
		lines[#lines + 1] = "    owner: " .. require "adsh.sid_names".shown(after.owner)
	end
end

--- lines(lines, e, c, verbose): as kind/attributes has it.
function file.lines(lines, e, c, verbose)
	if e.attribute == "file" then
		existence_lines(lines, e)
	elseif e.attribute == "content" then
		content_lines(lines, e, verbose)
	elseif #e.after > 0 then -- of what goes, nobody cares
		lines[#lines + 1] = "  permissions"
		local what = c.label:match "^folder " and "folder" or "file"
		for _, line in ipairs(require "adsh.permissions".difference(e.before[1], e.after[1], what, c.dn)) do
			lines[#lines + 1] = "    " .. line
		end
	end
end

function file.count()
	return 0, 0, 0
end

return file
