#!/usr/bin/env python3
"""`testmta record` between Postfix or Sendmail and the contract filter: the mail is filtered as without it, and a replay of
what was recorded gets the same answers."""

import contextlib
import os
import subprocess
import sys
import unittest

from peers import namespaces
from peers.contract_filter import ContractFilter
from peers.postfix import Postfix
from peers.process import Process, wait_until
from peers.sendmail import Sendmail
from peers.sink import Sink
from peers.smtp_client import Client

_HOSTNAME = "mta.example.test"
_SINK = ("127.0.0.1", 10025)
_FOLDER = namespaces.SCRATCH
_DOORS = {"postfix": ("127.0.0.1", 2525), "sendmail": ("127.0.0.1", 2526)}
_FILTER = f"unix:{_FOLDER}/filter.socket"
recorders, sinks = {}, []


def _recording(mta):
    return _FOLDER / f"{mta}.mtr"


def _start_recorder(mta):
    process = Process([os.environ["TESTMTA"], "record", "--listen", f"unix:{_FOLDER}/{mta}.socket", "--socket-mode", "0666",
                       "--to", _FILTER, "-o", _recording(mta)], _FOLDER / f"{mta}.output")
    process.wait_ready(lambda: "listening" in process.text())
    return process


def _start_postfix():
    return Postfix(_FOLDER / "postfix", {_DOORS["postfix"]: ""}, {
        "myhostname": _HOSTNAME, "mynetworks": "127.0.0.0/8", "relay_domains": "inbox.test",
        "relayhost": "[{}]:{}".format(*_SINK), "smtpd_milters": f"unix:{_FOLDER}/postfix.socket",
        "milter_default_action": "tempfail"})


def _start_sendmail():
    return Sendmail(_FOLDER / "sendmail", _HOSTNAME, {_DOORS["sendmail"]: f"unix:{_FOLDER}/sendmail.socket"}, relay=_SINK)


class Recordings(unittest.TestCase):
    def _send(self, mta):
        with Client(_DOORS[mta]) as client:
            said = [client.say(line).code for line in (
                "EHLO client.example", "MAIL FROM:<ann@client.example>", "RCPT TO:<bob@inbox.test>", "RSET",
                "MAIL FROM:<ann@client.example>", "RCPT TO:<bob@inbox.test>", "RCPT TO:<rcpt-reject@inbox.test>", "DATA")]
            said.append(client.content(f"X-Token: {mta}\r\nX-Contract: add-header X-New yes\r\n\r\n".encode()
                                       + b"a line of the body\r\n" * 5000).code)
            said.append(client.quit().code)
        return said

    def _test(self, mta):
        self.assertEqual(self._send(mta)[-3:], [354, 250, 221])
        self.assertEqual(sinks[0].wait(mta).values("X-New"), [" yes"])
        wait_until(lambda: _recording(mta).read_text().count("closed") >= 2, "the end of the session")
        self.assertEqual(recorders[mta].stop(), 0)
        text = _recording(mta).read_text()
        for part in ("OFFER version 6", "MAIL <ann@client.example>", "ABORT", "ADD-HEADER X-New yes"):
            self.assertIn(part, text)
        for mode in ("answers", "strict"):
            done = subprocess.run([os.environ["TESTMTA"], "replay", _recording(mta), "--milter", _FILTER, "--compare", mode],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_of_postfix(self):  # TM-101, TM-102
        self._test("postfix")

    def test_of_sendmail(self):  # TM-101, TM-102
        self._test("sendmail")


def main():
    if "TESTMTA" not in os.environ:
        sys.exit("TESTMTA must name the testmta to test; \"ctest -L interop\" sets it")
    namespaces.move_in("postfix", "sendmail")
    namespaces.furnish(_HOSTNAME, "127.0.0.1")
    with contextlib.ExitStack() as stack:
        sinks.append(Sink(_SINK))
        stack.callback(sinks[0].stop)
        stack.callback(ContractFilter(_FOLDER / "filter", _FILTER).stop)
        for mta, start in (("postfix", _start_postfix), ("sendmail", _start_sendmail)):
            recorders[mta] = _start_recorder(mta)
            stack.callback(recorders[mta].stop)
            stack.callback(start().stop)
        program = unittest.main(exit=False, verbosity=2)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
