#!/usr/bin/python3
"""A connection that ends in the middle of a run: passes bytes on between a client and a server, and
after so many bytes from the client stops passing, runs a command and closes.

cut_proxy.py --listen 127.0.0.1:3390 --server HOST:389 --after 100000 [--then 'command']
"""
import argparse
import os
import socket
import threading


def pump(source, target, count):
    try:
        while data := source.recv(65536):
            if not count(len(data)):
                break
            target.sendall(data)
    except OSError:
        pass
    for s in (source, target):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--listen", required=True)
    p.add_argument("--server", required=True)
    p.add_argument("--after", type=int, required=True)
    p.add_argument("--then", default="")
    a = p.parse_args()
    sent = 0

    def upward(n):
        nonlocal sent
        sent += n
        if sent <= a.after:
            return True
        os.system(a.then)
        return False

    host, port = a.listen.rsplit(":", 1)
    listener = socket.create_server((host, int(port)))
    while True:
        client, _ = listener.accept()
        h, q = a.server.rsplit(":", 1)
        server = socket.create_connection((h, int(q)), 5)
        threading.Thread(target=pump, args=(client, server, upward), daemon=True).start()
        threading.Thread(target=pump, args=(server, client, lambda n: True), daemon=True).start()


main()
