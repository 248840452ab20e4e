#!/usr/bin/env python3
"""Changes that widen trust or touch something protected, typed at the prompt: what is asked, what each answer does,
where an option or a policy decides. The directory and the share are looked at from outside."""
import base64
import os
import re
import subprocess
import tempfile
import unittest

from ask_test import PROMPT
from repl_test import QUESTION, Terminal, main

DOMAIN = os.environ.get("LAB_DOMAIN", "")
SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"

# what is typed, the object, its attribute, what it says, what takes it back
WIDENS = [
    ('delegation.set_mode("host07", "unconstrained")', "HOST07", "userAccountControl", "unconstrained delegation",
     'delegation.set_mode("host07", "none")'),
    ('delegation.allow_from("host07", "S-1-1-0")', "HOST07", SOURCES, "every account in Everyone could act",
     'delegation.revoke_from("host07", "S-1-1-0")'),
    ('group.add("HyperV-Hosts", "Domain Computers")', "HyperV-Hosts", "member", "every account in Domain Computers",
     'group.remove("HyperV-Hosts", "Domain Computers")'),
    ('share.grant("fs1.alpha.test", "data", "Domain Users", "full")', None, None, "gains full",
     'share.revoke("fs1.alpha.test", "data", "Domain Users")'),
]
PROTECTED = [
    ('delegation.allow("dc1", "cifs/guards.alpha.test")', "DC1", "msDS-AllowedToDelegateTo", "a domain controller",
     'delegation.revoke("dc1", "cifs/guards.alpha.test")'),
    ('delegation.allow("host07", "cifs/dc1.alpha.test")', "HOST07", "msDS-AllowedToDelegateTo", "the target DC1$",
     'delegation.revoke("host07", "cifs/dc1.alpha.test")'),
    ('group.add("Domain Admins", "user01")', "Domain Admins", "member", "administrative group",
     'group.remove("Domain Admins", "user01")'),
    ('delegation.allow_from("host07", "dc1")', "HOST07", SOURCES, "DC1$ is a domain controller",
     'delegation.revoke_from("host07", "dc1")'),
]
NARROW = 'share.set_acl("fs1.alpha.test", "data", "D:(A;;FA;;;BA)")'
AS_BEFORE = 'share.set_acl("fs1.alpha.test", "data", "D:(A;;FA;;;WD)")'


def node(name, *command):
    return subprocess.run([os.environ["LAB_HERE"] + "/in.sh", name, *command], text=True, check=True,
                          capture_output=True).stdout


def state(name, attribute):
    """The values, or the entries of the share's list."""
    if not name:
        return sorted(re.findall("ACL:.*", node("fs1", "sharesec", "--view", "data")))
    out = node("dc1", "ldbsearch", "-H", "/var/lib/samba/private/sam.ldb", "(cn=%s)" % name, attribute)
    out = out.replace("\n ", "")
    return sorted(base64.b64decode(v) if c == "::" else v
                  for c, v in re.findall(r"^%s(::?) (.*)$" % re.escape(attribute), out, re.M))


@unittest.skipUnless("LAB_PASS" in os.environ, "needs the lab")
class Guards(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        password = os.path.join(self.home.name, "password")
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(os.environ["LAB_PASS"] + "\n")
        self.login = ["-d", DOMAIN, "-u", "Administrator", "--password-file", password]
        self.outer = self.start("--yes", "--allow-protected", "--allow-widening")
        self.type(self.outer, NARROW)
        self.addCleanup(self.type, self.outer, AS_BEFORE)

    def start(self, *args):
        t = Terminal(self.home.name, *self.login, *args)
        self.addCleanup(t.kill)
        t.expect(PROMPT)
        return t

    def type(self, t, line):
        t.send(line + "\r")
        return t.expect(PROMPT)

    def policy(self, text):
        folder = os.path.join(self.home.name, ".config/adsh")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "policy.lua"), "w", encoding="utf-8") as f:
            f.write(text)

    def refused(self, t, row, said):
        line, name, attribute, says, _ = row
        before = state(name, attribute)
        shown = self.type(t, line)
        self.assertNotIn(QUESTION, shown)
        for text in (says, said, "Nothing was written"):
            self.assertIn(text, shown)
        self.assertEqual(state(name, attribute), before)

    def answered(self, t, row, answer):
        """Whether it is written then."""
        line, name, attribute, says, back = row
        before = state(name, attribute)
        t.send(line + "\r")
        self.assertIn(says, t.expect(QUESTION))
        self.assertEqual(state(name, attribute), before)
        t.send(answer + "\r")
        t.expect(PROMPT)
        written = state(name, attribute) != before
        if written:
            self.type(self.outer, back)
        self.assertEqual(state(name, attribute), before)
        return written

    def test_widening(self):
        t = self.start()
        for row in WIDENS:
            for answer in ("n", "", "y"):
                with self.subTest(row[0], answer=answer):
                    self.assertEqual(self.answered(t, row, answer), answer == "y")

    def test_widening_after_yes(self):
        """--yes says nothing about it: it has a question of its own."""
        t = self.start("--yes")
        for row in WIDENS:
            self.refused(t, row, "--allow-widening")

    def test_protected(self):
        """Nobody is asked about it: it needs the option, and then the question."""
        t = self.start()
        for row in PROTECTED:
            with self.subTest(row[0]):
                self.refused(t, row, "--allow-protected")
        t = self.start("--allow-protected")
        for row in PROTECTED:
            for answer in ("n", "y"):
                with self.subTest(row[0], answer=answer):
                    self.assertEqual(self.answered(t, row, answer), answer == "y")

    def test_what_changed_while_it_was_asked(self):
        """It is judged again after the answer."""
        t = self.start()
        for line, name, attribute, _, back in (
                ('delegation.allow("host07", "cifs/guards.alpha.test")', "HOST07", "msDS-AllowedToDelegateTo", "",
                 'group.remove("Domain Admins", "host07")'),
                ('group.add("HyperV-Hosts", "user01")', "HyperV-Hosts", "member", "",
                 'group.remove("Domain Admins", "HyperV-Hosts")')):
            before = state(name, attribute)
            t.send(line + "\r")
            t.expect(QUESTION)
            self.type(self.outer, back.replace("remove", "add"))
            t.send("y\r")
            self.assertIn("a member of Domain Admins", t.expect(PROMPT))
            self.assertEqual(state(name, attribute), before)
            self.type(self.outer, back)

    def test_two_reasons(self):
        """What widens in another way is asked for by itself."""
        t = self.start()
        t.send("ask(false)\r")
        t.expect(PROMPT)
        before = state(None, None)
        t.send('plan(function() share.grant("fs1.alpha.test", "data", "Domain Users", "full")'
               ' folder.grant("//fs1.alpha.test/data", "Domain Computers", "full") end):apply()\r')
        self.assertIn("Domain Users gains full", t.expect("Do it? [y/N] "))
        t.send("y\r")
        self.assertIn("Domain Computers gains full", t.expect("Do it? [y/N] "))
        t.send("n\r")
        self.assertIn("not confirmed", t.expect(PROMPT))
        self.assertEqual(state(None, None), before)

    def test_yes_to_other_words(self):
        """A yes that led to nothing is none to a plan that widens more."""
        t = self.start()
        before = state("HOST07", SOURCES)
        self.addCleanup(self.type, self.outer, 'delegation.revoke_from("host07", { "Domain Computers", "S-1-1-0" })')
        folder = os.path.join(self.home.name, ".local/state")
        os.makedirs(folder, exist_ok=True)
        in_the_way = os.path.join(folder, "adsh")
        self.type(t, "ask(false)")
        self.type(t, 'p = plan(function() delegation.allow_from("host07", "Domain Computers") end)')
        if os.path.isdir(in_the_way):
            os.rename(in_the_way, in_the_way + ".away")
        with open(in_the_way, "w", encoding="utf-8"):
            pass
        t.send("p:apply()\r")
        self.assertIn("every account in Domain Computers could act", t.expect("Do it? [y/N] "))
        t.send("y\r")
        self.assertIn("journal", t.expect(PROMPT))
        os.remove(in_the_way)
        self.type(t, 'plan.current(p) delegation.allow_from("host07", "S-1-1-0") plan.current(false)')
        t.send("p:apply()\r")
        self.assertIn("every account in Everyone could act", t.expect("Do it? [y/N] "))
        t.send("n\r")
        self.assertIn("not confirmed", t.expect(PROMPT))
        self.assertEqual(state("HOST07", SOURCES), before)

    def test_policy(self):
        self.policy("return { allow_widening = false, allow_protected = false }")
        for words in ([], ["--allow-widening", "--allow-protected"]):
            t = self.start(*words)
            for row in WIDENS + PROTECTED:
                with self.subTest(row[0], words=words):
                    self.refused(t, row, "the policy of this machine")


if __name__ == "__main__":
    main()
