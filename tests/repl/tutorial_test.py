#!/usr/bin/env python3
"""The tutorial, as somebody does it who types what it says; what it writes is gone afterwards."""
import os
import re
import subprocess
import tempfile
import unittest

from repl_test import ADSH, QUESTION, Terminal, environment, main

DOMAIN = os.environ.get("LAB_DOMAIN", "")
PROMPTS = re.compile(re.escape(DOMAIN) + r" Administrator( \[[^\]]*\])?> $")


@unittest.skipUnless("LAB_PASS" in os.environ, "needs the lab")
class Tutorial(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        password = os.path.join(self.home.name, "password")
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(os.environ["LAB_PASS"] + "\n")
        self.login = ["-d", DOMAIN, "-u", "Administrator", "--password-file", password]
        self.addCleanup(self.clear)

    def clear(self):
        subprocess.run([ADSH, *self.login, "-y", "-e", 'delegation.set_mode("host01", "none")'], check=True, timeout=60,
                       stdin=subprocess.DEVNULL, capture_output=True, env=environment(self.home.name))

    def targets(self):
        """What the domain controller's database has."""
        out = subprocess.run([os.environ["LAB_HERE"] + "/in.sh", "dc1", "ldbsearch", "-H",
                              "/var/lib/samba/private/sam.ldb", "(cn=HOST01)", "msDS-AllowedToDelegateTo"],
                             text=True, check=True, capture_output=True).stdout
        return re.findall("msDS-AllowedToDelegateTo: (.*)", out)

    def open(self, *args):
        t = Terminal(self.home.name, *self.login, *args)
        self.addCleanup(t.kill)
        t.expect("> ")
        return t

    def line(self, t, text, answer=None):
        """Types a line, answers the question, and returns what came up to the next prompt."""
        t.send(text + "\r")
        t.expect(text)
        if answer:
            t.expect(QUESTION)
            t.send(answer + "\r")
        out = ""
        while not PROMPTS.search(out):
            out += t.expect("> ") + "> "
        return out

    def step(self, out):
        return int(re.search(r"Step (\d+) of 10", out)[1]), re.search(r"\nType:  (.*)", out)[1]

    def test_whole(self):
        t = self.open()
        out = self.line(t, "tutorial()")
        for n in range(1, 11):
            number, code = self.step(out)
            self.assertEqual(number, n, out)
            self.assertEqual(self.targets(), ["cifs/host02"] if n == 9 else [], n)
            out = self.line(t, code, "y" if n in (8, 9) else None)
            self.assertIn("Right.", out, n)
        self.assertIn("That was the last step", out)
        self.assertEqual(self.targets(), [])
        self.assertNotIn("Step", self.line(t, "1 + 1"))

    def test_wrong_and_resumed(self):
        t = self.open()
        self.assertEqual(self.step(self.line(t, "tutorial(2)"))[0], 2)
        self.assertNotIn("Right", self.line(t, "1 + 1"))
        self.assertIn("Not yet", self.line(t, 'get "host02"'))
        self.assertIn("Not yet", self.line(t, 'get "nobody"'))
        self.assertEqual(self.step(self.line(t, "tutorial()"))[0], 2)
        self.assertEqual(self.step(self.line(t, 'get "HOST01.%s"' % DOMAIN))[0], 3)
        self.line(t, "tutorial(false)")
        self.assertNotIn("Right", self.line(t, 'delegation.get "host01"'))
        self.assertEqual(self.step(self.line(t, "tutorial(4)"))[0], 4)
        self.assertIn("the steps are 1 to 10", self.line(t, "tutorial(11)"))

    def test_leaving_takes_back(self):
        t = self.open()
        self.assertEqual(self.step(self.line(t, "tutorial(8)"))[0], 6)  # what it needs comes first
        self.line(t, "plan.on()")
        self.assertIn("The plan is dropped", self.line(t, "tutorial(false)"))
        self.line(t, "tutorial(6)")
        self.line(t, "plan.on()")
        self.line(t, 'delegation.allow("host01", "cifs/host02")')
        self.assertIn("Not yet", self.line(t, "apply()", "n"))
        self.assertIn("Step 9", self.line(t, "apply()", "y"))
        self.assertEqual(self.targets(), ["cifs/host02"])
        self.line(t, "tutorial(false)", "y")
        self.assertEqual(self.targets(), [])

    def test_refused(self):
        t = self.open("--read-only")
        self.assertIn("the tutorial writes", self.line(t, "tutorial()"))
        t = self.open()
        self.line(t, "plan.on()")
        self.assertIn("a plan is open", self.line(t, "tutorial()"))
        out = subprocess.run([ADSH, *self.login, "-e", "tutorial()"], text=True, capture_output=True, timeout=60,
                             stdin=subprocess.DEVNULL, env=environment(self.home.name))
        self.assertEqual(out.returncode, 2)
        self.assertIn("for the prompt", out.stderr)


if __name__ == "__main__":
    main()
