#!/usr/bin/python3
"""Samba's own reader of DFS referrals (librpc/idl/dfsblobs.idl) as the judge of ours.

    referral.py PROGRAM [COUNT [SEED]]

PROGRAM is built from tests/c/codec_main.c. Random answers are laid out as MS-DFSC 2.2.4 and 2.2.5
say, in the versions 2 to 4 (of version 1 Samba takes the text for offsets); Samba reads them, writes
them again in its own layout, and ours must read both as Samba did. Our questions are read by Samba. Ends with status 77 where Samba's library is not installed.
"""
import ctypes
import glob
import random
import re
import struct
import subprocess
import sys


class Blob(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]


try:
    lib = ctypes.CDLL(glob.glob("/usr/lib/*/samba/libndr-samba4*.so.0")[0])
    functions = {how + name: ctypes.cast(getattr(lib, "ndr_%s_%s" % (how, name)), ctypes.c_void_p).value
                 for how in ("pull", "push", "print")
                 for name in ("dfs_referral_resp", "dfs_GetDFSReferral_in")}
except (IndexError, OSError, AttributeError):
    print("skipped: no libndr-samba4 (package samba-libs)")
    sys.exit(77)
for name in ("pull_struct_blob", "push_struct_blob", "print_struct_string"):
    getattr(lib, "ndr_" + name).argtypes = [ctypes.c_void_p] * 4
lib.ndr_print_struct_string.restype = ctypes.c_char_p
lib.talloc_named_const.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
lib.talloc_named_const.restype = ctypes.c_void_p
lib._talloc_free.argtypes = [ctypes.c_void_p, ctypes.c_char_p]

passed = failed = 0


def same(what, got, want, given):
    global passed, failed
    if got == want:
        passed += 1
        return
    failed += 1
    if failed <= 10:
        print("%s\n  given %s\n  ours  %s\n  samba %s" % (what, given, got, want))


class Read:
    """What Samba reads out of the bytes."""

    def __init__(self, bytes_, name):
        self.name = name
        self.raw = ctypes.create_string_buffer(bytes_, len(bytes_))
        self.struct = ctypes.create_string_buffer(4096)
        self.memory = lib.talloc_named_const(None, 0, b"referral")
        blob = Blob(ctypes.addressof(self.raw), len(bytes_))
        status = lib.ndr_pull_struct_blob(ctypes.addressof(blob), self.memory, self.at(),
                                          functions["pull" + name])
        if status:
            raise ValueError("Samba does not read it: %d" % status)

    def __del__(self):
        lib._talloc_free(self.memory, b"referral.py")

    def at(self):
        return ctypes.addressof(self.struct)

    def again(self):
        blob = Blob()
        lib.ndr_push_struct_blob(ctypes.addressof(blob), self.memory, self.at(), functions["push" + self.name])
        return ctypes.string_at(blob.data, blob.length)

    def text(self):
        label = ctypes.create_string_buffer(b"x")
        return lib.ndr_print_struct_string(self.memory, functions["print" + self.name],
                                           ctypes.addressof(label), self.at()).decode()

    def names(self):
        """Of the only entry: Samba cannot print them. dfs_referral_resp has its entries at 8, an
        entry its union at 8, dfs_referral_v3 the name at 16, the count at 24, the list at 32."""
        entry = ctypes.c_void_p.from_address(self.at() + 8).value + 8
        texts = ctypes.c_void_p.from_address(entry + 32).value
        return ([ctypes.c_char_p.from_address(entry + 16).value.decode()] +
                [ctypes.c_char_p.from_address(texts + 8 * i).value.decode()
                 for i in range(ctypes.c_uint16.from_address(entry + 24).value)])


def wide(text):
    return (text + "\0").encode("utf-16le")


LETTERS = "abcXYZ019 -_.$äöüß書\U0001f4c1é"


def random_part():
    return "".join(random.choice(LETTERS) for _ in range(random.randint(1, 15)))


def random_path(parts):
    return "".join("\\" + random_part() for _ in range(parts))


def normal(version, size, texts_at):
    """An entry of a fixed size and its texts, which lie behind all entries."""
    texts = [wide(random_path(random.randint(2, 4))) for _ in range(3)]
    offsets = [texts_at, texts_at + len(texts[0]), texts_at + len(texts[0]) + len(texts[1])]
    head = struct.pack("<HHHH", version, size, random.randint(0, 1),
                       random.choice([0, 0, 4]) if version == 4 else 0)
    ttl = random.choice([0, 1, 300, 600, 2**32 - 1])
    if version == 2:
        body = struct.pack("<IIHHH", 0, ttl, *offsets)
    else:
        body = struct.pack("<IHHH16x", ttl, *offsets)
    return head + body, b"".join(texts)


def random_targets():
    version = random.randint(2, 4)
    count = random.choice([0, 1, 1, 2, 5, 20])
    entries, texts = b"", b""
    size = 22 if version == 2 else 34
    for i in range(count):
        head, more = normal(version, size, (count - i) * size + len(texts))
        entries += head
        texts += more
    return struct.pack("<HHI", random.randrange(0, 200, 2), count, random.getrandbits(3)) + entries + texts


def random_names():
    """The DCs of a domain, or one of the domains (2.2.5.3.2)."""
    names = [random_path(1) for _ in range(random.randint(1, 9))]
    special = wide(random_path(1))
    entry = struct.pack("<HHHHIHHH16x", 3, 34, 0, 2, 600, 34, len(names), 34 + len(special))
    return (struct.pack("<HHI", 0, 1, 0) + entry + special + b"".join(wide(n) for n in names),
            [special.decode("utf-16le")[:-1]] + names)


def in_our_words(read):
    """What Samba prints, in the words of codec_main."""
    text = read.text()

    def numbers(name, pattern):
        return [int(n, 0) for n in re.findall(r"^ *%s *: %s" % (name, pattern), text, re.M)]

    versions = numbers("version", r"(0x\w+)")
    rows = zip(versions, numbers("server_type", r".*\((\d+)\)"), numbers("entry_flags", r".*\((\d+)\)"),
               numbers("ttl", r"(0x\w+)") or [0] * len(versions),
               re.findall(r"^ *(?:netw_address|share_name) *: '(.*)'$", text, re.M))
    return " ".join(["%d %x" % (numbers("path_consumed", r"(0x\w+)")[0], numbers("header_flags", r"(0x\w+)")[0])] +
                    ["[%d %d %x %u %s]" % row for row in rows])


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               encoding="utf-8")

    def ours(command, argument):
        process.stdin.write("%s %s\n" % (command, argument))
        process.stdin.flush()
        return process.stdout.readline().rstrip("\n")

    for _ in range(count):
        bytes_ = random_targets()
        read = Read(bytes_, "dfs_referral_resp")
        want = in_our_words(read)
        same("an answer", ours("referral", bytes_.hex()), want, bytes_.hex())
        again = read.again()
        same("as Samba lays it out", ours("referral", again.hex()), want, again.hex())
        bytes_, _ = random_names()
        names = Read(bytes_, "dfs_referral_resp").names()
        same("names", ours("referral", bytes_.hex()), "0 0 [3 0 2 600 %s]" % " ".join(names), bytes_.hex())
        path = random_path(random.randint(1, 5))
        text = Read(bytes.fromhex(ours("referral-ask", path)), "dfs_GetDFSReferral_in").text()
        same("a question", re.findall(r"max_referral_level *: 0x(\w+)|servername *: '(.*)'", text),
             [("0004", ""), ("", path)], path)
    print("referral: seed %d, %d answers and questions: %d agree, %d differ" % (seed, count, passed, failed))
    sys.exit(failed > 0)


main()
