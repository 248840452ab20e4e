-- connect "alpha.test": see directory.lua.
return require("adsh.directory").connect
