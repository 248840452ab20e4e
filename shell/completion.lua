-- Build-time: writes the completion of the command line for bash, zsh and fish, from the program's own tables of
-- options and recipes. shell/manual/make.lua runs it without the program; adsh shell/completion.lua bash does the
-- same.
local program = require "adsh.core.program"
local recipe = require "adsh.recipe"
local run_options = require "adsh.run_options"
local usage = require "adsh.usage"

-- ---- the table ----

-- One option: { long=, letter=, value=, choices=, about= }; value is nil for a flag.
local function global_options()
	local list = {}
	for i, o in ipairs(program.options()) do
		local choices
		if o.kind == "choice" then
			choices = {}
			for word in o.value:gmatch "[^|]+" do
				choices[#choices + 1] = word
			end
		end
		list[i] = { long = o.name, letter = o.letter, value = o.value, choices = choices, about = o.help }
	end
	return list
end

-- What a recipe has besides those of adsh, and the words that come without an option.
local function recipe_options(name)
	local list = {}
	for key, o in pairs(run_options.of(name)) do
		if not o.is_common then
			list[#list + 1] = { long = o.word:match "^%-%-(.+)$", value = o.takes_value and (o.value or key:upper()) or nil,
				choices = o.choices, about = o.about }
		end
	end
	table.sort(list, function(a, b) return a.long < b.long end)
	return list
end

local function recipe_words(name)
	local words = {}
	for _, argument in ipairs(recipe.parser(recipe.load(name))._arguments) do
		for _, word in ipairs(argument._choices or {}) do
			words[#words + 1] = word
		end
	end
	return words
end

local function recipes()
	local list = {}
	for i, r in ipairs(usage.recipes()) do
		list[i] = { name = r.recipe, about = r.summary, options = recipe_options(r.recipe), words = recipe_words(r.recipe) }
	end
	return list
end

local GLOBAL, RECIPES = global_options(), recipes()

local VERBS = {} -- { name, about }
for _, form in ipairs(usage.forms) do
	local verb = form[1]:match "^adsh %[OPTIONS%] (%l+)" or form[1]:match "^adsh (%l+)"
	if verb then
		VERBS[#VERBS + 1] = { verb, form[2] }
	end
end
local OWN = { -- options of verbs
	replication = { { long = "wait", value = "SECONDS", about = "wait so long for those that lack it" } },
	snapshot = { { long = "forest", about = "every domain of the forest" },
		{ long = "also", value = "DOMAIN", about = "another domain, such as a trusted one" } },
}
local OWNERS = { "replication", "snapshot" }

local function map(list, f, separator)
	local parts = {}
	for i, item in ipairs(list) do
		parts[i] = f(item)
	end
	return table.concat(parts, separator)
end

local function long(o) return "--" .. o.long end
local function verb_name(v) return v[1] end

-- The first clause, short enough to stand beside a name.
local function brief(text)
	text = (text or ""):gsub("%s+", " "):match "^(.-)[.;:]%s" or (text or ""):gsub("%s+", " ")
	return (text:gsub("%.$", ""):gsub("%s*%([^)]*$", ""))
end

local function has_file(o) return o.value == "FILE" or o.value == "syslog|journal|FILE" end

local function pick(options, wanted)
	local list = {}
	for _, o in ipairs(options) do
		list[#list + 1] = wanted(o) and o or nil
	end
	return list
end

local function forms(o)
	return "--" .. o.long .. (o.letter and "|-" .. o.letter or "")
end

local function fill(template, parts)
	return (template:gsub("@(%u+)@", function(name) return parts[name] end))
end

-- ---- bash ----

local BASH = [[
# bash completion of adsh; made from the program's own tables

# runs, profiles, recipes: those of this user
_adsh_known() { command adsh -e "require('adsh.completion.known')('$1', true)" 2> /dev/null < /dev/null; }
_adsh_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_adsh_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }

# the words of the recipe's own options: of the option in front, or what may come next; false: adsh knows better
_adsh_recipe() {
	case $recipe:$prev in
@RECIPEVALUES@
	esac
	case $recipe:$cur in
@RECIPEOPTIONS@
	*) return 1;;
	esac
}

_adsh() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' recipe='' i
	COMPREPLY=()
	if [ "$cur" = = ]; then cur=''
	elif [ "$prev" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		@VALUED@) [ "${COMP_WORDS[i+1]}" = = ] && ((i++)); ((i++));;
		-*|=) ;;
		@) ((i++));;
		*) if [ -z "$verb" ]; then verb=${COMP_WORDS[i]}
		   elif [ "$verb" = run ] && [ -z "$recipe" ]; then recipe=${COMP_WORDS[i]}; fi;;
		esac
	done
	[ -n "$recipe" ] && _adsh_recipe && return
	case $prev in
@CHOICES@
	@FILES@) _adsh_files; return;;
	@VALUES@) return;;
	@) [ -z "$verb" ] && _adsh_words "$(_adsh_known profiles)"; return;;
	esac
	case $verb:$cur in
@OWN@
	*:-*) _adsh_words '@OPTIONS@';;
	:@) cur=''; _adsh_words "$(_adsh_known profiles)";;
	:*) compopt -o filenames
	    mapfile -t COMPREPLY < <(compgen -W '@VERBS@' -- "$cur"; compgen -f -X '!*.lua' -- "$cur"; compgen -d -- "$cur");;
	run:*) [ -n "$recipe" ] || _adsh_words "$(_adsh_known recipes)";;
	undo:*|resume:*|journal:*|replication:*) _adsh_words "$(_adsh_known runs)";;
	help:*) _adsh_words "$(_adsh_known topics)";;
	*) _adsh_files;;
	esac
}
complete -F _adsh adsh]]

local function bash_choices(prefix, o)
	return ("\t%s) _adsh_words '%s'; return;;"):format(prefix, table.concat(o.choices, " "))
end

local function bash_recipe_value(name)
	return function(o)
		local pattern = name .. ":--" .. o.long
		return o.choices and bash_choices(pattern, o) or ("\t%s) %s; return 0;;"):format(pattern,
			has_file(o) and "_adsh_files" or "return 0")
	end
end

local function bash_recipe(r)
	return map(pick(r.options, function(o) return o.value end), bash_recipe_value(r.name), "\n")
end

local function bash()
	return fill(BASH, {
		RECIPEVALUES = map(RECIPES, bash_recipe, "\n"):gsub("\n\n+", "\n"),
		RECIPEOPTIONS = map(RECIPES, function(r)
			local lines = ("\t%s:-*) _adsh_words '%s @OPTIONS@';;"):format(r.name, map(r.options, long, " "))
			return lines .. (#r.words > 0
				and ("\n\t%s:*) _adsh_words '%s';;"):format(r.name, table.concat(r.words, " ")) or "")
		end, "\n"):gsub("@OPTIONS@", map(GLOBAL, long, " ")),
		OWN = map(OWNERS, function(verb)
			return ("\t%s:-*) _adsh_words '%s %s';;"):format(verb, map(OWN[verb], long, " "), map(GLOBAL, long, " "))
		end, "\n"),
		VALUED = map(pick(GLOBAL, function(o) return o.value end), forms, "|"),
		CHOICES = map(pick(GLOBAL, function(o) return o.choices end), function(o) return bash_choices(forms(o), o) end, "\n"),
		FILES = map(pick(GLOBAL, has_file), forms, "|"),
		VALUES = map(pick(GLOBAL, function(o) return o.value and not o.choices and not has_file(o) end), forms, "|"),
		OPTIONS = map(GLOBAL, long, " "),
		VERBS = map(VERBS, verb_name, " "),
	})
end

-- ---- zsh ----

local ZSH = [=[
#compdef adsh
# zsh completion of adsh; made from the program's own tables

_adsh_known() {
	local -a known
	known=(${(f)"$(command adsh -e "require('adsh.completion.known')('$1')" 2> /dev/null < /dev/null)"})
	_describe -t $1 $1 known
}

_adsh_run() {
	local -a own
	case $1 in
@RECIPES@
	esac
	_arguments -S $own '*:word:_files' $options
}

_adsh() {
	local curcontext=$curcontext state line
	local -a verbs options
	verbs=(
@VERBS@
	)
	options=(
@OPTIONS@
	)
	_arguments -C -S $options '1: :->first' '*:: :->rest'
	case $state in
	first)
		if [[ $PREFIX == @* ]]; then
			compset -P @
			_adsh_known profiles
			return
		fi
		_describe -t verbs verb verbs
		_files -g '*.lua';;
	rest)
		[[ $words[1] == @* ]] && shift words && (( CURRENT-- ))
		case $words[1] in
		run)
			if (( CURRENT == 2 )); then _adsh_known recipes
			else shift words; (( CURRENT-- )); _adsh_run $words[1]; fi;;
		undo|resume|journal) _arguments -S $options '1: :_adsh_known runs';;
		replication) _arguments -S $options '1: :_adsh_known runs' @REPLICATION@;;
		snapshot) _arguments -S $options '1: :_files' @SNAPSHOT@;;
		help) _adsh_known topics;;
		*) _arguments -S $options '*: :_files';;
		esac;;
	esac
}
_adsh "$@"]=]

local function zsh_quote(s)
	return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function zsh_text(s)
	return (s:gsub("[%[%]:\\]", "\\%0"))
end

local function zsh_option(o)
	local text = "[" .. zsh_text(brief(o.about)) .. "]"
	if o.value then
		text = text .. ":" .. zsh_text((o.value:gsub("|", " or "))) .. ":"
			.. (o.choices and "(" .. table.concat(o.choices, " ") .. ")" or has_file(o) and "_files" or "")
	end
	local all = zsh_quote(("--%s%s%s"):format(o.long, o.value and "=" or "", text))
	if o.letter then
		all = all .. " " .. zsh_quote(("-%s%s%s"):format(o.letter, o.value and "+" or "", text))
	end
	return all
end

local function zsh_recipe(r)
	local words = #r.words > 0 and { zsh_quote(("1:what to do:(%s)"):format(table.concat(r.words, " "))) } or {}
	for _, o in ipairs(r.options) do
		words[#words + 1] = zsh_option(o)
	end
	return ("\t%s) own=(\n\t\t%s);;"):format(r.name, table.concat(words, "\n\t\t"))
end

local function zsh()
	return fill(ZSH, {
		RECIPES = map(RECIPES, zsh_recipe, "\n"),
		VERBS = map(VERBS, function(v) return "\t\t" .. zsh_quote(v[1] .. ":" .. v[2]) end, "\n"),
		OPTIONS = map(GLOBAL, function(o) return "\t\t" .. zsh_option(o) end, "\n"),
		REPLICATION = map(OWN.replication, zsh_option, " "),
		SNAPSHOT = map(OWN.snapshot, zsh_option, " "),
	})
end

-- ---- fish ----

local FISH = [[
# fish completion of adsh; made from the program's own tables

function __adsh_known
	command adsh -e "require('adsh.completion.known')('$argv[1]')" 2> /dev/null < /dev/null |
		string replace -r '(?<!\\\\):' \t
end

# the words that are neither options nor values of options
function __adsh_words
	set -l skip 0
	for word in (commandline -opc)[2..-1]
		if test $skip = 1
			set skip 0
		else
			switch $word
				case @VALUED@
					set skip 1
				case '-*' '@*'
				case '*'
					echo $word
			end
		end
	end
end
function __adsh_none
	test (count (__adsh_words)) = 0
end
function __adsh_verb
	set -l words (__adsh_words)
	test (count $words) -gt 0; and contains -- $words[1] $argv
end
function __adsh_first
	set -l words (__adsh_words)
	test (count $words) = 1; and contains -- $words[1] $argv
end
function __adsh_recipe
	set -l words (__adsh_words)
	test (count $words) -gt 1; and test "$words[1]" = run; and test "$words[2]" = "$argv[1]"
end

complete -c adsh -n '__adsh_first run undo resume journal replication help' -f
complete -c adsh -n '__adsh_first run' -a '(__adsh_known recipes)'
complete -c adsh -n '__adsh_first undo resume journal replication' -a '(__adsh_known runs)'
complete -c adsh -n '__adsh_first help' -a '(__adsh_known topics)'
complete -c adsh -n '__adsh_none' -a '@(__adsh_known profiles)'
@VERBS@
@OPTIONS@
@RECIPES@]]

local function fish_quote(s)
	return "'" .. s:gsub("[\\']", "\\%0") .. "'"
end

local function fish_option(condition)
	return function(o)
		local words = { "complete -c adsh" }
		if condition then
			words[#words + 1] = "-n " .. fish_quote(condition)
		end
		words[#words + 1] = (o.letter and "-s " .. o.letter .. " " or "") .. "-l " .. o.long
		if o.value then
			words[#words + 1] = has_file(o) and "-r" or "-x"
		end
		if o.choices then
			words[#words + 1] = "-a " .. fish_quote(table.concat(o.choices, " "))
		end
		words[#words + 1] = "-d " .. fish_quote(brief(o.about))
		return table.concat(words, " ")
	end
end

local function fish_recipe(r)
	local condition = "__adsh_recipe " .. r.name
	local lines = map(r.options, fish_option(condition), "\n")
	if #r.words > 0 then
		lines = lines .. ("\ncomplete -c adsh -n %s -a %s"):format(fish_quote(condition),
			fish_quote(table.concat(r.words, " ")))
	end
	return lines
end

local function fish()
	return fill(FISH, {
		VALUED = map(pick(GLOBAL, function(o) return o.value end), function(o)
			return fish_quote("--" .. o.long) .. (o.letter and " " .. fish_quote("-" .. o.letter) or "")
		end, " "),
		VERBS = map(VERBS, function(v)
			return ("complete -c adsh -n __adsh_none -a %s -d %s"):format(v[1], fish_quote(v[2]))
		end, "\n"),
		OPTIONS = map(GLOBAL, fish_option(nil), "\n") .. "\n" .. map(OWNERS, function(verb)
			return map(OWN[verb], fish_option("__adsh_verb " .. verb), "\n")
		end, "\n"),
		RECIPES = map(RECIPES, fish_recipe, "\n"),
	})
end

print(({ bash = bash, zsh = zsh, fish = fish })[...]())
