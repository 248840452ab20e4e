-- date: a time in any of its forms, as any other. What holds for all of them is in codec/time.h: here is what needs the
-- clock on the wall, and words such as "30 days ago".
local failure = require "adsh.failure"
local help = require "adsh.help"
local time = require "adsh.core.time"
local times = require "adsh.format.times"

local date = {}

-- ---- reading ----

local UNITS = {
	second = "sec", minute = "min", hour = "hour", day = "day", week = "day", month = "month", year = "year",
}

-- n units from now. Days and more keep the hour of the clock on the wall.
local function shifted(n, unit)
	local field = UNITS[unit]
	n = math.tointeger(n)
	if not field or not n or n < -1000000 or n > 1000000 then
		return nil
	elseif field == "sec" or field == "min" or field == "hour" then
		return os.time() + n * ({ sec = 1, min = 60, hour = 3600 })[field]
	end
	local t = os.date "*t"
	t[field] = t[field] + (unit == "week" and 7 * n or n)
	t.isdst = nil
	return os.time(t)
end

local function midnight(days)
	local t = os.date "*t"
	return os.time { year = t.year, month = t.month, day = t.day + days, hour = 0 }
end

local WORDS = {
	now = os.time,
	today = function() return midnight(0) end,
	yesterday = function() return midnight(-1) end,
	tomorrow = function() return midnight(1) end,
}

local function by_words(text)
	local n, unit = text:match "^(%d+) (%l-)s? ago$"
	if n then
		return shifted(-tonumber(n), unit)
	end
	n, unit = text:match "^in (%d+) (%l-)s?$"
	if n then
		return shifted(tonumber(n), unit)
	end
	return WORDS[text] and WORDS[text]()
end

-- The time, as seconds, at which the clock here shows these fields, which are taken for UTC so far.
local function shown_here(seconds, zone)
	for _, is_summer in ipairs { false, true } do
		local t = os.date("!*t", seconds)
		t.isdst = is_summer
		local at = os.time(t)
		if os.date("*t", at).isdst == is_summer and (not zone or os.date("%Z", at) == zone) then
			return at
		end
	end
	local t = os.date("!*t", seconds)
	t.isdst = nil
	return not zone and os.time(t) or nil
end

-- Without a zone, or with the zone's name as the prompt shows it: by the clock here.
local function by_clock(text)
	text = text:find "^%d%d:%d%d$" and os.date "%Y-%m-%d " .. text or text
	local stamp, zone = text:match "^(%d+%-%d+%-%d+[ T]%d+:[%d:]+)%.?%d* ?(%a*)$"
	local at = time.of_iso(stamp or text:match "^%d+%-%d+%-%d+$" or "")
	local here = at and shown_here(time.unix(at), zone ~= "" and zone or nil)
	return here and time.of_unix(here)
end

local function seconds_to_time(n)
	return n == n and n > -1e15 and n < 1e15 and time.of_unix(math.floor(n)) or nil
end

-- A time of any form as a FILETIME; nil: there is none.
local function read(when)
	if type(when) == "number" then
		return seconds_to_time(when)
	elseif type(when) ~= "string" then
		return nil
	end
	local seconds = by_words(when)
	when = when:gsub(" UTC$", "Z")
	return seconds and time.of_unix(seconds) or when:find "^%d+$" and time.of_filetime(when)
		or time.of_generalized(when) or by_clock(when) or time.of_iso(when)
end

-- The same; nil: it never happened, or will not.
local function parse(when, who)
	local t = when ~= "never" and read(when)
	if not t and when ~= "never" then
		error(failure("usage", ("%s: '%s' is not a valid time"):format(who, tostring(when)),
			'as in "2026-01-02T03:04:05Z", "2026-01-02 03:04", "20260102030405.0Z", "30 days ago", "in 2 hours"'), 0)
	end
	return t and not time.is_never(t) and t or nil
end

-- ---- what people call ----

help [[date.seconds(when) - A time as seconds since 1970, to calculate and compare with.
Arguments:
  when (time or integer): <when>
Returns: an integer, rounded down; nil when the time is "never"
Errors:
  usage: when has none of these forms
Example: date.seconds "30 days ago" < date.seconds(get "host01".whenCreated)]]
function date.seconds(when)
	local t = parse(when, "date.seconds")
	return t and time.unix(t)
end

help [[date.iso(when) - A time as ISO 8601 in UTC.
Arguments:
  when (time or integer): <when>
Returns: a string, "2026-01-02T03:04:05Z"; fractions, if any, have seven digits; nil when the time is "never"
Errors:
  usage: when has none of these forms
Example: date.iso "yesterday"]]
function date.iso(when)
	local t = parse(when, "date.iso")
	return t and time.iso(t)
end

help [[date.filetime(when) - A time as a FILETIME, for filters on lastLogonTimestamp, pwdLastSet and others.
Arguments:
  when (time or integer): <when>
Returns: a string, "134118110450000000": 100 ns since 1601; nil when the time is "never"
Errors:
  usage: when has none of these forms
Example: #search("(lastLogonTimestamp<=" .. date.filetime "90 days ago" .. ")")]]
function date.filetime(when)
	local t = parse(when, "date.filetime")
	return t and ("%d"):format(t)
end

help [[date.generalized(when) - A time as a GeneralizedTime, for filters on whenCreated, whenChanged and others.
Arguments:
  when (time or integer): <when>
Returns: a string, "20260102030405.0Z", in whole seconds; nil when the time is "never"
Errors:
  usage: when has none of these forms
Example: #search("(whenChanged>=" .. date.generalized "2 hours ago" .. ")")]]
function date.generalized(when)
	local t = parse(when, "date.generalized")
	return t and time.generalized(t)
end

help [[date.here(when) - A time as the prompt shows it: local time, with its zone where that is not today's.
Arguments:
  when (time or integer): <when>
Returns: a string, "2026-01-02 04:04:05"; nil when the time is "never"
Errors:
  usage: when has none of these forms
Example: date.here(get "host01".whenCreated)]]
function date.here(when)
	local t = parse(when, "date.here")
	return t and times.here(time.iso(t))
end

return date
