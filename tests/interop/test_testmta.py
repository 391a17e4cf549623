#!/usr/bin/env python3
"""Checks that a filter gets the same bytes from Postfix and Sendmail as from `testmta run` in the dialect of each."""

import contextlib
import os
import subprocess
import sys
import unittest

from peers import namespaces
from peers.postfix import Postfix
from peers.sendmail import Sendmail
from peers.sink import Sink
from peers.smtp_client import Client
from fake_filter import FakeFilter, agreement

_HOSTNAME = "mta.example.test"
_SINK = ("127.0.0.1", 10025)
_SENDER, _RECIPIENT = "ann@client.example", "bob@inbox.test"

_SKIP, _LEADING_SPACE = 0x400, 0x100000
_FILTERS = {
    "eats": {b"O": agreement()},
    "keeps": {b"O": agreement(_LEADING_SPACE)},
    "skips": {b"O": agreement(_SKIP), b"M": b"s"},
}

# Postfix adds those that are missing, and sends them to the filter.
_OWN_FIELDS = (b"From", b"Date", b"Message-Id")

# What follows the name, and the value that the filter gets without and with leading space negotiated.
_VALUES = {
    b"Tight:tight": (b"tight", b"tight"),
    b"One: one": (b"one", b" one"),
    b"Two:  two": (b" two", b"  two"),
    b"Tab:\ttab": (b"\ttab", b"\ttab"),
    b"BlankTab: \tx": (b"\tx", b" \tx"),
    b"Empty:": (b"", b""),
    b"Blank: ": (b"", b" "),
    b"Trailing: x ": (b"x ", b" x "),
    b"Fold:\r\n folded": (b"\n folded", b"\n folded"),
    b"FoldTab: a\r\n\tb": (b"a\n\tb", b" a\n\tb"),
    b"FoldTwo:  a\r\n  b": (b" a\n  b", b"  a\n  b"),
}

_NO_FIELDS = (b"no colon here", b": no name", b"two words: x", b"\xc3\xa9: x")

_FOLDER = namespaces.SCRATCH
mtas, filters = {}, {}


def _port(mta, name):
    return 2525 + 10 * ("postfix", "sendmail").index(mta) + list(_FILTERS).index(name)


def content(session):
    """Returns a session's headers and body, without the fields that the MTA itself added."""
    frames = [frame for frame in session if frame[:1] in (b"L", b"N", b"B")]
    return [frame for frame in frames if not (frame[:1] == b"L" and frame[1:].split(b"\0")[0] in _OWN_FIELDS)]


def field(name, value):
    return b"L" + name + b"\0" + value + b"\0"


class BesideRealMtas(unittest.TestCase):
    mta = None

    def send(self, name, message):
        """Sends the message by SMTP and returns what the filter received. The reply to it comes after all of that."""
        with Client(("127.0.0.1", _port(self.mta, name))) as client:
            for command in ("EHLO client.example", f"MAIL FROM:<{_SENDER}>", f"RCPT TO:<{_RECIPIENT}>"):
                self.assertEqual(client.say(command).code, 250)
            self.assertEqual(client.say("DATA").code, 354)
            self.assertEqual(client.content(message).code, 250)
        return content(filters[name].heard[-1])

    def play(self, name, script):
        """Returns what a filter of the same kind receives from the script."""
        file = _FOLDER / "script.mts"
        greeting = b"connect client.example 127.0.0.1\nhelo client.example\n"
        file.write_bytes(b'test "one"\n' + greeting + script + b"quit\nend\n")
        with FakeFilter(_FILTERS[name]) as ours:
            command = [os.environ["TESTMTA"], "run", "--milter", ours.spec, "--dialect", self.mta, file]
            done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return ours.heard[0]

    def play_message(self, name, message):
        envelope = f"mail <{_SENDER}>\nrcpt <{_RECIPIENT}>\ndata\nmessage <<MESSAGE\n".encode()
        return content(self.play(name, envelope + message + b"MESSAGE\neom\n"))

    def assert_heard(self, name, message, expected):
        self.assertEqual(self.send(name, message), expected)
        self.assertEqual(self.play_message(name, message), expected)

    def test_values(self):  # MP-094, MP-095, MP-270, MP-271, TM-038, TM-039
        message = b"".join(line + b"\r\n" for line in _VALUES) + b"\r\nbody\r\n"
        for which, name in enumerate(("eats", "keeps")):
            with self.subTest(name):
                fields = [field(line.split(b":")[0], shown[which]) for line, shown in _VALUES.items()]
                self.assert_heard(name, message, [*fields, b"N", b"Bbody\r\n"])

    def test_a_name_ends_before_the_blanks(self):  # MP-272
        for name, value in (("eats", b"x"), ("keeps", b" x")):
            with self.subTest(name):
                self.assert_heard(name, b"Sp : x\r\nTabbed\t: x\r\n\r\nbody\r\n",
                                  [field(b"Sp", value), field(b"Tabbed", value), b"N", b"Bbody\r\n"])

    def test_a_line_that_is_not_a_field_begins_the_body(self):  # MP-273
        for line in _NO_FIELDS:
            with self.subTest(line):
                self.assert_heard("keeps", b"A: a\r\n" + line + b"\r\nB: b\r\n\r\nbody\r\n",
                                  [field(b"A", b" a"), b"N", b"B" + line + b"\r\nB: b\r\n\r\nbody\r\n"])
        self.assert_heard("eats", b" a fold of nothing\r\nB: b\r\n", [b"N", b"B a fold of nothing\r\nB: b\r\n"])


class BesidePostfix(BesideRealMtas):
    mta = "postfix"

    # peculiarity D23. `testmta run` ends at such a skip, which it reports as a breach; our dialect is tested in
    # mta_answer_test.cpp.
    def test_the_sender_after_a_skip_and_a_reset_is_not_shown(self):
        with Client(("127.0.0.1", _port(self.mta, "skips"))) as client:
            for command in ("EHLO client.example", "MAIL FROM:<a@x.test>", "RSET", "MAIL FROM:<b@x.test>",
                            f"RCPT TO:<{_RECIPIENT}>", "RSET", "MAIL FROM:<c@x.test>"):
                self.assertEqual(client.say(command).code, 250)
            heard = [frame.split(b"\0")[0] for frame in filters["skips"].heard[-1] if frame[:1] in b"MRA"]
        self.assertEqual(heard, [b"M<a@x.test>", b"A", b"R<bob@inbox.test>", b"A", b"M<c@x.test>"])


class BesideSendmail(BesideRealMtas):
    mta = "sendmail"


del BesideRealMtas


def _start_postfix():
    return Postfix(
        _FOLDER / "postfix",
        {("127.0.0.1", _port("postfix", name)): f"-o smtpd_milters=inet:127.0.0.1:{each.port}"
         for name, each in filters.items()},
        {
            "myhostname": _HOSTNAME,
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[{}]:{}".format(*_SINK),
            # A dead filter must not look like one that accepts.
            "milter_default_action": "tempfail",
        })


def _start_sendmail():
    doors = {("127.0.0.1", _port("sendmail", name)): each.spec for name, each in filters.items()}
    return Sendmail(_FOLDER / "sendmail", _HOSTNAME, doors, relay=_SINK)


def main():
    if "TESTMTA" not in os.environ:
        sys.exit("TESTMTA must name the testmta to test; \"ctest -L interop\" sets it")
    namespaces.move_in("postfix", "sendmail")
    namespaces.furnish(_HOSTNAME, "127.0.0.1")
    with contextlib.ExitStack() as stack:
        stack.callback(Sink(_SINK).stop)
        filters.update({name: stack.enter_context(FakeFilter(answers)) for name, answers in _FILTERS.items()})
        for start in (_start_postfix, _start_sendmail):
            stack.callback(start().stop)
        program = unittest.main(exit=False, verbosity=2)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
