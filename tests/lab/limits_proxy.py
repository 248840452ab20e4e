#!/usr/bin/python3
"""AD's forced LDAP limits in front of Samba, which has none of them.

 - more than --max-page entries without paging: that many, then sizeLimitExceeded (4);
   a request's own size limit likewise; a page size is cut to --max-page
 - an attribute of more than --max-val values, asked for without a range or with a wider one,
   comes as NAME;range=0-1499, the last piece as NAME;range=1500-*
 - --referral DC=beta,DC=test=ldap://dc1.beta.test: a search below that base is answered with a
   referral (10), the server is not asked

Clients speak plain, StartTLS (--cert, --key) or with --tls LDAPS, and bind simply: what is sealed
inside cannot be read, and is passed through untouched. Pure Python, one thread per connection.
"""
import argparse
import re
import select
import socket
import ssl
import threading

SEQUENCE, INTEGER, OCTETS, ENUM, SET = 0x30, 0x02, 0x04, 0x0a, 0x31
SEARCH, ENTRY, DONE, EXTENDED, EXTENDED_DONE = 0x63, 0x64, 0x65, 0x77, 0x78
REQUESTS = {0x42: "unbind", 0x4a: "delete", 0x50: "abandon", 0x60: "bind", SEARCH: "search",
            0x66: "modify", 0x68: "add", EXTENDED: "extended"}
CONTROLS, REFERRAL = 0xa0, 0xa3
SIZE_LIMIT_EXCEEDED, REFERRAL_RESULT = 4, 10
PAGED = b"1.2.840.113556.1.4.319"
START_TLS = b"1.3.6.1.4.1.1466.20037"


# --- BER ---------------------------------------------------------------------

def header(data, at=0):
    """Tag, start of the contents and end of the element that begins at `at`."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7f
        size = int.from_bytes(data[at:at + count], "big")
        at += count
    return tag, at, at + size


def elements(data):
    """(tag, contents) of each element."""
    at = 0
    while at < len(data):
        tag, start, at = header(data, at)
        yield tag, data[start:at]


def inside(data):
    """Contents of the first element."""
    _, start, end = header(data)
    return data[start:end]


def element(tag, *contents):
    data = b"".join(contents)
    size = len(data)
    if size < 0x80:
        return bytes([tag, size]) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + data


def integer(n, tag=INTEGER):
    return element(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def number(contents):
    return int.from_bytes(contents, "big", signed=True)


def result(message_id, op, code, text=b"", url=None):
    body = integer(code, ENUM) + element(OCTETS) + element(OCTETS, text)
    if url:
        body += element(REFERRAL, element(OCTETS, url))
    return element(SEQUENCE, integer(message_id), element(op, body))


class Stream:
    """One direction: bytes in, whole LDAP messages out."""

    def __init__(self, sock):
        self.sock, self.data, self.sealed = sock, b"", False

    def pending(self):
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def messages(self):
        """Reads once; (contents, bytes) of each message that is whole, contents None for what is
        no LDAP. EOFError at the end."""
        more = self.sock.recv(262144)
        if not more:
            raise EOFError
        self.data += more
        while len(self.data) >= 6 or self.sealed and self.data:
            self.sealed = self.sealed or self.data[0] != SEQUENCE
            if self.sealed:
                whole, self.data = self.data, b""
                yield None, whole
                return
            _, start, end = header(self.data)
            if len(self.data) < end:
                return
            message, self.data = self.data[:end], self.data[end:]
            yield message[start:], message


# --- one connection ----------------------------------------------------------

class Search:
    """What the limits need to know about a search that runs."""

    def __init__(self, most):
        self.count, self.most = 0, most


class Connection:
    """Both directions in one thread: a TLS connection must not be used by two at once."""

    def __init__(self, client, options):
        self.options, self.searches = options, {}
        host, port = options.server.rsplit(":", 1)
        server = socket.create_connection((host, int(port)), 10)
        if port == "636":
            context = ssl.create_default_context(cafile=options.ca)
            server = context.wrap_socket(server, server_hostname=host)
        self.client, self.server = Stream(client), Stream(server)

    def run(self):
        handlers = {self.client: self.request, self.server: self.answer}
        try:
            while True:
                ready = [s for s in handlers if s.pending()]
                if not ready:
                    readable, _, _ = select.select([s.sock for s in handlers], [], [], self.patience)
                    ready = [s for s in handlers if s.sock in readable]
                if not ready:
                    self.idle()
                for stream in ready:
                    for contents, raw in stream.messages():
                        handlers[stream](contents, raw)
        except (EOFError, OSError):
            pass
        for stream in handlers:
            stream.sock.close()

    patience = None  # seconds without a message until idle

    def idle(self):
        pass

    def reply(self, data):
        self.client.sock.sendall(data)

    def note(self, op):
        if self.options.log:
            with open(self.options.log, "a", encoding="ascii") as log:
                log.write(REQUESTS.get(op, hex(op)) + "\n")

    def request(self, contents, raw):
        if contents is not None:
            parts = list(elements(contents))
            message_id, (op, body) = number(parts[0][1]), parts[1]
            self.note(op)
            if op == EXTENDED and START_TLS in body and self.options.cert:
                self.reply(result(message_id, EXTENDED_DONE, 0))
                self.client.sock = self.options.tls_context.wrap_socket(self.client.sock,
                                                                        server_side=True)
                return
            if op == SEARCH:
                raw = self.search(message_id, list(elements(body)), parts[2:])
        if raw is not None:
            self.server.sock.sendall(raw)

    def refer(self, message_id, base):
        for referral in self.options.referral:
            dn, url = referral.rsplit("=", 1)
            if ("," + base.decode().lower()).endswith("," + dn.lower()):
                self.reply(result(message_id, DONE, REFERRAL_RESULT,
                                  b"0000202B: RefErr: DSID-03100835, data 0, 1 access points\n",
                                  url.encode() + b"/" + base))
                return True
        return False

    def page(self, controls):
        """The controls with the page size cut, and whether there is one."""
        out, paged = b"", False
        for _, one in (c for _, group in controls for c in elements(group)):
            fields = list(elements(one))
            if fields[0][1] == PAGED:
                paged = True
                (_, size), (_, cookie) = elements(inside(fields[-1][1]))
                most = self.options.max_page
                fields[-1] = (OCTETS, element(SEQUENCE, integer(min(number(size) or most, most)),
                                              element(OCTETS, cookie)))
                one = b"".join(element(tag, value) for tag, value in fields)
            out += element(SEQUENCE, one)
        return out, paged

    def narrow(self, attribute):
        """An attribute's range, where it is asked for, made no wider than max-val."""
        m = re.fullmatch(rb"(?i)([^;]+);range=(\d+)-(\d+|\*)", attribute)
        if not m:
            return attribute
        first, most = int(m[2]), self.options.max_val
        if m[3] != b"*" and int(m[3]) - first < most:
            return attribute
        return b"%s;range=%d-%d" % (m[1], first, first + most - 1)

    def search(self, message_id, fields, controls):
        """The request as the server shall see it; None when it is answered here."""
        if self.refer(message_id, fields[0][1]):
            return None
        controls, paged = self.page(controls)
        limit, most = number(fields[3][1]), self.options.max_page
        self.searches[message_id] = Search(limit or 10**9 if paged else min(limit or most, most))
        fields[3] = (INTEGER, b"\0")
        fields[7] = (SEQUENCE, b"".join(element(OCTETS, self.narrow(a))
                                        for _, a in elements(fields[7][1])))
        return element(SEQUENCE, integer(message_id),
                       element(SEARCH, *(element(tag, value) for tag, value in fields)),
                       element(CONTROLS, controls) if controls else b"")

    def answer(self, contents, raw):
        if contents is not None:
            parts = list(elements(contents))
            message_id, op = number(parts[0][1]), parts[1][0]
            search = self.searches.get(message_id)
            if search and op == ENTRY:
                search.count += 1
                if search.count > search.most:
                    return
                raw = self.entry(message_id, parts)
            elif search and op == DONE:
                del self.searches[message_id]
                if search.count > search.most:
                    raw = result(message_id, DONE, SIZE_LIMIT_EXCEEDED)
        self.reply(raw)

    def entry(self, message_id, parts):
        (_, dn), (_, attributes) = elements(parts[1][1])
        out, most = b"", self.options.max_val
        for _, attribute in elements(attributes):
            (_, name), (_, values) = elements(attribute)
            if b";range=" not in name.lower():
                all_values = list(elements(values))
                if len(all_values) > most:  # AD sends the plain name too, without values
                    out += element(SEQUENCE, element(OCTETS, name), element(SET))
                    name += b";range=0-%d" % (most - 1)
                    values = b"".join(element(*v) for v in all_values[:most])
            out += element(SEQUENCE, element(OCTETS, name), element(SET, values))
        return element(SEQUENCE, integer(message_id),
                       element(ENTRY, element(OCTETS, dn), element(SEQUENCE, out)),
                       *(element(tag, value) for tag, value in parts[2:]))


# --- the program -------------------------------------------------------------

def main(kind=Connection, description=__doc__, more=()):
    """more: names of further options, each with a value."""
    p = argparse.ArgumentParser(description=description,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in more:
        p.add_argument(name, default="")
    p.add_argument("--listen", required=True, help="ADDRESS:PORT")
    p.add_argument("--server", required=True, help="HOST:PORT; 636 is LDAPS, others plain")
    p.add_argument("--ca")
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--tls", action="store_true")
    p.add_argument("--max-page", type=int, default=1000)
    p.add_argument("--max-val", type=int, default=1500)
    p.add_argument("--referral", action="append", default=[])
    p.add_argument("--log", help="file for one line with the kind of each request")
    options = p.parse_args()
    if options.cert:
        options.tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        options.tls_context.load_cert_chain(options.cert, options.key)

    def serve(client):
        try:
            if options.tls:
                client = options.tls_context.wrap_socket(client, server_side=True)
            kind(client, options).run()
        except OSError:
            client.close()

    host, port = options.listen.rsplit(":", 1)
    listener = socket.create_server((host, int(port)))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
