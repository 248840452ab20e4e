#!/usr/bin/python3
"""lying_dns.py ADDRESS UPSTREAM NAME IP CANONICAL [PLAIN]

A DNS server on ADDRESS:53 that asks UPSTREAM, but says of NAME that it is at IP and an alias of
CANONICAL; of the first PLAIN (0) times only that it is at IP. IP is called CANONICAL too.
CANONICAL may be another address: the one that NAME has later. A NAME that begins with _ is a
service of the host CANONICAL at IP.
"""
import socket
import struct
import sys

A, CNAME, PTR, AAAA, SRV = 1, 5, 12, 28, 33
POINTER = b"\xc0\x0c"  # to the name in the question


def encode(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


def question(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])[0], query[12:at + 5]


def record(owner, kind, data):
    return owner + struct.pack(">HHIH", kind, 1, 0, len(data)) + data


def lies(kind, ip, canonical, alias):
    owner, records = POINTER, []
    if kind == SRV:
        return [record(owner, SRV, struct.pack(">HHH", 0, 100, 389) + encode(canonical))]
    if kind == PTR:
        return [record(owner, PTR, encode(canonical))]
    if alias and canonical.replace(".", "").isdigit():
        ip = canonical
    elif alias:
        records.append(record(owner, CNAME, encode(canonical)))
        owner = encode(canonical)
    if kind == A:
        records.append(record(owner, A, socket.inet_aton(ip)))
    return records


def forward(query, upstream):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(3)
        s.sendto(query, (upstream, 53))
        return s.recv(65535)


def main():
    address, upstream, host, ip, canonical = sys.argv[1:6]
    plain = int(sys.argv[6]) if len(sys.argv) > 6 else 0
    reverse = ".".join(reversed(ip.split("."))) + ".in-addr.arpa"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 53))
    print("ready", flush=True)
    asked = 0
    while True:
        query, client = s.recvfrom(4096)
        name, kind, text = question(query)
        named = kind in (A, AAAA) and name == (canonical if host[0] == "_" else host).lower()
        if named or (name == host.lower() and kind == SRV) or (name == reverse and kind == PTR):
            asked += kind == A
            records = lies(kind, ip, canonical, asked > plain and host[0] != "_")
            head = query[:2] + b"\x85\x80" + struct.pack(">HHHH", 1, len(records), 0, 0)
            s.sendto(head + text + b"".join(records), client)
        else:
            try:
                s.sendto(forward(query, upstream), client)
            except OSError:
                pass


main()
