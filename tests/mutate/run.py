#!/usr/bin/python3
"""Makes the small harmful changes of tests/mutate/list, one at a time, in a copy of the tree, and tells which of them
the tests notice: fewer than 90 of 100 are a failure.

run.py [NAME]...    all, or those whose names begin so
run.py --check      only whether each one still has its place and its tests (a lint)

An entry of the list:

    NAME FILE
    - old text, exactly once in FILE
    + new text
    = unit/NAME, lua/NAME, ad/NAME [: pattern for busted's --filter] or repl/NAME [: TestCase.test_name]

Old and new are parts of one line; blanks at both ends do not count. Tests run in the order given until one fails.
What does not build is an error of the list. Tests of "ad" and "repl" run in one lab, which is new after each failure.
"""
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", "build")
TREE = os.path.join(TOP, BUILD, "mutate")
SHARE, LEAST, LIMIT = 90, 100, 300
FOLDERS = {"unit": "tests/c/%s_test.c", "lua": "tests/lua/%s_test.lua", "ad": "tests/ad/%s_test.lua",
           "repl": "tests/repl/%s_test.py"}
MAKE = ["make", "-s", "CFLAGS=-O1 -g0", "LDFLAGS=-Wl,-O0"]


class Mutation:
    def __init__(self, name, file):
        self.name, self.file, self.old, self.new, self.tests = name, file, None, None, []

    def wrong(self):
        """Why it cannot be made, or nothing."""
        try:
            with open(os.path.join(TOP, self.file), encoding="utf-8") as f:
                n = f.read().count(self.old or "\0")
        except OSError as e:
            return e.strerror
        if n != 1:
            return "its text is there %d times, not once: %s" % (n, self.old)
        if self.new is None or self.new == self.old:
            return "it changes nothing"
        missing = [t for t, _ in self.tests if not os.path.exists(os.path.join(TOP, source(t)))]
        return "there is no test %s" % missing[0] if missing else None if self.tests else "it has no tests"


def source(test):
    suite, name = test.split("/")
    return FOLDERS[suite] % name


def needs_lab(test):
    return test.startswith(("ad/", "repl/"))


def read():
    result = []
    with open(os.path.join(TOP, "tests/mutate/list"), encoding="utf-8") as f:
        for line in f:
            mark, text = line[:2], line[2:].strip()
            if not line.strip() or line.startswith("#"):
                continue
            if mark == "- ":
                result[-1].old = text
            elif mark in ("+ ", "+\n"):
                result[-1].new = text
            elif mark == "= ":
                test, _, pattern = text.partition(":")
                result[-1].tests.append((test.strip(), pattern.strip()))
            else:
                result.append(Mutation(*line.split()))
    return result


def check(mutations):
    wrong = ["%s (%s): %s" % (m.name, m.file, why) for m in mutations for why in [m.wrong()] if why]
    names = [m.name for m in mutations]
    wrong += ["%s: there are two of that name" % n for n in sorted(set(names)) if names.count(n) > 1]
    if len(mutations) < LEAST:
        wrong.append("%d changes, fewer than %d" % (len(mutations), LEAST))
    return wrong


# --- the copy ------------------------------------------------------------------
def copy_tree():
    """Takes what is new; what is the same keeps its time, so that little is built again."""
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, files):
        src, dst = os.path.join(TOP, name), os.path.join(TREE, name)
        if not os.path.isfile(src):
            continue
        with open(src, "rb") as f:
            data = f.read()
        try:
            with open(dst, "rb") as f:
                same = f.read() == data
        except OSError:
            same = False
        if not same:
            os.makedirs(os.path.dirname(dst), exist_ok=True)
            shutil.copy(src, dst)


def put(file, text):
    with open(os.path.join(TREE, file), "w", encoding="utf-8") as f:
        f.write(text)


def build(tests):
    units = ["%s/tests/c/%s_test" % ("build", t.split("/")[1]) for t, _ in tests if t.startswith("unit/")]
    return subprocess.run(MAKE + ["BUILD=build", "-j%d" % (os.cpu_count() or 1), "all"] + sorted(set(units)), cwd=TREE,
                          capture_output=True, text=True)


# --- the tests -----------------------------------------------------------------
class Lab:
    """A lab of its own, from the snapshots of the usual one, started when first needed."""

    def __init__(self):
        usual = self.variables({})
        base = usual["LAB_DIR"] + "-mutate"
        self.env = {"LAB_DIR": base, "LAB_NS": usual["LAB_NS"].rstrip("-") + ".m-", "LAB_CACHE": usual["LAB_CACHE"]}
        os.makedirs(base, exist_ok=True)
        self.lock = open(os.path.join(base, "run.lock"), "w", encoding="utf-8")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.env = self.variables(self.env)
        self.up = False

    def variables(self, env):
        out = subprocess.run(["bash", "-c", 'eval "$(tests/lab/env.sh)"; env -0'], cwd=TOP, check=True, text=True,
                             capture_output=True, env={**os.environ, **env}).stdout
        return dict(v.split("=", 1) for v in out.split("\0") if v.startswith(("LAB_", "KRB5_CONFIG=")))

    def start(self):
        if not self.up:
            subprocess.run(["tests/lab/up.sh", "--fresh", "--forests", "2", "--member"], cwd=TOP, check=True,
                           env={**os.environ, **self.env}, capture_output=True)
            self.up = True

    def stop(self):
        subprocess.run(["tests/lab/down.sh"], cwd=TOP, env={**os.environ, **self.env}, capture_output=True, check=False)


def command(test, pattern):
    suite, _ = test.split("/")
    adsh = os.path.join(TREE, "adsh")
    if suite == "unit":
        return [os.path.join("build", source(test)[:-2])]
    if suite == "repl":
        return ["tests/lab/in.sh", "cli", source(test), *filter(None, [pattern])]
    words = [adsh, "-y", "tests/busted.lua", "-o", "TAP", *(["--filter", pattern] if pattern else []), source(test)]
    return words if suite == "lua" else ["tests/lab/in.sh", "cli", *words]


def passes(lab, test, pattern):
    """True, or False with the reason: it fails, runs out of time, or has no test of that name."""
    if needs_lab(test):
        lab.start()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o711)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LUA_", "KRB5")) and k != "LDAPRC"}
        env.update(lab.env if needs_lab(test) else {}, TMPDIR=scratch, XDG_STATE_HOME=scratch + "/state",
                   ADSH=os.path.join(TREE, "adsh"), KRB5CCNAME="FILE:%s/ccache" % scratch, CMOCKA_MESSAGE_OUTPUT="TAP",
                   LC_ALL="C.UTF-8")
        out = ""
        with open(os.path.join(scratch, "out"), "w+", encoding="utf-8", errors="replace") as f:
            p = subprocess.Popen(command(test, pattern), cwd=TREE, env=env, stdin=subprocess.DEVNULL, stdout=f,
                                 stderr=subprocess.STDOUT, start_new_session=True)
            try:
                p.wait(LIMIT if needs_lab(test) else LIMIT // 5)
            except subprocess.TimeoutExpired:
                subprocess.run(["kill", "-KILL", "--", "-%d" % p.pid], check=False)
                p.wait()
                return False, "ran out of time"
            f.seek(0)
            out = f.read()
    failed = re.findall(r"^not ok \d+ *-? *(.*)", out, re.M)
    if failed:
        return False, failed[0]
    if p.returncode:
        return False, "exit status %d" % p.returncode
    return (True, "") if re.search(r"^ok \d", out, re.M) else (False, "no tests")


def try_one(lab, m):
    """"noticed", "not noticed" or "wrong", and why."""
    path = os.path.join(TREE, m.file)
    with open(path, encoding="utf-8") as f:
        before = f.read()
    try:
        put(m.file, before.replace(m.old, m.new))
        built = build(m.tests)
        if built.returncode:
            return "wrong", "does not build: " + (re.findall("error: .*", built.stderr) or [built.stderr[-200:]])[0]
        for test, pattern in m.tests:
            ok, why = passes(lab, test, pattern)
            if not ok:
                if needs_lab(test):
                    lab.up = False
                return "noticed", "%s: %s" % (test, why)
        return "not noticed", ""
    finally:
        put(m.file, before)


def unchanged(lab, mutations):
    """What fails without any change cannot notice one."""
    tests = sorted({t for m in mutations for t in m.tests})
    built = build(tests)
    if built.returncode:
        return ["the tree does not build: " + built.stderr[-500:]]
    wrong = []
    if os.environ.get("MUTATE_TRUST"): # they have just passed
        return wrong
    for test, pattern in tests:
        ok, why = passes(lab, test, pattern)
        if not ok:
            lab.up = False
            wrong.append("%s: %s fails without a change: %s" % (test, pattern, why))
    return wrong


def main(words):
    mutations = read()
    wrong = check(mutations)
    if words == ["--check"]:
        print("\n".join(wrong or ["%d changes, each with one place" % len(mutations)]))
        return 1 if wrong else 0
    chosen = [m for m in mutations if not m.wrong() and (not words or m.name.startswith(tuple(words)))]
    start = time.monotonic()
    copy_tree()
    lab, results = Lab(), {}
    try:
        wrong += unchanged(lab, chosen)
        print("%d tests pass without a change, after %d s" % (len({t for m in chosen for t in m.tests}),
                                                                time.monotonic() - start), flush=True)
        for m in chosen:
            results[m.name], why = try_one(lab, m)
            if results[m.name] == "wrong":
                wrong.append("%s: %s" % (m.name, why))
            print("%-12s %-34s %s" % (results[m.name], m.name, why[:100]), flush=True)
    finally:
        lab.stop()
    noticed, of = list(results.values()).count("noticed"), len(chosen)
    print("\n" + "\n".join(["WRONG  " + w for w in wrong] +
                           ["NOT NOTICED  %s (%s)" % (m.name, m.file) for m in chosen if results[m.name] == "not noticed"]))
    share = 100 * noticed // max(of, 1)
    print("%d s; %d of %d noticed, %d %% (at least %d %%)" % (time.monotonic() - start, noticed, of, share, SHARE))
    return 1 if wrong or share < SHARE else 0


sys.exit(main(sys.argv[1:]))
