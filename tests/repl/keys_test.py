#!/usr/bin/env python3
"""A cat on the keyboard: whatever is typed at the prompt, the program stays there and still answers.

One terminal for each seed, several of them side by side. ADSH_ROUNDS says how many seeds there are;
seeds can also be given by hand: ADSH=./adsh tests/repl/keys_test.py 7 12"""
import fcntl
import os
import pty
import random
import select
import signal
import struct
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
from repl_test import ADSH, environment  # noqa: E402

SEEDS = int(os.environ.get("ADSH_ROUNDS") or 24)
SIDE_BY_SIDE = 12
KEYS_OF_A_SEED = 300
UP, DOWN, RIGHT, LEFT = (b"\x1b[" + c for c in (b"A", b"B", b"C", b"D"))
ENTER, INTERRUPT = b"\r", b"\x03"
RESIZE = b""

# A line of the history is edited and left with Ctrl-C, twice: its undo list must not be freed twice.
EDITED_AND_LEFT = [b"1+1", ENTER, UP, b"0", UP, INTERRUPT, b"3", UP, INTERRUPT, ENTER]

# Half of the keys: into the history, an edit, and out of the line.
COMMON = [UP, UP, UP, DOWN, DOWN, ENTER, ENTER, INTERRUPT, INTERRUPT, b"\x1f", b"\x7f", b"\x17", b"\x19", b"7", b"=", b" "]

# The rest: all that is bound, but for what ends the program (Ctrl-D, Ctrl-Z, Ctrl-\) or the output (Ctrl-S),
# and a lone Esc, which with Enter after it turns vi mode on.
CONTROL = [bytes([c]) for c in range(1, 32) if c not in (4, 13, 19, 26, 27, 28)]
META = [b"\x1b" + bytes([c]) for c in b"bcdfltuyrpn.<>-_*?#~\\ 139\x7f"]
SEQUENCES = [RIGHT, LEFT, b"\x1b[H", b"\x1b[F", b"\x1b[3~", b"\x1b[200~", b"\x1b[201~", b"\x1b[Z",
             b"\x18(", b"\x18)", b"\x18e", b"\x18\x15", b"\x18\x18", RESIZE,
             b"\x1bOP", b"\x1b[11~", b"\x1bh", b"\t", b"\t\t"]
TEXT = ['(', ')', '{', '}', '"', "'", "[[", "]]", "--", ";", ",", ".", ":", "do", "end", "function", "return",
        "nil", "help", "delegation", "string.", "nosuch", "ö", "用", "e\u0301", "?x", "x?", "\\x", "_", "local x",
        'help "dele', "help [[dele", 'folder.acl "\\\\fs1\\', "run.live_migration{", 'mode = "', "hosts.without live-",
        "\x1b[200~a\tb\n\tc\x1b[201~", "plan.on()\r", "why()\r"]
RARE = CONTROL + META + SEQUENCES + [t.encode() for t in TEXT] + [b"\xff", b"\xc3", b"\xed\xa0\x80"]


def keys_of(seed):
    chance = random.Random(seed)
    return [chance.choice(COMMON if chance.random() < 0.5 else RARE) for _ in range(KEYS_OF_A_SEED)]


class Typist:
    """One program on a terminal of its own, and the keys that it is going to get."""

    def __init__(self, name, keys):
        self.name, self.keys, self.out, self.status = name, list(keys), b"", None
        self.home = tempfile.TemporaryDirectory()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(ADSH, [ADSH], {**environment(self.home.name), "NO_COLOR": "1"})

    def read(self):
        try:
            data = os.read(self.fd, 65536)
        except OSError: # the other side is closed
            data = b""
        self.out = (self.out + data)[-8192:]
        if not data:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def press(self, key):
        if key == RESIZE:
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, random.randint(20, 120), 0, 0))
        else:
            os.write(self.fd, key)

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.home.cleanup()


def listen(typists, seconds):
    """Reads what the programs print, until nothing comes for so long."""
    while True:
        alive = {t.fd: t for t in typists if t.status is None}
        ready = select.select(list(alive), [], [], seconds)[0]
        for fd in ready:
            alive[fd].read()
        if not ready:
            return


def wait_for(typists, text, seconds=30):
    """Until each program has printed this, or ended; gives those that have done neither."""
    end = time.monotonic() + seconds
    while True:
        silent = [t for t in typists if t.status is None and text not in t.out]
        if not silent or time.monotonic() > end:
            return silent
        listen(silent, 0.05)


def type_all(typists):
    for i in range(max(len(t.keys) for t in typists)):
        for t in typists:
            if t.status is None and i < len(t.keys):
                t.press(t.keys[i])
        listen(typists, 0.002)


def is_still_there(typists):
    """Each prompt is left with Ctrl-C and asked for a sum. Gives what is wrong with which."""
    for t in typists:
        if t.status is None:
            t.press(INTERRUPT)
    listen(typists, 0.2)
    for t in typists:
        if t.status is None:
            t.press(INTERRUPT + b"5555*7\r")
    silent = wait_for(typists, b"38885")
    return [(t, "it does not answer any more" if t in silent else "it ended with %d" % t.status)
            for t in typists if t in silent or t.status is not None]


def campaign(typists):
    try:
        bad = [(t, "no prompt") for t in wait_for(typists, b"adsh> ")]
        type_all(typists)
        bad += is_still_there(typists)
        for t, why in bad:
            print("# %s: %s, after:" % (t.name, why))
            print("# " + ascii(t.out.decode("utf-8", "replace")[-1500:]))
        return not bad
    finally:
        for t in typists:
            t.close()


def main():
    seeds = [int(s) for s in sys.argv[1:]] or list(range(1, SEEDS + 1))
    batches = [seeds[i:i + SIDE_BY_SIDE] for i in range(0, len(seeds), SIDE_BY_SIDE)]
    print("1..%d" % (len(batches) + 1))
    ok = campaign([Typist("the fixed keys", EDITED_AND_LEFT)])
    print("%sok 1 - a history line that is edited and left with Ctrl-C" % ("" if ok else "not "), flush=True)
    for n, batch in enumerate(batches, 2):
        done = campaign([Typist("seed %d" % seed, keys_of(seed)) for seed in batch])
        ok = ok and done
        print("%sok %d - seeds %d to %d" % ("" if done else "not ", n, batch[0], batch[-1]), flush=True)
    raise SystemExit(not ok)


if __name__ == "__main__":
    main()
