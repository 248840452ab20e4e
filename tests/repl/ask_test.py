#!/usr/bin/env python3
"""What is asked at a terminal before a write, and what each answer does."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from repl_test import ADSH, QUESTION, Terminal, environment, main

DOMAIN = os.environ.get("LAB_DOMAIN", "")
PROMPT = DOMAIN + " Administrator> "
ALLOW = 'delegation.allow("host08", {%s})' % ", ".join('"HTTP/ask%d"' % i for i in range(6))
TRUST = 'delegation.set_mode("host08", "unconstrained")'
NONE = 'delegation.set_mode("host08", "none"); delegation.revoke("host08", delegation.get("host08").targets)'


@unittest.skipUnless("LAB_PASS" in os.environ, "needs the lab")
class Ask(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.path = os.path.join(self.home.name, "saved.plan")
        password = os.path.join(self.home.name, "password")
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(os.environ["LAB_PASS"] + "\n")
        self.login = ["-d", DOMAIN, "-u", "Administrator", "--password-file", password]
        self.batch("-y", "-e", NONE)
        self.addCleanup(self.batch, "-y", "-e", NONE)

    def batch(self, *args):
        return subprocess.run([ADSH, *self.login, *args], stdin=subprocess.DEVNULL, text=True, capture_output=True,
                              timeout=60, env=environment(self.home.name))

    def written(self):
        """The values, and whether trusted for any service, as the domain controller's database has it."""
        out = subprocess.run([os.environ["LAB_HERE"] + "/in.sh", "dc1", "ldbsearch", "-H",
                              "/var/lib/samba/private/sam.ldb", "(cn=HOST08)", "msDS-AllowedToDelegateTo",
                              "userAccountControl"], text=True, check=True, capture_output=True).stdout
        trusted = int(re.search(r"userAccountControl: (\d+)", out)[1]) & 0x80000 != 0
        return len(re.findall("msDS-AllowedToDelegateTo: HTTP/ask", out)), trusted

    def start(self, *args):
        t = Terminal(self.home.name, *self.login, *args)
        self.addCleanup(t.kill)
        return t

    def prompt(self, *args):
        t = self.start(*args)
        t.expect(PROMPT)
        return t

    def answer(self, t, text, wanted):
        """Answers the question, and returns what was shown before it."""
        before = t.expect(QUESTION)
        t.send(text + "\r")
        t.expect(wanted)
        return before

    def test_yes(self):
        t = self.prompt()
        t.send(ALLOW + "\r")
        before = t.expect(QUESTION)
        self.assertIn("HOST08$", before)
        self.assertIn("+ HTTP/ of ask0", before)
        self.assertIn("write 1 account? ", before)
        self.assertEqual(self.written(), (0, False))
        t.send("y\r")
        self.assertNotIn("HTTP/", t.expect("written and read back"))  # it is shown once
        t.expect(PROMPT)
        self.assertEqual(self.written(), (6, False))
        t.send('delegation.revoke("host08", "HTTP/nobody")\r')
        self.assertNotIn(QUESTION, t.expect("nothing to do"))

    def test_no(self):
        t = self.prompt()
        for text in ("", "n", "N", "no", "x", "yess", "\x04"):
            t.send(ALLOW + "\r")
            self.answer(t, text, "not confirmed. Nothing was written")
            t.expect(PROMPT)
        self.assertEqual(self.written(), (0, False))

    def test_interrupt(self):
        t = self.prompt()
        t.send(ALLOW + "\r")
        t.expect(QUESTION)
        t.send("\x03")
        t.expect(PROMPT)
        t.send("40 + 2\r")
        t.expect("42")
        self.assertEqual(self.written(), (0, False))

    def test_details(self):
        t = self.prompt()
        t.send(ALLOW + "\r")
        self.assertNotIn("+ HTTP/ask3\n", self.answer(t, "d", "+ HTTP/ask3\n"))
        self.answer(t, "y", "written and read back")
        self.assertEqual(self.written(), (6, False))

    def test_save(self):
        t = self.prompt()
        t.send(ALLOW + "\r")
        self.answer(t, "s", "Save the plan as: ")
        t.send("/no/such/folder/plan\r")
        t.expect("No such file")
        t.expect("Save the plan as: ")
        t.send(self.path + "\r")
        t.expect("the plan is saved as " + self.path + ". Nothing was written")
        t.expect(PROMPT)
        self.assertEqual(self.written(), (0, False))
        out = self.batch("-y", "apply", self.path)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(self.written(), (6, False))

    def test_save_without_a_name(self):
        t = self.start("-e", ALLOW)
        self.answer(t, "s", "Save the plan as: ")
        t.send("\r")
        t.expect("not confirmed. Nothing was written")
        self.assertEqual(t.wait(), 6)
        self.assertEqual(self.written(), (0, False))

    def test_every_way(self):
        """A chunk, a script, a recipe, apply, undo and resume ask one question each."""
        self.assertEqual(self.batch("--plan-out", self.path, "-e", ALLOW).returncode, 4)
        script = os.path.join(self.home.name, "script.lua")
        with open(script, "w", encoding="utf-8") as f:
            f.write("local p = plan(function() %s end) p:apply() print 'done'" % ALLOW)
        recipe = ["run", "kcd", "--source", "host08", "--target", "host01", "--service", "cifs", "--add"]
        for words in (["-e", ALLOW], [script], ["apply", self.path], recipe):
            t = self.start(*words)
            self.answer(t, "n", "not confirmed. Nothing was written")
            self.assertEqual(t.wait(), 6)
            self.assertEqual(self.written(), (0, False))
        t = self.start(script)
        self.answer(t, "y", "done")
        self.assertEqual(t.wait(), 0)
        self.assertEqual(self.written(), (6, False))
        run = json.loads(self.batch("-f", "json", "journal").stdout)[-1]["run"]
        t = self.start("undo", run)
        self.answer(t, "n", "not confirmed")
        self.assertEqual(t.wait(), 6)
        self.assertEqual(self.written(), (6, False))
        t = self.start("undo", run)
        self.answer(t, "y", "written and read back")
        self.assertEqual(t.wait(), 0)
        self.assertEqual(self.written(), (0, False))
        self.check_resume(run)

    def check_resume(self, run):
        path = os.path.join(self.home.name, ".local/state/adsh/journal", run + ".jsonl")
        with open(path, encoding="utf-8") as f:
            lines = f.readlines()
        cut = "".join(lines[:[line.startswith('{"type":"intended"') for line in lines].index(True) + 1])
        with open(path, "w", encoding="utf-8") as f:
            f.write(cut)
        t = self.start("resume", run)
        self.answer(t, "n", "not confirmed")
        self.assertEqual(t.wait(), 6)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), cut)
        t = self.start("resume", run)
        self.answer(t, "y", "written and read back")
        self.assertEqual(t.wait(), 0)
        self.assertEqual(self.written(), (6, False))

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_plan_of_somebody_else(self):
        """It is said whose it is, and asked once."""
        folder = os.path.join(self.home.name, "theirs")
        self.path = os.path.join(folder, "plan")
        os.mkdir(folder, 0o755)
        self.assertEqual(self.batch("--plan-out", self.path, "-e", ALLOW).returncode, 4)
        os.chown(self.path, 65534, 65534)
        os.chown(folder, 65534, 65534)
        for words, text, status, n in (([], "n", 6, 0), (["-q", "-f", "json"], "", 6, 0), (["-q"], "y", 0, 6)):
            t = self.start(*words, "apply", self.path)
            before = self.answer(t, text, "\n")
            self.assertIn("owner      nobody", before)
            self.assertIn("author     Administrator@", before)
            self.assertEqual(t.wait(), status)
            self.assertEqual(self.written(), (n, False))

    def test_widening(self):
        """One question names it; --yes alone is not enough, and after ask(false) it has a question of its own."""
        t = self.start("-e", TRUST)
        before = t.expect(QUESTION)
        self.assertIn("WIDENS TRUST", before)
        self.assertIn("write 1 account and widen trust on 1? ", before)
        t.send("\r")
        t.expect("not confirmed")
        self.assertEqual(t.wait(), 6)
        t = self.start("-y", "-e", TRUST)
        self.assertNotIn("?", t.expect("--allow-widening"))
        self.assertEqual(t.wait(), 6)
        self.assertEqual(self.written(), (0, False))
        t = self.prompt()
        t.send("ask(false)\r")
        t.expect("false")
        t.expect("> ")
        t.send(TRUST + "\r")
        t.expect("Do it? [y/N] ")
        self.assertEqual(self.written(), (0, False))
        t.send("y\r")
        t.expect("written and read back")
        self.assertEqual(self.written(), (0, True))

    def test_asking_turned_off(self):
        t = self.prompt()
        t.send("ask()\r")
        t.expect("true\n")
        t.expect("> ")
        t.send("ask(false)\r")
        t.expect("false\n")
        t.expect("> ")
        t.send(ALLOW + "\r")
        self.assertNotIn(QUESTION, t.expect("written and read back"))
        t.expect(PROMPT)
        t.send("ask(true)\r")
        t.expect("true\n")
        t.expect(PROMPT)
        t.send('delegation.revoke("host08", "HTTP/ask0")\r')
        self.answer(t, "y", "written and read back")
        self.assertEqual(self.written(), (5, False))
        t = self.start("-e", "ask(false) return " + ALLOW)
        self.assertNotIn(QUESTION, t.expect("written and read back"))
        self.assertEqual(t.wait(), 0)

    def test_yes_on_the_command_line(self):
        for words in (["-y", "-e", ALLOW], ["-y", "apply", self.path], ["run", "kcd", "--source", "host08", "--target",
                      "host01", "--service", "cifs", "--add", "--yes"]):
            self.assertEqual(self.batch("--plan-out", self.path, "-e", ALLOW).returncode, 4)
            t = self.start(*words)
            self.assertEqual(t.wait(), 0, t.text())
            self.assertNotIn(QUESTION, t.text())
            self.batch("-y", "-e", NONE)

    def test_json_stays_one_document(self):
        """The question is on standard error."""
        code = "exec %s %s -f json -e '%s' > %s" % (ADSH, " ".join(self.login), ALLOW, self.path)
        t = Terminal(self.home.name, "-c", code, program="/bin/sh")
        self.addCleanup(t.kill)
        self.answer(t, "y", "\n")
        self.assertEqual(t.wait(), 0)
        with open(self.path, encoding="utf-8") as f:
            self.assertEqual(json.load(f)["changed"], 1)


if __name__ == "__main__":
    main()
