#!/usr/bin/env python3
"""The comforts of the prompt: results by name, help at the cursor, history by prefix, the pager, start-up files."""
import os
import re
import socket
import stat

from repl_test import PROMPT, AtPrompt, Terminal, main

UP, DOWN, F1, ALT_H = "\x1b[A", "\x1b[B", "\x1bOP", "\x1bh"


class Comforts(AtPrompt):
    def config(self, name, text, mode=0o600):
        path = os.path.join(self.home.name, ".config/adsh", name)
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def test_results_have_names(self):
        t = self.open()
        t.line("6 * 7")
        self.assertEqual(t.line("_ + 1"), "43")
        self.assertEqual(t.line("_1"), "42")
        t.line("x = 1") # no result
        self.assertEqual(t.line("_1"), "43")

    def test_a_list_out_of_an_iterator_can_be_shown_again(self):
        t = self.open()
        t.line("function items() return next, {'a', 'b'} end")
        self.assertEqual(t.line("items()"), "1\n2")
        self.assertEqual(t.line("#_"), "2")

    def test_locals_stay(self):
        t = self.open()
        t.line("local a, b = 20, 22; do local c = 3 end")
        self.assertEqual(t.line("a + b"), "42")
        self.assertIn("undeclared global 'c'", t.line("c"))
        t.line("local function f() return a end")
        self.assertEqual(t.line("f()"), "20")

    def test_what_is_no_lua(self):
        t = self.open()
        for question in ("?show", "show?", " ? show "):
            self.assertIn("Prints a value", t.line(question))
        self.assertEqual(t.line("!echo so$((40 + 2))"), "so42")
        self.assertIn("exit status 3", t.line("!exit 3"))
        self.assertIn("vertical output is on", t.line("\\x"))
        self.assertEqual(t.line("{{a=1, b=2}}"), "a: 1\nb: 2")

    def test_words_without_quotes(self):
        t = self.open()
        self.assertIn("The source may delegate", t.line("help delegation.allow"))
        self.assertIn("timing is on", t.line("timing on"))
        t.line("timing off")
        t.line("6 * 7")
        path = os.path.join(self.home.name, "x.txt")
        t.line("save _ " + path)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read().strip(), "42")
        t.line("function own(x) return x end")
        for code in ("own a", "print a b", "delegation a"): # not functions of adsh
            self.assertIn("syntax error", t.line(code))
        t.line("help = 5")
        self.assertIn("syntax error", t.line("help topics"))

    def test_an_argument_that_is_missing(self):
        t = self.open()
        self.assertEqual(t.line("spn.find()"), "adsh: spn.find: argument 1: string or list of strings expected, "
                         "got nil; see ?spn.find")
        self.assertEqual(t.line("string.rep()"), "adsh: bad argument #1 to 'rep' (string expected, got no value)")

    def test_the_place_of_a_fault_is_marked(self):
        t = self.open()
        for code, place in (("1 +* 2", 3), ("f(1,,2)", 4), ("if x the y = 1 end", 5), ('print("a" b)', 10)):
            lines = t.line(code).split("\n")
            self.assertEqual(lines[1], "  " + code)
            self.assertEqual(lines[2], "  " + " " * place + "^")

    def test_why(self):
        t = self.open()
        self.assertIn("no statement has failed", t.line("why()"))
        t.line("function f(x) return x.y.z end")
        t.line("f{}")
        said = t.line("why()")
        self.assertIn("statement: f{}", said)
        self.assertRegex(said, r"stdin:1: in function 'f'|stdin:1: in global 'f'|stdin:1: in (field|upvalue|function) ")
        t.line("pcall(nil) delegation.get(nil)")
        self.assertNotIn("adsh/", t.line("why()"))

    def test_the_nearest_name(self):
        t = self.open()
        self.assertEqual(t.line('delegation.alow("x", "y")'), "adsh: delegation has no 'alow'; did you mean delegation.allow?")
        self.assertEqual(t.line("string.formt('x')"), "adsh: string has no 'formt'; did you mean string.format?")
        self.assertEqual(t.line("t = {} t.nothing_like_it()"), "adsh: t has no 'nothing_like_it'")
        self.assertEqual(t.line("error{code = 7}"), "adsh: code=7")

    def test_history_by_prefix(self):
        t = self.open()
        for code in ("101 + 1", "'x' .. 1", "102 + 1", "'x' .. 2"):
            t.line(code)
        for keys, result in (("10" + UP, "103"), ("101" + UP, "102"), ("10" + UP + UP + DOWN + DOWN + "9", "109"),
                             (UP + UP + UP + UP, "x2")):
            t.send(keys + "\r")
            t.expect("\n" + result + "\n")
            t.expect(PROMPT)

    def test_history_holds_a_line_once(self):
        t = self.open()
        for code in ("1", "22", "1"):
            t.line(code)
        t.send(UP + UP + UP + UP + "\r")
        self.assertIn("22", t.expect(PROMPT))

    def test_help_at_the_cursor(self):
        t = self.open()
        for key in (F1, ALT_H):
            t.send("show({1, 2}" + key)
            t.expect("Prints a value")
            t.send(")\r")
            t.expect("1\n2\n")
            t.expect(PROMPT)

    def test_a_list_of_candidates(self):
        t = self.open()
        t.send("delegation.\t")
        said = t.expect(PROMPT + "delegation.")
        self.assertRegex(said, r"allow\( +The source may delegate to these SPNs")
        t.send("al\t")
        t.expect("allow")
        t.send("\t")
        self.assertRegex(t.expect(PROMPT + "delegation.allow"), r"allow_from\( ")
        t.send("\x03")
        t.expect(PROMPT)

    def test_a_second_tab_lists(self):
        """Where a person's inputrc does not want the list at once."""
        inputrc = self.config("inputrc", "set show-all-if-ambiguous off\n")
        t = self.open(INPUTRC=inputrc)
        t.send("delegation.al\t")
        t.expect("low")
        t.settle()
        t.send("\t\t")
        self.assertRegex(t.expect(PROMPT + "delegation.allow"), r"allow_from\( ")

    def test_a_paste_with_tabs(self):
        t = self.open()
        t.send("if true then\n\tprint('<a\tb>' == '<a' .. '\\9b>')\nend\n")
        t.expect("true\n")

    def test_pager(self):
        log = os.path.join(self.home.name, "paged")
        t = self.open(PAGER="cat > %s; echo through the pager" % log)
        self.assertEqual(t.line("{1, 2}"), "1\n2")
        self.assertEqual(t.line("t = {} for i = 1, 100 do t[i] = i end"), "")
        self.assertEqual(t.line("t"), "through the pager")
        with open(log, encoding="utf-8") as f:
            self.assertEqual(f.read().split(), [str(i) for i in range(1, 101)])
        self.assertEqual(t.line('help "all"'), "through the pager")
        t.line("shell.pager(false)")
        self.assertEqual(t.line("t").split(), [str(i) for i in range(1, 101)])

    def test_pager_that_is_not_there(self):
        t = self.open(PAGER="/nonexistent/pager 2>/dev/null")
        t.line("t = {} for i = 1, 100 do t[i] = i end")
        self.assertEqual(t.line("t").split()[-1], "100")

    def test_start_up_file(self):
        self.config("init.lua", "function twice(x) return 2 * x end shell.prompt '{domain}!> '")
        t = Terminal(self.home.name)
        self.addCleanup(t.kill)
        t.expect("adsh!> ")
        t.send("twice(21)\r")
        t.expect("42")

    def test_start_up_file_of_others(self):
        self.config("init.lua", "print 'it ran'", 0o666)
        t = Terminal(self.home.name)
        self.addCleanup(t.kill)
        said = t.expect(PROMPT)
        self.assertIn("init.lua", said)
        self.assertNotIn("it ran", said)

    def test_start_up_file_that_fails(self):
        self.config("init.lua", "x = nil + 1")
        t = Terminal(self.home.name)
        self.addCleanup(t.kill)
        self.assertIn("init.lua:1: attempt to perform arithmetic", t.expect(PROMPT))

    def test_aliases(self):
        self.config("init.lua", 'shell.alias("twice", "print(2,")\nshell.alias("sum", "1 +")\n')
        t = self.open()
        self.assertEqual(t.line("sum 41"), "42")
        self.assertIn("print", t.line("shell.alias()"))
        t.line('shell.alias("sum")')
        self.assertIn("undeclared global 'sum'", t.line("sum"))

    def test_plain(self):
        for args, code in ((["--plain"], ""), ([], "shell.plain()")):
            t = self.open("--color", "always", *args)
            t.line(code or "1")
            self.assertEqual(t.line("{{a=1, b=2}}"), "row 1 of 1\na: 1\nb: 2")
            t.send("{{a=3}}\r")
            t.expect("{{a=3}}")
            while PROMPT not in t.raw:
                self.assertTrue(t.read(20))
            self.assertNotIn("\x1b[1m", t.raw)

    def test_no_color(self):
        for value, colored in (("", True), ("1", False)):
            t = self.open(NO_COLOR=value)
            t.send("{a=3}\r")
            while not re.search("{a=3}.*" + PROMPT, t.text(), re.S):  # expect() would take the colours away
                self.assertTrue(t.read(20))
            self.assertEqual("\x1b[1m" in t.raw, colored, repr(t.raw))

    def test_timing(self):
        t = self.open()
        t.line("timing(true)")
        self.assertRegex(t.line("1"), r"^1\n\d+\.\d{3} s$")
        t.line("timing(false)")
        self.assertEqual(t.line("1"), "1")

    def test_watch(self):
        t = self.open()
        t.line("n = 0")
        said = t.line("watch(function() n = n + 1 return n == 3 and 'third' or nil end, 0.1, true)")
        self.assertIn("third", said)
        self.assertEqual(t.line("n"), "3")
        t.send("watch(function() return 'tick' end, 0.1)\r")
        t.expect("tick\n")
        t.expect("tick\n")
        t.send("\x03")
        self.assertIn("interrupted", t.expect(PROMPT))

    def test_editor(self):
        t = self.open(EDITOR="sed -i s/1/4/")
        t.line("1 + 1")
        t.line("1 .. 2")
        t.send("edit '1 + 10'\r")
        t.expect(PROMPT + "4 + 10")
        t.send("\r")
        t.expect("14")

    def test_what_it_waits_for(self):
        """A server that takes the connection and says nothing."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        password = self.config("password", "x\n")
        t = self.open()
        t.send('connect{server="127.0.0.1:%d", tls="ldaps", simple=true, user="x", password_file="%s"}\r'
               % (listener.getsockname()[1], password))
        t.expect("127.0.0.1 does not answer, 1 s; Ctrl-C stops")
        t.expect("127.0.0.1 does not answer, 2 s; Ctrl-C stops")
        t.send("\x03")
        self.assertIn("interrupted", t.expect(PROMPT))

    def test_statements_that_are_no_secret(self):
        t = self.open()
        t.line("x = 'pwdLastSet'")
        t.line("y = 'password'")
        with open(self.history(), encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("pwdLastSet", kept)
        self.assertNotIn("password", kept)
        self.assertEqual(stat.S_IMODE(os.stat(self.history()).st_mode), 0o600)


if __name__ == "__main__":
    main()
