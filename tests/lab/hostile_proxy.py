#!/usr/bin/python3
"""A file server that lies: passes SMB on, and does something to one message of the server in each
connection. The n-th line of FAULTS is for the n-th connection: the number of the message, and

    flip BYTE BIT   of the frame, whose first four bytes are its length
    cut N           ends after N bytes of the frame
    short N         without its last N bytes, the length made to fit
    grow N          with N zero bytes more, the length made to fit
    length N        the frame says that it has so many bytes
    replay          comes twice
    old             the message before comes once more instead
    garbage         bytes of the same number instead
    silence         nothing comes any more
    close           the connection ends
    wait            says instead, again and again, that the answer comes later
    expired         says instead, unsigned, that the session has expired

hostile_proxy.py --listen 127.0.0.1:4455 --server HOST:445 --faults FILE
"""
import argparse
import random
import socket
import threading


def receive(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def framed(payload):
    return len(payload).to_bytes(4, "big") + payload


def expired(frame):
    """STATUS_NETWORK_SESSION_EXPIRED in an error response (MS-SMB2 2.2.1, 2.2.2)."""
    b = bytearray(frame[4:68])
    b[8:12] = (0xc000035c).to_bytes(4, "little")
    b[16] &= ~8  # SMB2_FLAGS_SIGNED
    b[48:64] = bytes(16)
    return framed(bytes(b) + bytes([9] + 8 * [0]))


def wait(frame):
    """STATUS_PENDING, asynchronous (MS-SMB2 3.3.4.2)."""
    b = bytearray(frame[4:68])
    b[8:12] = (0x103).to_bytes(4, "little")
    b[16] = b[16] & ~8 | 2
    b[48:64] = bytes(16)
    return framed(bytes(b) + bytes([9] + 8 * [0]))


def disturb(frame, before, action, numbers):
    """What to send instead, and whether to go on."""
    if action == "flip":
        b = bytearray(frame)
        b[numbers[0] % len(b)] ^= 1 << numbers[1]
        return bytes(b), True
    if action == "cut":
        return frame[:numbers[0]], False
    if action == "short":
        return framed(frame[4:len(frame) - numbers[0]]), True
    if action == "grow":
        return framed(frame[4:] + bytes(numbers[0])), True
    if action == "length":
        return numbers[0].to_bytes(4, "big") + frame[4:], True
    if action == "expired":
        return expired(frame), True
    if action == "wait":
        return wait(frame), True
    if action == "replay":
        return frame + frame, True
    if action == "old":
        return before, True
    if action == "garbage":
        return framed(random.Random(len(frame)).randbytes(len(frame) - 4)), True
    return b"", action == "silence"


def upward(client, server):
    try:
        while data := client.recv(65536):
            server.sendall(data)
    except OSError:
        pass
    for s in (client, server):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, target, faults):
    first = client.recv(65536)
    if not first:  # somebody looks whether we are there
        return
    line = next(faults, "0 none").split()
    number, action, numbers = int(line[0]), line[1], [int(x) for x in line[2:]]
    server = socket.create_connection(target, 5)
    server.sendall(first)
    threading.Thread(target=upward, args=(client, server), daemon=True).start()
    before, count, silent = b"", 0, False
    try:
        while True:
            head = receive(server, 4)
            frame = head + receive(server, int.from_bytes(head, "big"))
            count += 1
            out, go_on = disturb(frame, before, action, numbers) if count == number else (frame, True)
            silent = silent or (count == number and action == "silence")
            if not silent:
                client.sendall(out)
            while count == number and action == "wait":
                client.sendall(100 * out)
            before = frame
            if not go_on:
                break
    except OSError:
        pass
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--listen", required=True)
    p.add_argument("--server", required=True)
    p.add_argument("--faults", required=True)
    a = p.parse_args()
    faults = iter(open(a.faults).read().splitlines())
    host, port = a.listen.rsplit(":", 1)
    to_host, to_port = a.server.rsplit(":", 1)
    listener = socket.create_server((host, int(port)))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, (to_host, int(to_port)), faults), daemon=True).start()


main()
