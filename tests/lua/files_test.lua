-- csv, json and date against Python's csv, json and datetime, and date(1).
local csv = require "adsh.csv"
local date = require "adsh.date"
local json = require "adsh.json"

local path = os.tmpname()

local function put(bytes)
	local f <close> = assert(io.open(path, "wb"))
	f:write(bytes)
end

local function contents(name)
	local f <close> = assert(io.open(name, "rb"))
	return f:read "a"
end

-- What Python prints; the code finds the file as path.
local function python(code)
	local script = os.tmpname()
	local f <close> = assert(io.open(script, "w"))
	f:write("import csv, datetime, json, sys\npath = sys.argv[1]\nsys.stdout.reconfigure(encoding='utf-8')\n" .. code)
	f:close()
	local pipe <close> = io.popen(("/usr/bin/python3 %s %s"):format(script, path))
	local out = pipe:read "a"
	os.remove(script)
	return out
end

local function failed(f, ...)
	local ok, err = pcall(f, ...)
	assert.is_false(ok)
	assert.equal("usage", err.kind, tostring(err))
	return err.message
end

local NASTY = {
	"a", "", " b ", 'q"q', '""', '"', "a,b", "a;b", "a\tb", "x\ny", "x\r\ny", "\r", "Müller", "'", "1", "\\", "\n",
}

describe("csv", function()
	teardown(function() os.remove(path) end)

	local function rows_of_python(separator)
		return json.decode(python(([[
rows = csv.reader(open(path, newline="", encoding="utf-8-sig"), delimiter=%s, strict=True)
print(json.dumps([r for r in rows if any(r)]))]]):format(json.encode(separator))))
	end

	it("reads what Python's csv writes, and the same as it does", function()
		for _, separator in ipairs { ",", ";", "\t" } do
			for _, quoting in ipairs { "MINIMAL", "ALL" } do
				python(([[
v = %s
w = csv.writer(open(path, "w", newline=""), delimiter=%s, quoting=csv.QUOTE_%s)
for i in range(300):
    w.writerow([v[(i * 7 + k * k) %% len(v)] for k in range(i %% 5 + 1)])]]):format(
					json.encode(NASTY), json.encode(separator), quoting))
				local rows = csv.read(path, { separator = separator, header = false })
				assert.is_true(#rows > 250)
				assert.same(rows_of_python(separator), rows)
			end
		end
	end)

	it("is read by Python's csv as it was", function()
		local rows = {}
		for i = 1, 300 do
			rows[i] = { "x" }
			for k = 1, i % 4 do
				rows[i][k + 1] = NASTY[(i * 7 + k * k) % #NASTY + 1]
			end
		end
		for _, separator in ipairs { ",", ";", "\t" } do
			csv.write(rows, path, { separator = separator, header = false, raw = true, mark = separator == ";" })
			assert.same(rows, rows_of_python(separator))
			assert.equal(separator == ";", contents(path):sub(1, 3) == "\xef\xbb\xbf")
			assert.same(rows, csv.read(path, { header = false, separator = separator }))
		end
	end)

	it("takes the headings of the first line, in their order", function()
		local rows = csv.decode "Name;Cluster;\r\nhost01;A;\r\n;;\r\n\r\nhost02;\"B;1\"\r\nhost03"
		assert.same({ { Name = "host01", Cluster = "A" }, { Name = "host02", Cluster = "B;1" }, { Name = "host03",
			Cluster = "" } }, rows)
		assert.equal("Name;Cluster\r\nhost01;A\r\nhost02;\"B;1\"\r\nhost03;\r\n", csv.encode(rows, { separator = ";" }))
		assert.same({ { a = "1", b = "2" } }, csv.decode("1,2", { header = { "a", "b" } }))
		assert.same({ { "a", "b" }, { "1", "2" } }, csv.decode("a,b\n1,2\n", { header = false }))
		assert.same({}, csv.decode "")
		assert.same({}, csv.decode "a,b\r\n")
	end)

	it("reads files of Windows", function()
		for _, encoding in ipairs { "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be" } do
			for _, first in ipairs { "", "sep=;\r\n", "#TYPE System.Management.Automation.PSCustomObject\r\n" } do
				python(("open(path, 'w', newline='', encoding=%q).write(%s)"):format(encoding,
					json.encode(first .. '"Name";"Ort"\r\n"host01";"Köln, Süd"\r\n')))
				assert.same({ { Name = "host01", Ort = "Köln, Süd" } }, csv.read(path), encoding .. first)
			end
		end
		assert.same({ { ["a;b;c"] = "1", d = "2" } }, csv.decode '"a;b;c",d\n1,2\n') -- quotes hold the separator
		assert.same({ { a = "1;2", b = "x,y" } }, csv.decode "a\tb\n1;2\tx,y\n")
		put "Name\nM\xfcller\n"
		assert.matches("the CSV file is neither UTF%-8 nor UTF%-16", failed(csv.read, path))
	end)

	it("says in which line it is wrong", function()
		put 'a,b\r\n"x\r\ny",1\r\n"z"z,2\r\n'
		assert.equal(path .. ", line 4: text follows the closing quotation mark", failed(csv.read, path))
		assert.equal("csv.decode, line 4: the quotation mark is not closed", failed(csv.decode, 'a\n"x\ny"\n"z\n'))
		assert.matches("line 2: 'x' is in column 3, which has no heading", failed(csv.decode, "a,b\n1,2,x\n"))
		assert.matches("line 1: two columns have the heading 'a'", failed(csv.decode, "a,a\n"))
		assert.matches("cannot read the CSV file", failed(csv.read, "/nonexistent"))
		assert.matches("unknown option 'seperator'; the known ones are: header, separator", failed(csv.decode, "",
			{ seperator = ";" }))
		assert.matches("the separator must be ',', ';' or a tab", failed(csv.encode, {}, { separator = "|" }))
	end)

	it("gives a spreadsheet no formula, whatever its separator is", function()
		local rows = { { "=1", "-5", "x;=2,@3", "a\n+b" } }
		assert.equal('\'=1,-5,"x;\'=2,@3","a\n\'+b"\r\n', csv.encode(rows, { header = false }))
		assert.equal('\'=1;-5;"x;=2,\'@3";"a\n\'+b"\r\n', csv.encode(rows, { header = false, separator = ";" }))
		assert.equal("'=1\t-5\tx;'=2,'@3\t\"a\n'+b\"\r\n", csv.encode(rows, { header = false, separator = "\t" }))
		assert.equal('=1,-5,"x;=2,@3","a\n+b"\r\n', csv.encode(rows, { header = false, raw = true }))
	end)

	it("writes a file that is its owner's alone, and whole or not at all", function()
		put "old"
		os.execute("chmod 666 " .. path)
		csv.write({ { a = 1, b = { "x", "y" } } }, path)
		assert.equal('a,b\r\n1,"x\ny"\r\n', contents(path))
		local pipe <close> = io.popen("stat -c %a " .. path)
		assert.equal("600", pipe:read "l")
		assert.is_false(pcall(csv.write, {}, "/nonexistent/x"))
		assert.is_false(pcall(csv.write, {}, nil))
	end)
end)

describe("json", function()
	it("reads what Python reads, and nothing else", function()
		local texts = {
			"[]", "{}", " [ ] ", "1", "-0.5", "1e3", "1E+2", "-12", "0", "0.0", '"x"', "true", "false", '[[],{}]',
			'{"a":[1,2,{"b":"c"}]}', '"\\u0041\\ud83d\\ude00\\n\\/\\udbff\\uDFFF"', '"\127"', "[1 , 2]", '"\\u0000"', '["Köln"]',
			"134118110450000001", "9223372036854775807", "-9223372036854775808", "1.5e-300", '{"":1}', "\t\r\n1\n",
			-- not valid
			"", " ", "[", "[1,]", "[,1]", "{", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "{'a':1}", "01", "-", "+1", ".5", "1.",
			"1e", "0x10", "nul", "truex", "nullx", '"', '"\\x"', '"\\u12"', '"a\nb"', '"\t"', "[1] x", "[1 2]", "1 2",
			'{"a":1 "b":2}', "// x\n1", "/**/1", "[1}", "\f1", "--1", "1..2", "\u{a0}1",
		}
		put(json.encode(texts))
		local theirs = json.decode(python [[
out = []
for t in json.load(open(path, encoding="utf-8")):
    try:
        out.append([json.loads(t)])
    except ValueError:
        out.append(None)
print(json.dumps(out, ensure_ascii=False))]])
		for i, text in ipairs(texts) do
			local ok, ours = pcall(json.decode, text)
			assert.equal(theirs[i] ~= json.null, ok, text)
			if ok then
				assert.same(theirs[i][1], ours, text)
				assert.equal(math.type(theirs[i][1]), math.type(ours), text)
			end
		end
	end)

	it("is what Python reads", function()
		local value = { list = { 1, 2.5, "x", true, json.null, { deep = {} } }, text = 'q"\\\n\1é', big = 134118110450000001,
			[ "" ] = false }
		put(json.encode(value, "  "))
		assert.equal('134118110450000001 q"\\\n\1é [1, 2.5, \'x\', True, None, {\'deep\': []}] False\n',
			python "v = json.load(open(path, encoding='utf-8'))\nprint(v['big'], v['text'], v['list'], v[''])")
		assert.same(value, json.decode(json.encode(value)))
		assert.equal("a\127\u{1f600}b", json.decode '"a\127\\ud83d\\ude00b"')
		assert.equal('[{},[],{"a":[null]}]', json.encode(json.decode ' [ {} , [], {"a": [null], "b": null}]'))
	end)

	it("refuses what has two meanings, and says where", function()
		assert.equal("json.decode, line 2, column 2: the name 'a' is repeated", failed(json.decode, '{"a":1,\n "a":2}'))
		assert.matches("half a surrogate pair", failed(json.decode, '"\\ud83d"'))
		assert.matches("half a surrogate pair", failed(json.decode, '"\\ude00\\ud83d"'))
		assert.matches("too large", failed(json.decode, "1e999"))
		assert.matches("too deep", failed(json.decode, ("["):rep(100000)))
		assert.matches("neither UTF%-8 nor UTF%-16", failed(json.decode, '"\xff"'))
		local loop = {}
		loop.a = loop
		assert.matches("contains itself", failed(json.encode, loop))
		assert.is_false(pcall(json.encode, 1, "x"))
	end)

	it("reads and writes files, those of PowerShell, too", function()
		python "open(path, 'w', encoding='utf-16').write('{\"Name\": \"Köln\"}')"
		assert.same({ Name = "Köln" }, json.read(path))
		json.write({ a = { 1 } }, path)
		assert.equal('{\n  "a": [\n    1\n  ]\n}\n', contents(path))
		local pipe <close> = io.popen("stat -c %a " .. path)
		assert.equal("600", pipe:read "l")
		put "[1,\n x]"
		assert.equal(path .. ", line 2, column 2: a value is expected", failed(json.read, path))
		os.remove(path)
	end)
end)

local ZONES = { "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "America/New_York", "Asia/Kolkata" }

-- The lines that a command prints in a zone; it finds the list as the file path.
local function lines_of(command, list, zone)
	put(table.concat(list, "\n") .. "\n")
	local pipe <close> = io.popen(("TZ=%s %s"):format(zone, command))
	local out = {}
	for line in pipe:lines() do
		out[#out + 1] = line
	end
	assert.equal(#list, #out)
	return out
end

-- What date(1) prints for these texts, and what date.seconds gives.
local function seconds(list, zone)
	return lines_of("date -f " .. path .. " +%s", list, zone)
end
local function ours(list, zone, code)
	local script = os.tmpname()
	local f <close> = assert(io.open(script, "w"))
	f:write("for t in io.lines(arg[1]) do print(" .. code .. ") end")
	f:close()
	local out = lines_of(("%s %s %s"):format(os.getenv "ADSH" or "./adsh", script, path), list, zone)
	os.remove(script)
	return out
end

describe("date", function()
	it("reads what the directory stores and shows, as Python does", function()
		local n = 0
		for line in io.lines "tests/data/times.txt" do -- made by Python's datetime
			local filetime, iso, general = line:match "^(%d+) (%S+) (%S+)$"
			if filetime and filetime ~= "0" then
				n = n + 1
				assert.equal(iso, date.iso(filetime))
				assert.equal(filetime, date.filetime(iso))
				assert.equal(general, date.generalized(iso))
				assert.equal(iso, date.iso(general))
				assert.equal(date.seconds(iso), date.seconds(filetime))
			end
		end
		assert.is_true(n > 250)
	end)

	it("reads local times as date(1) does, and what the prompt shows", function()
		local list = { "2026-01-02", "2026-07-01 12:00", "2026-01-02 03:04:05", "2024-02-29T23:59:59", "1999-12-31 23:59",
			"2026-01-02T03:04:05Z", "2026-01-02T03:04+01:00", "2026-07-01 12:00:00 UTC" }
		for _, zone in ipairs(ZONES) do
			local wanted = seconds(list, zone)
			assert.same(wanted, ours(list, zone, "date.seconds(t)"), zone)
			assert.same(wanted, ours(list, zone, "date.seconds(date.here(t))"), zone)
		end
	end)

	it("reads words as date(1) does", function()
		local list, theirs = {}, {}
		for _, unit in ipairs { "second", "minute", "hour", "day", "week", "month", "year" } do
			for _, n in ipairs { 0, 1, 7, 30, 160 } do
				-- days and more keep the hour: date(1) does so for a time that is given
				local at = (unit == "second" or unit == "minute" or unit == "hour") and "" or "CLOCK "
				list[#list + 1], theirs[#theirs + 1] = ("%d %ss ago"):format(n, unit), ("%s%d %s ago"):format(at, n, unit)
				list[#list + 1], theirs[#theirs + 1] = ("in %d %s"):format(n, unit), ("%s%d %s"):format(at, n, unit)
			end
		end
		for _, word in ipairs { "now", "today 0:00", "yesterday 0:00", "tomorrow 0:00", "12:34" } do
			list[#list + 1], theirs[#theirs + 1] = word:match "^%S+", word
		end
		for _, zone in ipairs(ZONES) do
			local clock = lines_of("date +%T", { "" }, zone)[1]
			local wanted = {}
			for i, text in ipairs(theirs) do
				wanted[i] = text:gsub("CLOCK", clock)
			end
			wanted = seconds(wanted, zone)
			for i, found in ipairs(ours(list, zone, "date.seconds(t)")) do
				local late = tonumber(found) - tonumber(wanted[i]) -- the clock goes on between the two
				assert.is_true(late >= 0 and late <= 60, list[i] .. " " .. late)
			end
		end
	end)

	it("knows numbers, and never", function()
		assert.equal("1970-01-01T00:00:00Z", date.iso(0))
		assert.equal("2026-01-02T03:04:05Z", date.iso(1767323045.9))
		assert.equal("1969-12-31T23:59:59Z", date.iso(-0.5))
		for _, never in ipairs { "never", "0", "9223372036854775807" } do
			for _, f in ipairs { "seconds", "iso", "filetime", "generalized", "here" } do
				assert.is_nil(date[f](never))
			end
		end
		assert.is_true(date.seconds "2 hours ago" < date.seconds "1 hour ago")
	end)

	it("refuses what is not a time", function()
		for _, bad in ipairs { "", "x", "2026-13-01", "2026-02-30", "2026-01-02 25:00", "2026-01-02T", "30 fortnights ago",
			"-1 days ago", "ago", "2026-01-02 03:04:05 XYZ", "99999999999999999999", "99999999999999999999 days ago", "25:00",
			"1600-12-31T00:00:00Z", 0 / 0, math.huge, 1e300, {}, true } do
			local ok, err = pcall(date.seconds, bad)
			assert.is_false(ok, tostring(bad))
			assert.equal(("date.seconds: '%s' is not a valid time"):format(tostring(bad)), err.message)
		end
		assert.is_false(pcall(date.iso))
	end)
end)
