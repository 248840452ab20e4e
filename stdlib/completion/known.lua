-- What a command line's completion asks adsh itself, since it is of this user and machine: recipes, runs, profiles,
-- topics of help. Prints NAME or NAME:WORDS, one a line;
-- a colon in a name has a backslash before it. No code of the user's runs for it but the file of profiles.
local kinds = {}

function kinds.recipes()
	local recipe, rows = require "adsh.recipe", {}
	for i, name in ipairs(recipe.names()) do
		rows[i] = { name, recipe.summary(name) or "your own" }
	end
	return rows
end

function kinds.runs()
	local rows = {}
	for _, r in ipairs(require "adsh.journal".runs()) do
		table.insert(rows, 1, { r.run, r.statement or r.command })
	end
	return rows
end

function kinds.profiles()
	local profiles, rows = require "adsh.profiles", {}
	for i, name in ipairs(profiles.names()) do
		rows[i] = { name, profiles.about(name) }
	end
	return rows
end

function kinds.topics()
	local rows = {}
	for i, entry in ipairs(require "adsh.help".entries()) do
		rows[i] = { entry.name, entry.sentence }
	end
	return rows
end

return function(kind, names_only)
	for _, row in ipairs(kinds[kind]()) do
		local about = (row[2] or ""):gsub("[%c:]", " ")
		print(names_only and row[1] or row[1]:gsub(":", "\\:") .. ":" .. about)
	end
end
