-- Build-time: makes the modules of adsh loadable without the program. Those of stdlib/ are the real ones; those in
-- C are stand-ins that do nothing, but for what the sources say about options and help.
local program = {}

local sources = require "sources"

-- Stands for anything: its fields, its results and what is computed with it are itself again, and it is an empty
-- list.
local anything = {}
do
	local function itself() return anything end
	local class = {
		__index = function(_, key) return type(key) ~= "number" and anything or nil end,
		__newindex = function() end, __len = function() return 0 end, __pairs = function() return next, {} end,
		__metatable = anything,
	}
	for name in ("call concat add sub mul div mod idiv unm band bor bxor bnot shl shr"):gmatch "%l+" do
		class["__" .. name] = itself
	end
	setmetatable(anything, class)
end

local function module_name(path)
	return "adsh." .. path:gsub("^stdlib/", ""):gsub("%.lua$", ""):gsub("/", ".")
end

local function preload(name, value)
	package.preload[name] = function() return value end
end

local function core(modules, c_files)
	local help, options = sources.help(c_files), sources.options()
	preload("adsh.core.program", setmetatable({
		version = sources.version(),
		help = function() return help end, options = function() return options end,
		modules = function() return modules end,
		terminal = function() return {} end, at_prompt = function() return false end,
	}, { __index = function() return anything end }))
	preload("adsh.core.options", {})
	preload("adsh.core.codec", setmetatable({ -- filters are made of it while modules are loaded
		uac_bit = function() return 0 end, escape = function(text) return text end,
	}, { __index = function() return anything end }))
	preload("adsh.core.text", setmetatable({ escape = function(text) return text end },
		{ __index = function() return anything end }))
	preload("adsh.own_recipes", { list = function() return {} end, paths = function() return {} end })
	preload("lfs", anything)
	preload("cjson", anything)
	preload("cjson.safe", anything)
end

-- adsh.core.NAME for any other name.
local function search(name)
	return name:find "^adsh%.core%." and function() return anything end or nil
end

--- Makes the modules of adsh ones that can be required. paths: the files of stdlib/ and of lua/ (those that end in .c).
function program.install(paths)
	local modules, c_files = {}, {}
	for _, path in ipairs(paths) do
		if path:find "%.c$" then
			c_files[#c_files + 1] = path
		else
			modules[#modules + 1] = module_name(path)
			package.preload[module_name(path)] = assert(loadfile(path))
		end
	end
	core(modules, c_files)
	table.insert(package.searchers, 2, search)
end

return program
