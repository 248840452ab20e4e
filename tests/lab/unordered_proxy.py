#!/usr/bin/python3
"""A DC that answers modifies in any order: as limits_proxy.py, and the answers to modifies are held
until none has come for a moment. Then they go out the last one first; with --act, words out of these:

    twice         each once more behind it
    unknown       answers with ids of no request between them
    intermediate  an intermediate response to each in front of it
    notice        unsolicited notifications between them that mean nothing to anybody
    goodbye       the first time only the later half of them, and then a notice of disconnection
    cut           the same without a word
    garbled       the first time the first one cannot be read

--refuse TEXT: a modify in which this occurs is not passed on, but refused.
"""
import threading

from limits_proxy import Connection, ENUM, EXTENDED_DONE, OCTETS, SEQUENCE, element, elements, integer, main, number, result

MODIFY, MODIFY_DONE, INTERMEDIATE = 0x66, 0x67, 0x79
NAME = 0x8a  # of an extended response
GOODBYE = b"1.3.6.1.4.1.1466.20036"
lock, parted = threading.Lock(), []


def notice(oid, code=0, text=b""):
    body = integer(code, ENUM) + element(OCTETS) + element(OCTETS, text) + element(NAME, oid)
    return element(SEQUENCE, integer(0), element(EXTENDED_DONE, body))


class Unordered(Connection):
    patience = 0.2

    def __init__(self, client, options):
        super().__init__(client, options)
        self.acts, self.held = options.act.split(), []

    def request(self, contents, raw):
        parts = list(elements(contents)) if contents is not None else []
        refuse = self.options.refuse.encode()
        if parts and parts[1][0] == MODIFY and refuse and refuse in parts[1][1]:
            i = number(parts[0][1])
            self.held.append((i, result(i, MODIFY_DONE, 50, b"00002098: SecErr: DSID-03150F94, problem 4003 "
                                                            b"(INSUFF_ACCESS_RIGHTS), data 0\n\0")))
            return
        super().request(contents, raw)

    def answer(self, contents, raw):
        parts = list(elements(contents)) if contents is not None else []
        if parts and parts[1][0] == MODIFY_DONE:
            self.held.append((number(parts[0][1]), raw))
        else:
            super().answer(contents, raw)

    def one(self, i, raw):
        if "unknown" in self.acts:
            self.reply(result(i + 100000, MODIFY_DONE, 50))
        if "notice" in self.acts:
            self.reply(notice(b"1.2.3.4.5"))
        if "intermediate" in self.acts:
            self.reply(element(SEQUENCE, integer(i), element(INTERMEDIATE, element(0x80, b"1.2.3.4.6"))))
        self.reply(raw)
        if "twice" in self.acts:
            self.reply(raw)

    def idle(self):
        answers = sorted(self.held, reverse=True)
        self.held = []
        with lock:
            part = bool(answers) and not parted and ("goodbye" in self.acts or "cut" in self.acts)
            parted.extend([True] if part else [])
        if answers and "garbled" in self.acts and not parted:
            parted.append(True)
            answers[-1] = (answers[-1][0], element(SEQUENCE, integer(answers[-1][0]), element(MODIFY_DONE, b"\x0a\x01")))
        for i, raw in answers[:len(answers) // 2] if part else answers:
            self.one(i, raw)
        if part:
            if "goodbye" in self.acts:
                self.reply(notice(GOODBYE, 52, b"the server goes down"))
            raise EOFError


main(Unordered, __doc__, ("--act", "--refuse"))
