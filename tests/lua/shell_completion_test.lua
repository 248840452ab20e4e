-- The completion of the command line in the shells themselves: what stands after Tab.
local place = io.popen("mktemp -d"):read "l"

local function sh(command)
	local pipe = assert(io.popen(("cd %s && HOME=$PWD XDG_CONFIG_HOME=$PWD XDG_STATE_HOME=$PWD %s 2>&1"):format(place,
		command)))
	local out = pipe:read "a"
	pipe:close()
	return out
end

local function write(name, text)
	local f <close> = assert(io.open(place .. "/" .. name, "w"))
	f:write(text)
end

-- bash: the words as readline splits them, with = and @ apart
local BASH = [[
. ./adsh.bash
compopt() { :; }
while read -r line; do
	mapfile -t COMP_WORDS < <(sed -E 's/([=@])/ \1 /g; s/ +/\n/g' <<< "$line" | sed 's/_/ /;s/^ $//')
	COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
	_adsh
	echo "${COMPREPLY[*]}"
done < lines
]]

-- zsh: the line editor on a terminal of its own; Ctrl-O tells what the line is
local ZSHRC = [[
PS1= fpath=($PWD $fpath)
autoload -U compinit; compinit -u -D
tell() { print -r -- "<""<$BUFFER>>" }
zle -N tell; bindkey '^O' tell; bindkey '^I' expand-or-complete; bindkey '^U' kill-whole-line
setopt no_list_beep no_beep
]]
local ZSH = [[
zmodload zsh/zpty
TERM=dumb ZDOTDIR=$PWD zpty shell zsh -d -i
while read -r line; do
	zpty -w -n shell "$line"$'\t\017'
	zpty -r shell answer '*<<*>>*'
	answer=${answer##*<<}
	print -r -- "${answer%%>>*}"
	zpty -w -n shell $'\025'
done < lines
zpty -d shell
]]

local function has(program)
	return sh("command -v " .. program) ~= ""
end

local CASES = { -- line, what bash offers, what zsh makes of the line; an empty last word is _
	{ "adsh resu", "resume", "adsh resume " },
	{ "adsh run aud", "audit", "adsh run audit " },
	{ "adsh -d x.test --yes run live", "live-migration", "adsh -d x.test --yes run live-migration " },
	{ "adsh run kcd --proto", "--protocol", "adsh run kcd --protocol=" },
	{ "adsh run kcd --protocol=ker", "kerberos", "adsh run kcd --protocol=kerberos " },
	{ "adsh run kcd --format=js", "json", "adsh run kcd --format=json " },
	{ "adsh run spn regi", "register", "adsh run spn register " },
	{ "adsh --read", "--read-only", "adsh --read-only " },
	{ "adsh replication --wai", "--wait", "adsh replication --wait=" },
	{ "adsh run min", "mine", "adsh run mine " },
	{ "adsh @la", "lab", "adsh @lab " },
	{ "adsh @lab run live", "live-migration", "adsh @lab run live-migration " },
}

local function outcomes(command)
	local lines = {}
	for line in sh(command):gmatch "[^\r\n]+" do
		lines[#lines + 1] = line
	end
	return lines
end

describe("completion of the command line", function()
	setup(function()
		sh "mkdir -m 700 adsh && mkdir -m 700 adsh/recipes"
		local program = os.getenv "ADSH" or "./adsh"
		os.execute(("ln -s $(realpath %s) %s/program"):format(program, place))
		sh "mv adsh adsh.config && mkdir bin && ln -s ../program bin/adsh"
		write("adsh.config/recipes/mine.lua", "error 'no code of the user runs for completion'")
		write("adsh.config/profiles.lua", "return { lab = { domain = 'x.test' } }")
		sh "chmod 600 adsh.config/profiles.lua"
		for _, shell in ipairs { "bash", "zsh", "fish" } do
			os.execute(("%s shell/completion.lua %s > %s/adsh.%s"):format(program, shell, place, shell))
		end
		sh "mv adsh.config adsh; cp adsh.zsh _adsh"
		local lines = {}
		for i, case in ipairs(CASES) do
			lines[i] = case[1] .. "\n"
		end
		write("lines", table.concat(lines))
		write("bash.script", BASH)
		write("zsh.script", ZSH)
		write(".zshrc", ZSHRC)
	end)
	teardown(function() os.execute("rm -r " .. place) end)

	it("works in bash", function()
		local got = outcomes 'env PATH="$PWD/bin:$PATH" bash bash.script'
		for i, case in ipairs(CASES) do
			assert.equal(case[2], got[i], case[1])
		end
	end)

	local zsh = has "zsh" and it or pending
	zsh("works in zsh", function()
		local got = outcomes 'env PATH="$PWD/bin:$PATH" timeout 20 zsh -f zsh.script'
		for i, case in ipairs(CASES) do
			assert.equal(case[3], got[i], case[1])
		end
	end)

	local fish = has "fish" and it or pending
	fish("works in fish", function()
		local ask = [[env PATH="$PWD/bin:$PATH" fish --no-config -c 'source adsh.fish; complete -C "%s"']]
		for _, case in ipairs(CASES) do
			local first = sh(ask:format(case[1])):match "^[^\t\n]*"
			assert.equal(case[2], first:gsub("^%-%-[%w-]+=", ""):gsub("^@", ""), case[1])
		end
	end)
end)
