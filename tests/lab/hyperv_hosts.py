#!/usr/bin/python3
"""hyperv_hosts.py CLOCKS ADDRESS[:PORT]...

Machines that listen where Hyper-V hosts do: 80, 445, 5985 and 6600 of each address, or on PORT alone. On 445 they answer the
negotiation of SMB 3.1.1 (MS-SMB2 2.2.4) and nothing after it. The file CLOCKS has lines "ADDRESS SECONDS": by so much
the clock of that one is ahead.
"""
import selectors
import socket
import struct
import sys
import time

PORTS = 80, 445, 5985, 6600
EPOCH = 11644473600  # seconds from 1601 to 1970


def ahead(clocks, address):
    with open(clocks) as f:
        return dict((a, float(s)) for a, s in (line.split() for line in f)).get(address, 0)


def negotiated(now):
    """Header and body; the contexts (hash, cipher) begin at a multiple of 8."""
    contexts = struct.pack("<HHIHHHH", 1, 8, 0, 1, 2, 1, 0) + b"s" * 2  # SHA-512 and a salt
    contexts += struct.pack("<HHIHH", 2, 4, 0, 1, 2)  # AES-128-GCM
    head = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16x", 64, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0)
    at = 64 + 64
    body = struct.pack("<HHHH16sIIIIQQHHI", 65, 1, 0x311, 2, b"g" * 16, 0x44, 1 << 20, 1 << 20, 1 << 20,
                       int((now + EPOCH) * 10000000), 0, at, 0, at)
    message = head + body + contexts
    return len(message).to_bytes(4, "big") + message


def main():
    clocks, addresses = sys.argv[1], sys.argv[2:]
    waiting = selectors.DefaultSelector()
    for address, _, only in (a.partition(":") for a in addresses):
        for port in [int(only)] if only else PORTS:
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, port))
            s.listen(16)
            waiting.register(s, selectors.EVENT_READ, (address, port))
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            client, _ = key.fileobj.accept()
            address, port = key.data
            with client:
                client.settimeout(2)
                try:
                    if port == 445 and client.recv(65536):
                        client.sendall(negotiated(time.time() + ahead(clocks, address)))
                        client.recv(65536)  # until it hangs up
                except OSError:
                    pass


main()
