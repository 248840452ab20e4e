-- Times for people: by the clock on their wall. What programs read stays in UTC.
local times = {}

local time = require "adsh.core.time"

--- seconds(stamp): "2026-11-26T17:00:55.85Z" since 1970; nil: it is not such a time.
function times.seconds(stamp)
	local at = stamp:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.?%d*Z$" and time.of_iso(stamp)
	return at and time.unix(at) or nil
end

local function zone_at(at)
	return os.date("%z", at)
end

--- here(stamp[, is_elsewhere]): the same time as "2026-11-26 18:00:55", with its zone where that is not today's, or
--- where others may read it elsewhere; what is no such time as it is.
function times.here(stamp, is_elsewhere)
	local at = times.seconds(stamp)
	if not at then
		return stamp
	end
	local is_same = zone_at(at) == zone_at(os.time())
	return os.date("%Y-%m-%d %H:%M:%S", at) .. ((is_elsewhere or not is_same) and os.date(" %Z", at) or "")
end

--- short(stamp): "11:31" for a time of today, else with the day; "" for what is no time.
function times.short(stamp)
	local at = times.seconds(stamp or "")
	if not at then
		return ""
	end
	return os.date(os.date("%F", at) == os.date "%F" and "%H:%M" or "%Y-%m-%d %H:%M", at)
end

return times
