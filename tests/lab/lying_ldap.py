#!/usr/bin/python3
"""lying_ldap.py SOCKET LIE   an LDAP server on a local socket whose answers to searches below its
                              base have no end, or are not what was asked for:

    empty       pages without entries, without end
    range       an attribute in parts, without end
    gap         the same, and each part begins behind what was asked for
    reference   references, without end
    references  200,000 of them, and then the entry
    other       another object
    plain       the entry, as it should be

lying_ldap.py ADDRESS:PORT SERVER:PORT BYTE   passes LDAP on, and changes one byte of the token in
                                              the first answer to a login; BYTE counts from its end
"""
import os
import re
import socket
import sys
import threading

from limits_proxy import (DONE, ENTRY, ENUM, OCTETS, SEARCH, SEQUENCE, SET, Stream, element, elements,
                          integer, number, result)

BIND, BIND_DONE, REFERENCE, CONTROLS = 0x60, 0x61, 0x73, 0xa0
BASE = "DC=alpha,DC=test"
HOST = "CN=HOST01,OU=Hosts," + BASE
ROOT = {"defaultNamingContext": [BASE], "rootDomainNamingContext": [BASE], "dnsHostName": ["dc1.alpha.test"],
        "configurationNamingContext": ["CN=Configuration," + BASE], "supportedControl": ["1.2.840.113556.1.4.319"],
        "schemaNamingContext": ["CN=Schema,CN=Configuration," + BASE], "namingContexts": [BASE]}


def octets(text):
    return element(OCTETS, text.encode() if isinstance(text, str) else text)


def message(number_of, op, *more):
    return element(SEQUENCE, integer(number_of), op, *more)


def entry(i, dn, attributes):
    parts = [element(SEQUENCE, octets(name), element(SET, *map(octets, values)))
             for name, values in attributes.items()]
    return message(i, element(ENTRY, octets(dn), element(SEQUENCE, *parts)))


def done(i, cookie=None):
    body = element(DONE, integer(0, ENUM), octets(""), octets(""))
    if cookie is None:
        return message(i, body)
    page = element(SEQUENCE, integer(0), octets(cookie))
    return message(i, body, element(CONTROLS, element(SEQUENCE, octets("1.2.840.113556.1.4.319"), octets(page))))


def host(i, dn=HOST):
    return entry(i, dn, {"objectClass": ["computer"], "cn": ["HOST01"]})


def part(i, request, gap=0):
    asked = re.search(rb"range=(\d+)-", request)
    first = int(asked.group(1)) + gap if asked else 0
    name = "servicePrincipalName;range=%d-%d" % (first, first + 99)
    return entry(i, HOST, {name: ["a/%d" % k for k in range(first, first + 100)]}) + done(i, b"")


def references(i, count):
    return b"".join(message(i, element(REFERENCE, octets("ldap://host%d.test/DC=x" % k))) for k in range(count))


def lie(client, what, i, request):
    if what == "empty":
        client.sendall(done(i, b"again"))
    elif what == "range":
        client.sendall(part(i, request))
    elif what == "gap":
        client.sendall(part(i, request, 1))
    elif what == "references":
        client.sendall(references(i, 200000) + host(i) + done(i, b""))
    elif what == "other":
        client.sendall(host(i, "CN=krbtgt,CN=Users," + BASE) + done(i, b""))
    elif what == "plain":
        client.sendall(host(i) + done(i, b""))
    while what == "reference":
        client.sendall(references(i, 100))


def serve(client, what):
    stream = Stream(client)
    try:
        while True:
            for contents, _ in stream.messages():
                (_, i), (op, body) = list(elements(contents))[:2]
                i = number(i)
                if op == BIND:
                    client.sendall(result(i, BIND_DONE, 0))
                elif op == SEARCH and next(elements(body))[1] == b"":
                    client.sendall(entry(i, "", ROOT) + done(i))
                elif op == SEARCH:
                    lie(client, what, i, body)
    except (EOFError, OSError):
        client.close()


# --- a login that is changed on its way -------------------------------------------------------

def upward(client, server):
    try:
        while data := client.recv(65536):
            server.sendall(data)
    except OSError:
        pass
    server.close()


def change(whole, byte):
    b = bytearray(whole)
    b[len(b) - byte] ^= 1
    return bytes(b)


def pass_on(client, target, byte):
    server = socket.create_connection(target, 10)
    threading.Thread(target=upward, args=(client, server), daemon=True).start()
    stream, changed = Stream(server), False
    try:
        while True:
            for contents, whole in stream.messages():
                if contents and not changed and list(elements(contents))[1][0] == BIND_DONE:
                    whole, changed = change(whole, byte), True
                client.sendall(whole)
    except (EOFError, OSError):
        client.close()


def accept(listener, work, *arguments):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=work, args=(client, *arguments), daemon=True).start()


def main():
    if len(sys.argv) == 4:
        address, port = sys.argv[1].rsplit(":", 1)
        server, server_port = sys.argv[2].rsplit(":", 1)
        listener = socket.create_server((address, int(port)))
        accept(listener, pass_on, (server, int(server_port)), int(sys.argv[3]))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1] + ".new")
    listener.listen(10)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    accept(listener, serve, sys.argv[2])


main()
