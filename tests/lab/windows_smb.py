#!/usr/bin/python3
"""A file server that does what Windows does and Samba does not. It is fs1 with its machine account,
and answers with messages of genuine Windows servers: what a list of shares and a descriptor hold,
breaks, errors. FILE has a name, and for each connection since it has that one a line, words out of
these:

    unasked         breaks, notifications, keep-alives and empty frames before each answer
    pending         each answer waits: its credits come with the "wait", none with itself
    expire N        the session has expired when the N-th request after the login comes
    always          and again after each login
    shut            and a new login does not change that
    unsigned        and that is not signed
    delete N        the session is not known any more at the N-th request, which nobody can sign
    gone N          nor the share, from the N-th request on
    pipe N          RPC in fragments of N bytes, of which an answer has a half at most
    contexts        all kinds of negotiate contexts
    cmac, gmac      how it signs; gmac unless said
    cipher N        2.2.3.1.2; 2 unless said, 0: it cannot encrypt
    sealed          the session is to be encrypted
    share           each share is to be encrypted
    dfs             each share may have links
    padded          each answer ends on a multiple of 8 bytes
    c000006d ...    the login is answered so
    refused CODE    or with a Kerberos error in its token
    flood           keep-alives without end instead of the list of shares

windows_smb.py --listen ADDRESS:PORT --corpus FOLDER --acts FILE
"""
import argparse
import glob
import hashlib
import hmac
import os
import socket
import struct
import threading

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from samba import credentials, gensec, param

NEGOTIATE, SETUP, LOGOFF, TREE, TREE_END, CREATE, CLOSE, READ, WRITE, IOCTL = 0, 1, 2, 3, 4, 5, 6, 8, 9, 11
LIST, QUERY, BREAK, NOTIFICATION = 14, 16, 18, 19
MORE_PROCESSING, PENDING, OVERFLOW, LOGON_FAILURE = 0xc0000016, 0x103, 0x80000005, 0xc000006d
EXPIRED, DELETED, NAME_DELETED, NO_FILES = 0xc000035c, 0xc0000203, 0xc00000c9, 0x80000006
SESSION = 0x0000240004000045
UNASKED = 2 ** 64 - 1
ERROR = struct.pack("<HBBIB", 9, 0, 0, 0, 0)  # 2.2.2


def header(command, status=0, flags=0, number=0, credit=1, tree=0, session=SESSION):
    return b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16x", 64, 1, status, command, credit, 1 | flags, 0, number, 0,
                                    tree, session)


def frame(message):
    return len(message).to_bytes(4, "big") + message


def receive(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def derive(key, label, context, n):
    text = b"\0\0\0\1" + label + b"\0\0" + context + (8 * n).to_bytes(4, "big")
    return hmac.new(key, text, hashlib.sha256).digest()[:n]


class Corpus:
    """Genuine messages, by kind."""

    def __init__(self, folder):
        self.folder = folder

    def all(self, kind):
        paths = sorted(glob.glob(os.path.join(self.folder, kind + "__*.bin")))
        return [open(path, "rb").read() for path in paths]

    def kinds(self, start):  # what comes behind the last hyphen
        names = {os.path.basename(path).split("__")[0] for path in glob.glob(os.path.join(self.folder, start + "*"))}
        return {name.rsplit("-", 1)[1] for name in names}

    def shares(self):  # level 1, the longest
        return max((s for s in self.all("stub-NetrShareEnum-ndr20") if s[:4] == b"\1\0\0\0"), key=len)

    def body(self, kind):
        return self.all(kind)[0][64:]


class Account:
    """The machine's, for logins."""

    def __init__(self):
        self.lp = param.LoadParm()
        self.lp.load_default()
        self.account = credentials.Credentials()
        self.account.guess(self.lp)
        self.account.set_machine_account(self.lp)
        self.offer = self.gensec().update(b"")[1]

    def gensec(self):
        g = gensec.Security.start_server({"lp_ctx": self.lp, "target_hostname": self.lp.get("netbios name")}, None)
        g.set_credentials(self.account)
        g.set_target_service("cifs")
        g.want_feature(gensec.FEATURE_SESSION_KEY)
        g.start_mech_by_name("spnego")
        return g


class Acts:
    def __init__(self, path):
        self.path, self.name, self.lines = path, None, []

    def next(self):
        lines = open(self.path).read().splitlines()
        if lines[0] != self.name:
            self.name, self.lines = lines[0], lines[1:]
        return self.lines.pop(0).split() if self.lines else []


class Connection:
    def __init__(self, client, words, corpus, account):
        self.s, self.corpus, self.account = client, corpus, account
        self.acts = {}
        for word in words:
            if word.isdigit():
                self.acts[last] = int(word)
            else:
                self.acts[word], last = True, word
        self.hash, self.keyed, self.sealed = bytes(64), False, False
        self.count, self.nonce, self.trees, self.tree, self.id = 0, 0, 0, 0, 0
        self.cipher = self.acts.get("cipher", 2)
        self.gmac = "cmac" not in self.acts
        self.answers = b""  # of the pipe, not read yet
        self.listed = self.logging_in = False
        self.open, self.gone = set(), set()  # folders whose list was sent; trees that are no more

    # --- protection

    def make_keys(self, key):
        n = 32 if self.cipher > 2 else 16
        full = key if n == 32 else key[:16]
        self.sign_key = derive(key[:16], b"SMBSigningKey", self.hash, 16)
        self.unseal_key = derive(full, b"SMBC2SCipherKey", self.hash, n)
        self.seal_key = derive(full, b"SMBS2CCipherKey", self.hash, n)
        self.keyed = True

    def signature(self, m):
        m = m[:48] + bytes(16) + m[64:]
        if self.gmac:
            nonce = m[24:32] + bytes([m[16] & 1, 0, 0, 0])
            return AESGCM(self.sign_key).encrypt(nonce, b"", m)
        c = CMAC(AES(self.sign_key))
        c.update(m)
        return c.finalize()

    def aead(self, key):
        return (AESCCM(key, 16), 11) if self.cipher in (1, 3) else (AESGCM(key), 12)

    def seal(self, m):
        self.nonce += 1
        head = struct.pack("<Q8xIHHQ", self.nonce, len(m), 0, 1, SESSION)
        aead, n = self.aead(self.seal_key)
        sealed = aead.encrypt(head[:n], m, head)
        return b"\xfdSMB" + sealed[-16:] + head + sealed[:-16]

    def unseal(self, m):
        aead, n = self.aead(self.unseal_key)
        return aead.decrypt(m[20:20 + n], m[52:] + m[4:20], m[20:52])

    def send(self, m, protected=True):
        if "padded" in self.acts:
            m += bytes(-len(m) % 8)
        if self.keyed and protected and self.sealed:
            m = self.seal(m)
        elif self.keyed and protected:
            m = m[:16] + bytes([m[16] | 8]) + m[17:]
            m = m[:48] + self.signature(m) + m[64:]
        self.s.sendall(frame(m))

    # --- what was not requested

    def unasked(self):
        for m in self.corpus.all("smb2-break"):
            self.s.sendall(frame(m))
        closed = struct.pack("<HHI", 4, 0, 0)  # 2.2.44: the session was closed
        self.s.sendall(frame(header(NOTIFICATION, number=UNASKED, credit=0) + closed))
        self.s.sendall(b"\x85\0\0\0" + bytes(4))

    # --- requests

    def answer(self, command, status, body, flags=0):
        credit = 1
        if "unasked" in self.acts:
            self.unasked()
        if "pending" in self.acts and command > TREE:
            wait = header(command, PENDING, 2, self.id, 1)
            self.send(wait + ERROR, protected=self.sealed)
            flags, credit = flags | 2, 0
        self.send(header(command, status, flags, self.id, credit, self.tree) + body)

    def error(self, command, status, signed=True):
        if signed:
            return self.answer(command, status, ERROR)
        return self.send(header(command, status, 0, self.id) + ERROR, protected=False)

    def negotiate(self, request):
        contexts = [struct.pack("<HHI", 1, 38, 0) + struct.pack("<HHH", 1, 32, 1) + os.urandom(32)]
        if self.cipher:
            contexts.append(struct.pack("<HHIHH", 2, 4, 0, 1, self.cipher))
        if self.gmac:
            contexts.append(struct.pack("<HHIHH", 8, 4, 0, 1, 2))
        if "contexts" in self.acts:  # compression, a name, RDMA, transport, and one to come
            name = "fs1.alpha.test".encode("utf-16-le")
            contexts[0:0] = [struct.pack("<HHIHHIH", 3, 10, 0, 1, 0, 1, 3), struct.pack("<HHI", 5, len(name), 0) + name]
            contexts += [struct.pack("<HHIHHIH", 7, 10, 0, 1, 0, 0, 1), struct.pack("<HHII", 6, 4, 0, 1),
                         struct.pack("<HHI", 0x1234, 0, 0)]
        token = self.account.offer
        at = 64 + 64 + len(token)
        body = struct.pack("<HHHH16xIIIIQQHHI", 65, 3, 0x311, len(contexts), 0x2f, 2 ** 20, 2 ** 20, 2 ** 20,
                           0, 0, 128, len(token), at + -at % 8) + token + bytes(-at % 8)
        m = header(NEGOTIATE, number=self.id, session=0) + body
        for c in contexts:
            m += bytes(-len(m) % 8) + c
        self.hash = hashlib.sha512(self.hash + request).digest()
        self.hash = hashlib.sha512(self.hash + m).digest()
        self.s.sendall(frame(m))

    def setup(self, request):
        if self.keyed and "shut" in self.acts:
            return self.error(SETUP, EXPIRED)
        if not self.keyed:
            self.hash = hashlib.sha512(self.hash + request).digest()
        for kind in self.corpus.kinds("smb2-session-c0"):
            if kind in self.acts:
                m = self.corpus.all("smb2-session-" + kind)[0]
                return self.s.sendall(frame(m[:24] + struct.pack("<Q", self.id) + m[32:]))
        if "refused" in self.acts:
            token = kerberos_error(self.acts["refused"])
            body = struct.pack("<HHHH", 9, 0, 72, len(token)) + token
            return self.s.sendall(frame(header(SETUP, MORE_PROCESSING, 0, self.id) + body))
        if not self.logging_in:
            self.logging_in, self.gss = True, self.account.gensec()
        offset, n = struct.unpack("<HH", request[76:80])
        done, token = self.gss.update(request[offset:offset + n])
        body = struct.pack("<HHHH", 9, 4 if "sealed" in self.acts else 0, 72, len(token)) + token
        if not done:
            m = header(SETUP, MORE_PROCESSING, 0, self.id) + body
            self.hash = hashlib.sha512(self.hash + m).digest()
            return self.s.sendall(frame(m))
        self.logging_in = False
        if not self.keyed:
            self.make_keys(self.gss.session_key())
        elif "always" not in self.acts:
            del self.acts["expire"]
        return self.send(header(SETUP, 0, 0, self.id) + body)

    def read(self, most):
        some, self.answers = self.answers[:most], self.answers[most:]
        if self.messages and self.messages[0] < most:
            some, self.answers = some[:self.messages[0]], some[self.messages[0]:] + self.answers
        self.messages[0] -= len(some)
        more = self.messages[0] > 0  # of this message
        if not more:
            self.messages.pop(0)
        return (OVERFLOW if more else 0), some

    def transceive(self, pdu):
        kind, call = pdu[2], struct.unpack("<I", pdu[12:16])[0]
        n = self.acts.get("pipe", 0)
        if kind == 11:
            name = b"\\PIPE\\srvsvc\0"
            syntax = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
            ack = struct.pack("<HHIH", max(n, 1432), max(n, 1432), 0x1234, len(name)) + name
            ack += bytes(-(16 + len(ack)) % 4) + struct.pack("<BBHHH", 1, 0, 0, 0, 0) + syntax
            parts = [struct.pack("<BBBBIHHI", 5, 0, 12, 3, 0x10, 16 + len(ack), 0, call) + ack]
        else:
            stub = self.call(pdu[24:])
            size = n and max(8, n - 24) or len(stub)
            cut = [stub[i:i + size] for i in range(0, len(stub), size)]
            parts = [struct.pack("<BBBBIHHIIHBB", 5, 0, 2, (i == 0) | (i == len(cut) - 1) << 1, 0x10, 24 + len(c), 0, call,
                                 len(stub), 0, 0, 0) + c for i, c in enumerate(cut)]
        self.answers, self.messages = b"".join(parts), [len(p) for p in parts]
        return self.read(n // 2 or 65536)

    def call(self, stub):
        """NetrShareEnum: level 502 is for administrators."""
        count = struct.unpack("<I", stub[12:16])[0]
        at = 16 + 2 * count
        level = struct.unpack("<I", stub[at + -at % 4:][:4])[0]
        self.listed = True
        if level == 1:
            return self.corpus.shares()
        return struct.pack("<IIIIIIII", level, level, 0x20000, 0, 0, 0, 0, 5)

    def ioctl(self, request):
        offset, n = struct.unpack("<II", request[64 + 24:64 + 32])
        status, some = self.transceive(request[offset:offset + n])
        body = struct.pack("<HHI16sIIIIII", 49, 0, 0x11c017, request[72:88], 112, 0, 112, len(some), 0, 0)
        return status, body + some

    def query(self):
        sd = max(self.corpus.all("sd"), key=len)
        return 0, struct.pack("<HHI", 9, 72, len(sd)) + sd

    def folder(self, request):
        """A genuine list, and then its end."""
        if request[72:88] in self.open:
            return NO_FILES, ERROR
        self.open.add(request[72:88])
        return 0, max(self.corpus.all("smb2-querydir"), key=len)[64:]

    def handle(self, m, sealed):
        command, self.id = struct.unpack("<H", m[12:14])[0], struct.unpack("<Q", m[24:32])[0]
        self.tree = struct.unpack("<I", m[36:40])[0]
        self.sealed = sealed
        if self.keyed and not sealed and self.signature(m) != m[48:64]:
            raise OSError("a request is not signed")
        if not sealed and ("sealed" in self.acts and self.keyed or "share" in self.acts and command > TREE_END):
            raise OSError("a request is not encrypted")
        if command == NEGOTIATE:
            return self.negotiate(m)
        if command == SETUP:
            return self.setup(m)
        self.count += 1
        act = self.acts
        if "expire" in act and self.count >= act["expire"] and command not in (LOGOFF, CLOSE):
            return self.error(command, EXPIRED, "unsigned" not in act)
        if self.count == act.get("delete"):
            self.sealed = False
            return self.error(command, DELETED, False)
        if self.count == act.get("gone"):
            self.gone.add(self.tree)
        if self.tree in self.gone:
            return self.error(command, NAME_DELETED)
        return self.serve(command, m)

    def serve(self, command, m):
        status = 0
        if command == TREE:
            self.trees += 1
            self.tree = self.trees
            body = struct.pack("<HBBIII", 16, 1, 0, 0x8000 if "share" in self.acts else 0x30,
                               8 if "dfs" in self.acts else 0, 0x1f01ff)
        elif command == CREATE:
            body = struct.pack("<HBBI32xQQIIQQII", 89, 0, 0, 1, 0, 0, 0x10, 0, self.id, self.id, 0, 0)
        elif command == IOCTL:
            if "flood" in self.acts and self.listed:
                while True:
                    self.s.sendall(b"\x85\0\0\0" * 1000)
            status, body = self.ioctl(m)
        elif command == READ:
            status, some = self.read(self.acts.get("pipe", 0) // 2 or 65536)
            body = struct.pack("<HBBIII", 17, 80, 0, len(some), 0, 0) + some
        elif command == LIST:
            status, body = self.folder(m)
        elif command == QUERY:
            status, body = self.query()
        elif command == CLOSE:
            body = struct.pack("<HHI48xI", 60, 0, 0, 0)
        elif command in (LOGOFF, TREE_END):
            body = struct.pack("<HH", 4, 0)
        else:
            status, body = 0xc00000bb, ERROR
        self.answer(command, status, body)

    def run(self):
        while True:
            m = receive(self.s, int.from_bytes(receive(self.s, 4), "big"))
            sealed = m[:1] == b"\xfd"
            self.handle(self.unseal(m) if sealed else m, sealed)


# --- a login that Kerberos refuses -------------------------------------------------------------

def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + n.to_bytes(2, "big")
    return bytes([tag]) + size + body


def kerberos_error(code):
    """A KRB-ERROR (RFC 4120 5.9.1) with KERB-ERROR-DATA, in a token of Kerberos, in one of SPNEGO."""
    def number(n):
        return der(2, bytes([n]))
    name = der(0x30, der(0xa0, number(1)), der(0xa1, der(0x30, der(0x1b, b"fs1$"))))
    edata = bytes.fromhex("3015a103020103a20e040c330100c00000000001000000")
    error = der(0x7e, der(0x30, der(0xa0, number(5)), der(0xa1, number(30)), der(0xa4, der(0x18, b"20260101000000Z")),
                          der(0xa5, number(0)), der(0xa6, number(code)), der(0xa9, der(0x1b, b"ALPHA.TEST")),
                          der(0xaa, name), der(0xac, der(4, edata))))
    oid = bytes.fromhex("06092a864886f712010202")
    token = der(0x60, oid, b"\3\0", error)
    return der(0xa1, der(0x30, der(0xa0, der(10, b"\1")), der(0xa2, der(4, token))))


def serve(client, acts, corpus, account):
    client.settimeout(60)
    if not client.recv(1, socket.MSG_PEEK):  # somebody looks whether we are there
        return
    try:
        Connection(client, acts.next(), corpus, account).run()
    except OSError:
        pass
    client.close()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--listen", required=True)
    p.add_argument("--corpus", required=True)
    p.add_argument("--acts", required=True)
    a = p.parse_args()
    host, port = a.listen.rsplit(":", 1)
    corpus, acts, account = Corpus(a.corpus), Acts(a.acts), Account()
    listener = socket.create_server((host, int(port)))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, acts, corpus, account), daemon=True).start()


main()
