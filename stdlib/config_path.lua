-- Where a person keeps the files that adsh reads: policy, profiles, start-up file, recipes.

--- config_path(name): $XDG_CONFIG_HOME/adsh/NAME, or ~/.config/adsh/NAME; nil: there is no such place.
return function(name)
	local config, home = os.getenv "XDG_CONFIG_HOME", os.getenv "HOME"
	if config and config:match "^/" then
		return config .. "/adsh/" .. name
	end
	return home and home:match "^/" and home .. "/.config/adsh/" .. name or nil
end
