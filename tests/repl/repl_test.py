#!/usr/bin/env python3
"""The prompt through a real pseudo-terminal, and the program through its pipes."""
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ADSH = os.environ.get("ADSH", os.path.join(TOP, "adsh"))
PROMPT = "adsh> "
CONNECTED = os.environ.get("LAB_DOMAIN", "") + " Administrator> "
QUESTION = "[y/N/d/s/?] "


def environment(home):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "LUA", "ADSH_", "INPUTRC"))}
    env.pop("HOME", None)
    env.update(TERM="xterm", LANG="C.UTF-8", LC_ALL="C.UTF-8", PAGER="cat")
    if home:
        env["HOME"] = home
    return env


class Terminal:
    """adsh on a pseudo-terminal; text() is what came, without colours and cursor moves."""

    def __init__(self, home, *args, columns=100, program=ADSH, **variables):
        self.raw = ""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {**environment(home), **variables}
            os.execve(program, [program, *args], env)
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def text(self):
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)
        return plain.replace("\r", "")

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, wanted, seconds=20):
        """Waits for the text, returns what came before it and forgets both."""
        end = time.monotonic() + seconds
        while wanted not in self.text():
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise AssertionError("waited for %r, got %r" % (wanted, self.text()))
        before, _, rest = self.text().partition(wanted)
        self.raw = rest
        return before

    def settle(self, seconds=0.5):
        """Forgets what comes until nothing does for so long."""
        while self.read(seconds):
            pass
        self.raw = ""

    def send(self, text):
        os.write(self.fd, text.encode())

    def line(self, text):
        """Types a line and returns what was printed before the next prompt."""
        self.send(text + "\r")
        self.expect(text)
        return self.expect(PROMPT).strip("\n")

    def wait(self):
        while self.read(5):
            pass
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return self.status

    def kill(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


class AtPrompt(unittest.TestCase):
    """What is tried at a prompt, with a home of its own."""

    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)

    def open(self, *args, **kw):
        kw.setdefault("home", self.home.name)
        t = Terminal(kw.pop("home"), *args, **kw)
        self.addCleanup(t.kill)
        t.expect(PROMPT)
        return t

    def history(self):
        return os.path.join(self.home.name, ".local/state/adsh/history")


class Prompt(AtPrompt):
    def test_expression_and_statement(self):
        t = self.open()
        self.assertEqual(t.line("1 + 1"), "2")
        self.assertEqual(t.line("x = 20"), "")
        self.assertEqual(t.line("x * 2 + 2"), "42")
        self.assertEqual(t.line('"text"'), "text")
        self.assertEqual(t.line("nil"), "nil")
        self.assertEqual(t.line("print()"), "")

    def test_several_lines(self):
        t = self.open()
        t.send("for i = 1, 2 do\r")
        t.expect(">> ")
        t.send("print('line', i)\r")
        t.expect(">> ")
        t.send("end\r")
        self.assertIn("line\t1\nline\t2", t.expect(PROMPT).expandtabs(8).replace("line    ", "line\t"))

    def test_several_lines_of_an_expression(self):
        t = self.open()
        t.send("{ 1 +\r")
        t.expect(">> ")
        t.send("2,\r")
        t.expect(">> ")
        self.assertEqual(t.line("}"), "3")

    def test_tables_are_readable(self):
        t = self.open()
        out = t.line('{{name="HOST01", n=1}, {name="H2", n=10}}')
        self.assertEqual(out.split("\n"), ["name     n", "HOST01   1", "H2      10"])

    def test_hostile_value_cannot_reach_the_terminal(self):
        t = self.open()
        t.send('"a\\27]0;owned\\7"\r')
        t.expect('owned\\7"')
        while "adsh> " not in t.text():
            t.read(1)
        self.assertIn("a\\x1b]0;owned\\x07", t.text())

    def test_print_and_help_write_no_control_characters(self):
        t = self.open()
        self.assertIn("b\\x1b]0;owned\\x07", t.line('print "b\\27]0;owned\\7"'))
        t.send('help "\\27[2Jxyzzy"\r')
        t.expect("xyzzy\"")
        while "adsh> " not in t.text():
            t.read(1)
        self.assertNotIn("\x1b[2J", t.raw)

    def test_error_keeps_the_session(self):
        t = self.open()
        self.assertIn("undeclared global 'nosuch'", t.line("nosuch.field"))
        self.assertIn("boom", t.line("error 'boom'"))
        self.assertIn("unexpected symbol", t.line("1 +* 2"))
        self.assertEqual(t.line("7"), "7")

    def test_accidental_global_is_an_error(self):
        t = self.open()
        t.line("function f() y = 1 end")
        self.assertIn("undeclared global 'y'", t.line("f()"))

    def test_interrupt_of_a_loop(self):
        t = self.open()
        t.send("print('g' .. 'o') while true do end\r")
        t.expect("go")
        t.send("\x03")
        self.assertIn("interrupted", t.expect(PROMPT))
        self.assertEqual(t.line("1 + 2"), "3")

    def test_interrupt_of_a_loop_that_swallows_errors(self):
        t = self.open()
        t.send("while true do pcall(function() print('g' .. 'o') while true do end end) end\r")
        for _ in range(2):
            t.expect("go")
            t.send("\x03")
        self.assertIn("interrupted", t.expect(PROMPT))
        self.assertEqual(t.line("1 + 2"), "3")

    def test_interrupt_inside_a_coroutine(self):
        t = self.open()
        for code in ("coroutine.wrap(function() %s while true do end end)()",
                     "coroutine.resume(coroutine.create(function() %s while true do end end))",
                     "for x in coroutine.wrap(function() %s while true do coroutine.yield(1) end end) do end"):
            t.send(code % "print('g' .. 'o')" + "\r")
            t.expect("go")
            t.send("\x03")
            self.assertIn("interrupted", t.expect(PROMPT))
        self.assertEqual(t.line("1 + 2"), "3")

    def test_interrupt_of_a_line(self):
        t = self.open()
        for _ in range(4):
            t.send("half a line")
            t.expect("half a line")
            t.send("\x03")
            t.expect(PROMPT)
        self.assertEqual(t.line("5"), "5")

    def test_interrupt_of_a_paste_without_an_end(self):
        t = self.open()
        t.send("\x1b[200~" + 64 * "x")
        time.sleep(0.3)
        t.send("\x03")
        t.expect(PROMPT)
        self.assertEqual(t.line("5"), "5")

    def test_interrupt_of_a_search(self):
        t = self.open()
        t.line("1234")
        t.send("\x12")
        t.expect("reverse-i-search")
        t.send("12")
        t.expect("1234")
        t.send("\x03")
        t.expect(PROMPT)
        t.settle() # the line of the search is drawn with a prompt, too
        self.assertEqual(t.line("5"), "5")

    def test_interrupt_leaves_the_history_as_it_was(self):
        t = self.open()
        t.line("1234")
        t.send("\x1b[A" + "999")
        t.expect("1234999")
        t.send("\x03")
        t.expect(PROMPT)
        t.send("\x1b[A\r")
        self.assertIn("\n1234\n", t.expect(PROMPT))

    def test_suspended_and_continued(self):
        t = Terminal(self.home.name, "--norc", "--noprofile", "-i", program="/bin/bash")
        self.addCleanup(t.kill)
        t.send("PS1='$ '; echo up\r")
        t.expect("up\n$ ")
        t.send(ADSH + "\r")
        t.expect(PROMPT)
        t.send("40 + ")
        t.expect("40 + ")
        t.send("\x1a")
        t.expect("Stopped")
        t.send("stty -a | grep -o -w -e '-*icanon'; fg\r")
        t.expect("\nicanon\n")
        t.expect(PROMPT + "40 + ")
        t.send("2\r")
        t.expect("\n42\n")

    def test_interrupt_of_a_continuation(self):
        t = self.open()
        t.send("do\r")
        t.expect(">> ")
        t.send("\x03")
        t.expect(PROMPT)
        self.assertEqual(t.line("6"), "6")

    def test_end(self):
        t = self.open()
        t.send("\x04")
        self.assertEqual(t.wait(), 0)
        t = self.open()
        t.send("exit\r")
        self.assertEqual(t.wait(), 0)

    def test_termination_by_signal(self):
        t = self.open()
        os.kill(t.pid, signal.SIGTERM)
        self.assertEqual(t.wait(), 0)

    def test_history(self):
        t = self.open()
        t.line("remembered = 1")
        t.line('login{user="u", password="s3cret"}')
        t.line(" not_this = 1")
        t.send("do\r")
        t.expect(">> ")
        t.send("local several = 1 end\r")
        t.expect(PROMPT)
        t.send("\x04")
        t.wait()
        self.assertEqual(stat.S_IMODE(os.stat(self.history()).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.history())).st_mode), 0o700)
        with open(self.history(), encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("remembered = 1\n", kept)
        self.assertNotIn("s3cret", kept)
        self.assertNotIn("not_this", kept)
        t = self.open()
        t.send("\x1b[A")
        t.expect("local several = 1 end")
        t.send("\x1b[A")
        t.expect("remembered = 1")

    def test_history_of_others(self):
        folder = os.path.dirname(self.history())
        other = os.path.join(self.home.name, "other")

        def type_a_line():
            t = self.open()
            t.line("remembered = 1")
            t.send("\x04")
            t.wait()

        def check_kept(path, wanted):
            with open(path, encoding="utf-8") as f:
                self.assertEqual("remembered" in f.read(), wanted)
            with open(path, "w", encoding="utf-8"):
                pass

        type_a_line()
        check_kept(self.history(), True)
        os.rename(self.history(), other)
        os.symlink(other, self.history())
        type_a_line()
        check_kept(other, False)
        os.remove(self.history())
        os.link(other, self.history())
        type_a_line()
        check_kept(other, False)
        os.remove(other)
        os.chmod(folder, 0o777)
        type_a_line()
        check_kept(self.history(), False)
        os.chmod(folder, 0o700)
        type_a_line()
        check_kept(self.history(), True)

    def test_without_a_home(self):
        t = self.open(home=None)
        self.assertEqual(t.line("1 + 1"), "2")
        t = self.open(home="/proc/nowhere")
        self.assertEqual(t.line("1 + 1"), "2")

    def test_completion(self):
        t = self.open()
        t.send("strin\t")
        t.expect("string")
        t.send(".rep\t")
        self.assertIn("string.rep(", "string" + t.expect("(") + "(")
        t.send("'ab', 2)\r")
        self.assertIn("abab", t.expect(PROMPT))

    def test_help(self):
        t = self.open()
        self.assertIn("What would you like to do?", t.line("help()"))
        self.assertIn("Prints a value", t.line('help "show"'))
        self.assertIn("Prints a value", t.line("help(show)"))
        out = t.line('help "shwo"')
        self.assertIn("did you mean show", out)
        self.assertIn("Prints a value", out)
        self.assertIn("did you mean show?", t.line("shwo(1)"))
        self.assertIn("Prints a value", t.line("show"))
        self.assertIn("What would you like to do?", t.line("help"))


class Pipes(unittest.TestCase):
    def run_adsh(self, *args, stdin="", home=None):
        return subprocess.run([ADSH, *args], input=stdin, capture_output=True, text=True, timeout=30,
                              env=environment(home))

    def check(self, result, status, stdout=None, stderr=None):
        self.assertEqual((result.returncode, result.stderr if status == 0 else ""), (status, ""), result.stderr)
        if stdout is not None:
            self.assertEqual(result.stdout, stdout)
        if stderr is not None:
            self.assertIn(stderr, result.stderr)

    def test_expression(self):
        self.check(self.run_adsh("-e", "1 + 1"), 0, "2\n")
        self.check(self.run_adsh("-e", "x = 3 return x"), 0, "3\n")
        self.check(self.run_adsh("-e", "print(...)", "a", "b"), 0, "a\tb\n")

    def test_help(self):
        out = self.run_adsh("--help")
        self.check(out, 0)
        self.assertEqual([line for line in out.stdout.split("\n") if len(line) > 79], [])
        self.assertIn("--dry-run", out.stdout)
        self.assertIn("OpenLDAP", self.run_adsh("--version").stdout)
        self.assertIn("show(value[, format])", self.run_adsh("help", "show").stdout)
        self.check(self.run_adsh("help", "shwo"), 2, "", "did you mean show")
        self.assertIn("delegation.inbound", self.run_adsh("help", "who", "may", "delegate", "to").stdout)
        self.assertIn("SEC_E_NO_CREDENTIALS", self.run_adsh("help", "0x8009030E").stdout)

    def test_lost_reader(self):
        out = subprocess.run("\"$ADSH\" -e 'while true do print(1) end' | head -n 1", shell=True, timeout=20,
                             capture_output=True, text=True, env={**environment(None), "ADSH": ADSH})
        self.assertEqual((out.returncode, out.stdout), (0, "1\n"))
        self.assertIn("standard output", out.stderr)

    def test_standard_input_is_a_script(self):
        self.check(self.run_adsh(stdin="local a = 2\nprint(a)\nreturn {a}\n"), 0, "2\n2\n")
        self.check(self.run_adsh("-", "x", stdin="print(arg[1], ...)"), 0, "x\tx\n")

    def test_script(self):
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as f:
            f.write("#!/usr/bin/env adsh\nprint(arg[0] == '%s', arg[1], ...)\nreturn nil\n" % f.name)
            f.flush()
            self.check(self.run_adsh(f.name, "-x"), 0, "true\t-x\t-x\n")

    def test_one_json_document(self):
        out = self.run_adsh("-f", "json", "-e", '{a={1,2}, e={}, s="h\\u{f6}", b="\\xff", t=true}')
        self.check(out, 0)
        self.assertEqual(json.loads(out.stdout),
                         {"a": [1, 2], "e": [], "s": "hö", "b": {"base64": "/w=="}, "t": True})
        self.assertEqual(json.loads(self.run_adsh("-f", "json", "-e", "nil").stdout), None)
        self.assertEqual(json.loads(self.run_adsh("-f", "json", "-e", "1, nil, 3").stdout), [1, None, 3])

    def test_usage(self):
        for args in (["--bad"], ["-f", "xml"], ["--max-changes", "many"], ["-e"], ["/no/such.lua"],
                     ["--read-only=yes"]):
            out = self.run_adsh(*args)
            self.check(out, 2, "")
            self.assertEqual(out.stderr.count("\n"), 1)
            self.assertIn("try adsh --help", out.stderr)

    def test_failure(self):
        self.check(self.run_adsh("-e", "error 'boom'"), 1, "", "boom")
        self.check(self.run_adsh("-e", "1 +"), 1, "")
        self.check(self.run_adsh("-e", "show(1, 'xml')"), 1, "", "csv, json, ldif, table")

    def test_relative_modules_are_not_found(self):
        with tempfile.TemporaryDirectory() as d:
            with open(os.path.join(d, "evil.lua"), "w", encoding="utf-8") as f:
                f.write("print 'owned'")
            out = subprocess.run([ADSH, "-e", "require 'evil'"], cwd=d, capture_output=True, text=True,
                                 env={**environment(None), "LUA_PATH": "./?.lua;;", "LUA_INIT": "print 'init'"})
            self.check(out, 1, "", "module 'evil' not found")

    def test_the_environment_replaces_no_module_of_adsh(self):
        with tempfile.TemporaryDirectory() as d:
            os.mkdir(os.path.join(d, "adsh"))
            for name in ("adsh/policy", "adsh/core/codec", "argparse", "cjson", "lfs", "own"):
                os.makedirs(os.path.dirname(os.path.join(d, name)), exist_ok=True)
                with open(os.path.join(d, name + ".lua"), "w", encoding="utf-8") as f:
                    f.write("io.stderr:write 'from outside\\n' return {}")
                with open(os.path.join(d, name + ".so"), "w", encoding="utf-8") as f:
                    f.write("not a library")
            env = environment(None)
            for variable in ("LUA_PATH", "LUA_PATH_5_4"):
                env[variable] = d + "/?.lua;;"
            for variable in ("LUA_CPATH", "LUA_CPATH_5_4"):
                env[variable] = d + "/?.so"
            env.update(ADSH_STDLIB=d, LUA_INIT="io.stderr:write 'from outside'")

            def run(*args):
                return subprocess.run([ADSH, *args], capture_output=True, text=True, timeout=30, env=env)
            self.check(run("run", "live-migration", "--help"), 0)
            self.check(run("-f", "json", "-e", 'type(require "adsh.core.codec".sid), type(require "adsh.policy"),'
                           ' type(require "lfs".dir), require "cjson".encode {1}'), 0,
                       '["function","table","function","[1]"]\n')
            # a script's own modules are found there
            self.assertEqual(run("-e", 'require "own"').stderr, "from outside\n")

    def test_time_limit(self):
        start = time.monotonic()
        self.check(self.run_adsh("--timeout", "1", "-e", "while true do end"), 1, "", "time limit")
        self.assertLess(time.monotonic() - start, 20)

    def test_termination(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            p = subprocess.Popen([ADSH, "-e", "print 'up' io.stdout:flush() while true do end"], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(None))
            self.assertEqual(p.stdout.readline(), "up\n")
            p.send_signal(signo)
            self.assertIn("adsh: ", p.communicate(timeout=10)[1])
            self.assertEqual(p.returncode, 1)

    def test_lock(self):
        name = "test-%d" % os.getpid()
        p = subprocess.Popen([ADSH, "--lock", name, "-e", "print 'up' io.stdout:flush() io.read()"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(None))
        self.assertEqual(p.stdout.readline(), "up\n")
        self.check(self.run_adsh("--lock", name, "-e", "1"), 7, "", "held by process %d since 2" % p.pid)
        p.communicate("\n")
        self.check(self.run_adsh("--lock", name, "-e", "1"), 0, "1\n")
        self.check(self.run_adsh("--lock", "../x", "-e", "1"), 2)

    def test_full_disk_is_noticed(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            out = subprocess.run([ADSH, "-e", "1"], stdout=full, stderr=subprocess.PIPE, text=True,
                                 env=environment(None))
        self.check(out, 1, None, "standard output")

    def test_no_core_and_private_files(self):
        with tempfile.TemporaryDirectory() as d:
            self.check(self.run_adsh("-e", "io.open('%s/f', 'w'):close()" % d), 0)
            self.assertEqual(stat.S_IMODE(os.stat(d + "/f").st_mode), 0o600)


@unittest.skipUnless("LAB_PASS" in os.environ, "needs the lab")
class Directory(unittest.TestCase):
    """The program as an administrator sees it, against a real domain controller."""

    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.password = os.path.join(self.home.name, "password")
        with open(os.open(self.password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(os.environ["LAB_PASS"] + "\n")
        self.login = ["-d", os.environ["LAB_DOMAIN"], "-u", "Administrator", "--password-file", self.password]

    def adsh(self, *args, login=None):
        return subprocess.run([ADSH, *(login or self.login), *args], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=60, env=environment(self.home.name))

    def targets(self):
        out = self.adsh("-f", "json", "-e", 'delegation.get("host08").targets')
        self.assertEqual(out.returncode, 0, out.stderr)
        return json.loads(out.stdout)

    def test_prompt(self):
        t = Terminal(self.home.name, *self.login[2:])
        self.addCleanup(t.kill)
        t.expect(CONNECTED)
        t.send('dir = connect "%s"\r' % os.environ["LAB_DOMAIN"])
        t.expect(CONNECTED)
        t.send('dir:search{filter="(cn=HOST01)", attributes={"cn", "sAMAccountName"}}\r')
        out = t.expect(CONNECTED)
        self.assertRegex(out, r"dn +sAMAccountName +cn\n")
        self.assertRegex(out, r"Hosts/HOST01 +HOST01\$ +HOST01\n")
        t.send("dir:se\t")
        t.expect("dir:search(")
        t.send("\x03")
        t.expect(CONNECTED)
        t.send('delegation.get "hots01"\r')
        self.assertIn("did you mean HOST01", t.expect(CONNECTED))
        for line, whole in (('search "(msDS-AllowedToD', 'elegateTo='), ('folder.acl "//fs1.alpha.test/dat', 'a')):
            t.send(line + "\t")
            t.expect(line + whole)
            t.send("\x03")
            t.expect(CONNECTED)

    def test_written_says_what_takes_it_back(self):
        t = Terminal(self.home.name, *self.login)
        self.addCleanup(t.kill)
        t.expect(CONNECTED)
        for verb, cell in (("allow", "gains 1"), ("revoke", "loses 1")):
            t.send('delegation.%s("host08", "cifs/back")\r' % verb)
            self.assertIn(cell, t.expect(QUESTION))
            t.send("y\r")
            t.expect("written and read back: HOST08; undo() takes it back")
        t.send("undo()\r")
        t.expect("gains 1")
        t.expect(QUESTION)
        t.send("n\r")
        t.expect("not confirmed")
        t.expect(CONNECTED)
        t.send("journal.runs()[#journal.runs()].command\r") # what was typed
        t.expect('\ndelegation.revoke("host08", "cifs/back")\n')

    def test_plan_that_stays_open(self):
        t = Terminal(self.home.name, *self.login)
        self.addCleanup(t.kill)
        t.expect(CONNECTED)
        planned = CONNECTED.replace("> ", " [plan: 1]> ")
        t.send("plan.on()\r")
        t.expect(CONNECTED.replace("> ", " [plan]> "))
        t.send('delegation.allow("host08", "cifs/open")\r')
        self.assertNotIn(QUESTION, t.expect(planned))
        for answer, prompt, left in (("n", planned, []), ("y", CONNECTED, ["cifs/open"])):
            t.send("apply()\r")
            t.expect("gains 1")
            t.expect(QUESTION)
            t.send(answer + "\r")
            t.expect(prompt)
            self.assertEqual(self.targets(), left)
        for code in ("plan.on()", 'delegation.revoke("host08", "cifs/open")', "plan.show()", "plan.drop()", "undo()"):
            t.send(code + "\r")
            said = t.expect("> " if code != "undo()" else QUESTION)
        self.assertIn("cifs/open", said)
        self.assertRegex(said, r'"delegation.allow\("host08", "cifs/open"\), 1 account, \d\d:\d\d by \w+": write the inverse\? $')
        t.send("y\r")
        self.assertNotIn("rebased", t.expect(CONNECTED)) # nor anything else of the result
        self.assertEqual(self.targets(), [])

    def test_question_of_a_plan(self):
        """What is only planned or checked asks nothing; what is applied asks once."""
        prompt = CONNECTED
        t = Terminal(self.home.name, *self.login)
        self.addCleanup(t.kill)
        t.expect(CONNECTED)
        for code in ('p = plan(function() delegation.set_mode("host08", "unconstrained") end)', "p:check()"):
            t.send(code + "\r")
            self.assertNotIn("?", t.expect(prompt))
        for code, mode in (("p:apply().changed", "unconstrained"), ('delegation.set_mode("host08", "none")', "none")):
            t.send(code + "\r")
            t.expect(QUESTION)
            t.send("y\r")
            self.assertNotIn("?", t.expect(prompt))
            t.send('delegation.get("host08").mode\r')
            self.assertIn(mode, t.expect(prompt))

    def test_interrupt_while_waiting(self):
        t = Terminal(self.home.name)
        self.addCleanup(t.kill)
        t.expect(PROMPT)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        # nobody answers the handshake; a simple login needs no ticket before it
        t.send('connect{server="127.0.0.1:%d", tls="ldaps", simple=true, user="x", password_file="%s"}\r'
               % (listener.getsockname()[1], self.password))
        connection, _ = listener.accept()
        self.addCleanup(connection.close)
        t.send("\x03")
        start = time.monotonic()
        t.expect("interrupted")
        t.expect(PROMPT)
        self.assertLess(time.monotonic() - start, 9) # without it, a connection has ten
        self.assertEqual(t.line("1 + 1"), "2")

    def test_dry_run(self):
        before = self.targets()
        code = 'delegation.allow("host08", {"cifs/dry-run.%s"})' % os.environ["LAB_DOMAIN"]
        out = self.adsh("-n", "-f", "json", "-e", code)
        self.assertEqual(out.returncode, 4, out.stderr)
        self.assertEqual(json.loads(out.stdout), {"changed": 1, "planned": True})
        self.assertIn("+ cifs/dry-run.", out.stderr)
        self.assertEqual(self.targets(), before)

    def test_guards(self):
        out = self.adsh("--read-only", "-e", 'delegation.allow("host08", {"cifs/read-only"})')
        self.assertEqual(out.returncode, 6, out.stderr)
        out = self.adsh("-y", "-e", 'delegation.set_mode("host08", "unconstrained")')
        self.assertEqual(out.returncode, 6, out.stderr)
        self.assertIn("--allow-widening", out.stderr)

    def test_writing(self):
        code = 'delegation.%s("host08", {"cifs/written.' + os.environ["LAB_DOMAIN"] + '"})'
        out = self.adsh("-y", "-e", code % "allow")
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertIn("written and read back", out.stdout)
        self.assertIn("nothing to do", self.adsh("-y", "-e", code % "allow").stdout)
        out = self.adsh("-y", "-f", "json", "-e", code % "revoke")
        self.assertEqual((out.returncode, json.loads(out.stdout)["changed"]), (0, 1), out.stderr)

    def test_partly_written(self):
        out = self.adsh("-y", "-e", 'delegation.allow("host08", {"cifs/partly"}) error "boom"')
        self.assertEqual(out.returncode, 3, out.stderr)
        self.adsh("-y", "-e", 'delegation.revoke("host08", {"cifs/partly"})')

    def test_no_connection(self):
        out = self.adsh("--ccache", "FILE:" + self.home.name + "/none", "-e", "directory.current()",
                        login=["-d", os.environ["LAB_DOMAIN"]])
        self.assertEqual(out.returncode, 5, out.stderr)
        self.assertIn("hint:", out.stderr)
        out = self.adsh("-e", "directory.current()", login=["-d", "nowhere.invalid", *self.login[2:]])
        self.assertEqual(out.returncode, 5, out.stderr)

    def test_ldif_is_what_ldapsearch_says(self):
        names = ["objectSid", "objectGUID", "userAccountControl", "servicePrincipalName", "whenCreated"]
        out = self.adsh("-f", "ldif", "-e", 'directory.current():get("host01", {attributes={"%s"}})' %
                        '", "'.join(names))
        self.assertEqual(out.returncode, 0, out.stderr)
        subprocess.run(["kinit", "Administrator"], input=os.environ["LAB_PASS"], text=True, check=True,
                       capture_output=True, env={**os.environ, "KRB5CCNAME": self.home.name + "/cc"})
        judge = subprocess.run(["ldapsearch", "-LLL", "-Q", "-N", "-H", "ldap://" + os.environ["LAB_DC"],
                                "-b", os.environ["LAB_BASE"], "(cn=host01)", *names], text=True, check=True,
                               capture_output=True, env={**os.environ, "KRB5CCNAME": self.home.name + "/cc"})

        def lines(ldif):
            return sorted(line for line in ldif.replace("\n ", "").split("\n") if ":" in line and line[0] != "#"
                          and not line.startswith("version:"))
        self.assertEqual(lines(out.stdout), lines(judge.stdout))


class Tap(unittest.TextTestResult):
    """Reports in TAP, one line for each test."""

    def report(self, test, why=None):
        name = test.id().removeprefix("__main__.")
        if why:
            print("\n".join("# " + line for line in why.splitlines()))
        print("%sok %d - %s" % ("not " if why else "", self.testsRun, name), flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print("ok %d - %s # SKIP %s" % (self.testsRun, test.id().removeprefix("__main__."), reason), flush=True)

    def addSuccess(self, test):
        self.report(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report(test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.report(test, self.errors[-1][1])


def main():
    suite = unittest.defaultTestLoader.loadTestsFromNames(["__main__." + name for name in sys.argv[1:]] or ["__main__"])
    print("1..%d" % suite.countTestCases())
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        result = unittest.TextTestRunner(stream=nowhere, resultclass=Tap).run(suite)
    raise SystemExit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
