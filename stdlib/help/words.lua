-- Finds help by the meaning of words: all words, or what means the same, in names, sentences and details.
local words = {}

local LIKE = { -- each line: words that mean the same, by their stems
	"allow permit grant let enable give may can",
	"revoke remov delet tak forbid drop withdraw disallow den",
	"add creat mak regist new join",
	"find search look locat quer list show",
	"chang set modif edit writ replac",
	"undo revert rollback back restor",
	"spn servic princip name",
	"kcd constrain delegat",
	"rbcd resourc delegat",
	"migrat mov vmotion",
	"host server comput machin node",
	"user account person",
	"permiss right acl access acces",
	"share smb cif unc",
	"folder director file path",
	"group memb team",
	"duplicat twice doubl",
	"ticket kerbero login logon kinit credenti",
	"plan preview dry pend simulat",
	"journal log histor audit run",
	"connect open server domain",
	"trust forest cross",
	"export sav writ",
	"iso library vmm",
	"protect sensitiv admin",
	"error fail why reason code",
	"help tutor learn",
	"wait watch repeat poll",
	"replicat sync arriv",
	"storag disk share",
}

local STOP = {}
for word in ("a an and are at be by can do does for from has have how i in is it its me my of on or s that the them "
	.. "this to what when where which who whom will with you may all any please want need"):gmatch "%S+" do
	STOP[word] = true
end

local ENDINGS = {
	"ations", "ation", "ating", "ates", "ated", "ate", "ators", "ator", "ions", "ion", "ings", "ing", "ies", "ied", "ers",
	"ery", "er", "ed", "es", "s", "e", "y",
}

--- The stem of a word: "delegation", "delegates" and "delegating" have the same.
function words.stem(word)
	word = word:lower()
	for _, ending in ipairs(ENDINGS) do
		if #word >= #ending + 3 and word:sub(-#ending) == ending then
			local stem = word:sub(1, -#ending - 1)
			return ending:find "^at" and stem .. "at" or stem
		end
	end
	return word
end

local function tokens(text)
	local list = {}
	for word in text:gmatch "%w+" do
		list[#list + 1] = word
	end
	return list
end

-- The stems of a text, as keys.
local function stems(text)
	local set = {}
	for _, word in ipairs(tokens(text)) do
		set[words.stem(word)] = true
	end
	return set
end

local like -- stem -> set of the stems that mean the same

local function load_like()
	like = {}
	for _, line in ipairs(LIKE) do
		local group = tokens(line)
		for _, a in ipairs(group) do
			like[a] = like[a] or {}
			for _, b in ipairs(group) do
				like[a][b] = true
			end
		end
	end
end

local function alike(stem)
	if not like then
		load_like()
	end
	return like[stem] or {}
end

-- How much it counts that a text has a stem: as it is, begun, or by another word.
local function hit(set, stem)
	if set[stem] then
		return 1
	end
	for other in pairs(set) do
		if #stem >= 3 and other:sub(1, #stem) == stem then
			return 0.8
		end
	end
	for other in pairs(alike(stem)) do
		if set[other] then
			return 0.5
		end
	end
	return 0
end

local PLACES = { { "name", 5 }, { "sentence", 3 }, { "details", 1 } }

local function places_of(entry)
	local sets = {}
	for i, place in ipairs(PLACES) do
		sets[i] = stems(entry[place[1]])
	end
	return sets
end

-- What an entry is worth for the words, and how many of those that matter it has.
local function weigh(entry, list)
	local sets, sum, n = places_of(entry), 0, 0
	for _, word in ipairs(list) do
		local best = 0
		for i, place in ipairs(PLACES) do
			best = math.max(best, hit(sets[i], word.stem) * place[2])
		end
		sum = sum + (word.is_small and best / 10 or best)
		n = n + (best > 0 and not word.is_small and 1 or 0)
	end
	return sum, n
end

local function list_of(topic)
	local list, big = {}, 0
	for i, word in ipairs(tokens(topic)) do
		list[i] = { stem = words.stem(word), is_small = STOP[word:lower()] }
		big = big + (list[i].is_small and 0 or 1)
	end
	return list, big
end

local function plain(text)
	return " " .. table.concat(tokens(text:lower()), " ") .. " "
end

-- What has more of the words, in better places; then the shorter name.
local function is_better(a, b)
	if a.n ~= b.n then
		return a.n > b.n
	elseif a.score ~= b.score then
		return a.score > b.score
	elseif #a.entry.name ~= #b.entry.name then
		return #a.entry.name < #b.entry.name
	end
	return a.entry.name < b.entry.name
end

local MOST = 12

--- The entries that fit the words, best first, and whether they have all of them; nil when none fits.
function words.find(topic, entries)
	local list, big = list_of(topic)
	local scored, most = {}, 0
	for _, entry in ipairs(entries) do
		local score, n = weigh(entry, list)
		if plain(entry.sentence):find(plain(topic), 1, true) then
			score = score + 10
		end
		scored[#scored + 1] = { entry = entry, score = score, n = n }
		most = math.max(most, n)
	end
	if most == 0 then
		return nil
	end
	table.sort(scored, is_better)
	local found = {}
	for i = 1, math.min(MOST, #scored) do
		found[i] = scored[i].n == most and scored[i].entry or nil
	end
	return found, most == big
end

return words
