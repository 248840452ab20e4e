-- Group policies made behind adsh's back, see policies.py.
local lab = require "lab"
local cjson = require "cjson"

local policies = {}

--- What policies.py prints for these words.
function policies.run(...)
	local words = {}
	for i, w in ipairs { ... } do
		words[i] = lab.quote(w)
	end
	return lab.must(("%s/in.sh dc1 python3 tests/ad/policies.py %s 2>/dev/null"):format(lab.scripts,
		table.concat(words, " ")))
end

--- Makes or removes what the table says: command is "make" or "remove".
function policies.all(command, spec)
	local file = lab.file(cjson.encode(spec))
	policies.run(command, file)
	os.remove(file)
end

return policies
