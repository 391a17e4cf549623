#!/usr/bin/env python3
"""Filters that others wrote, called by our MTA's side (mta_session) as Postfix and as Sendmail would.

MTA_DRIVER names the program that plays the MTA. MP numbers as in contract_scenarios.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

from peers import filters, unpacked
from peers.process import wait_until

_GREETING = ("connect client.example 192.0.2.9", "helo client.example")
_BEGIN = ("mail <ann@x.test>", "rcpt <bob@x.test>")
_DIALECTS = ("postfix", "sendmail")
_MESSAGE = """\
From: ann@x.test
Subject: hello
X-Remove: me
X-Folded: one
 two

{}
"""

folder = None
running = {}  # (kind, socket): the filter
_stack = contextlib.ExitStack()


def setUpModule():
    global folder
    folder = pathlib.Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="vouch.")))
    folder.chmod(0o755)
    for kind in _KINDS:
        for family in ("unix", "inet"):
            place = folder / f"{kind.__name__}.{family}"
            listen = f"unix:{place}.socket" if family == "unix" else f"inet:{_free_port()}@127.0.0.1"
            running[kind, family] = kind(place, listen)
            _stack.callback(running[kind, family].end)


def tearDownModule():
    _stack.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


_KINDS = []  # those whose programs are installed


class Scenarios:
    kind = None
    family = None
    dialect = None

    def setUp(self):
        self.filter = running[self.kind, self.family]
        self.mark = self.filter.mark()
        self.plays = 0

    def play(self, *steps):
        """Returns the driver's lines of the steps after connect and helo, without those two."""
        self.plays += 1
        script = "\n".join([*_GREETING, *steps]) + "\n"
        run = subprocess.run([os.environ["MTA_DRIVER"], self.filter.listen, self.dialect], input=script,
                             capture_output=True, text=True, timeout=60)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        lines = run.stdout.splitlines()
        self.assertRegex(lines[0], self.negotiated)
        return [line for line in lines[1:] if not line.startswith(("connect:", "helo:"))]

    def message(self, body, text=_MESSAGE):
        """Returns a step that sends a message with that body."""
        file = folder / "message"
        file.write_text(text.format(body))
        return f"message {file}"

    def queued(self, lines):
        """Returns the message as the filter left it: {what: [values]}."""
        found = {}
        for line in lines:
            if line.startswith("queued: "):
                what, _, value = line.removeprefix("queued: ").partition(" ")
                found.setdefault(what, []).append(value)
        return found


class Logged(Scenarios):
    """A filter that logs its callbacks."""

    prologue = "connect helo"

    def tearDown(self):
        self.await_close()

    def await_close(self):
        """Waits for callbacks that come after the end of a connection, because the next test must not see them."""
        wait_until(lambda: self.filter.count("close", self.mark) == self.plays, "the close callbacks", 10)

    def assert_callbacks(self, events):
        self.await_close()
        # MP-147
        self.assertEqual(self.filter.callbacks(self.mark), f"{self.prologue} {events} close")


class Probe(Logged):
    """The probe in one of its languages; filters/probe.* shows what it does."""

    refusal = None
    whole_message = None  # its events
    lost_message = "mail rcpt abort"
    queue_id = "ID7"

    def test_verdicts_on_senders(self):
        verdicts = {"refused": f"reply {self.refusal}", "later": "tempfail", "ann": "continue"}
        for sender, verdict in verdicts.items():
            with self.subTest(sender=sender):
                # MP-184, MP-187
                self.assertEqual(self.play(f"mail <{sender}@x.test>", "quit")[0], f"mail: {verdict}")

    def test_verdicts_on_recipients(self):
        lines = self.play("mail <ann@x.test>", "rcpt <nobody@x.test>", "rcpt <bob@x.test>", "quit")
        self.assertEqual(lines[1:3], ["rcpt: reject", "rcpt: continue"])

    def test_changes_of_a_message(self):
        lines = self.play("queue_id ID7", *_BEGIN, "rcpt <removed@x.test>",
                          "data", self.message("a body"), "quit")
        self.assertIn("message: progress", lines)  # MP-253
        self.assertIn("message: accept", lines)
        found = self.queued(lines)
        self.assert_changed(found)
        self.assertEqual(found["body"], [r"a body\x0a"])
        self.assert_callbacks(self.whole_message)  # MP-126

    def assert_changed(self, found):
        fields = [value for value in found["field"] if not value.startswith("X-Top:")]
        self.assertEqual(fields, ["From: ann@x.test", "Subject: probed", r"X-Folded: one\x0a two",
                                  f"X-Probe: <ann@x.test> 2 4 8 {self.queue_id}"])  # MP-236, MP-240
        self.assertEqual(found["to"], ["bob@x.test", "added@x.test"])

    def test_new_body(self):
        lines = self.play(*_BEGIN, "data", self.message("replace this"), "quit")
        self.assertEqual(self.queued(lines)["body"], [r"replaced\x0d\x0a" * 10000])  # MP-245

    def test_large_body(self):
        lines = self.play(*_BEGIN, "data",
                          self.message("0123456789\n" * 20000), "quit")
        # As the filter counted it, with CRLF: MP-097, MP-098
        self.assertIn(f" {20000 * 12 + 2} ", " ".join(self.queued(lines)["field"]))

    def test_quarantine(self):
        lines = self.play(*_BEGIN, "data", self.message("hold it"), "quit")
        self.assertEqual(self.queued(lines)["held"], ["held by the probe"])  # MP-248

    def test_refused_at_the_end(self):
        lines = self.play(*_BEGIN, "data", self.message("virus"), "quit")
        self.assertIn("message: reject", lines)
        self.assertEqual(self.queued(lines), {})

    def test_second_message(self):
        lines = self.play("queue_id ID1", *_BEGIN, "data",
                          self.message("first"), "queue_id ID2", "mail <eve@x.test>", "rcpt <bob@x.test>",
                          "data", self.message("second"), "quit")
        fields = [value for value in self.queued(lines)["field"] if value.startswith("X-Probe")]
        self.assertEqual([value.split()[1] for value in fields], ["<ann@x.test>", "<eve@x.test>"])
        self.assert_callbacks(f"{self.whole_message} {self.whole_message}")  # MP-131

    def test_reset_and_another_message(self):
        lines = self.play(*_BEGIN, "reset", "mail <eve@x.test>",
                          "rcpt <bob@x.test>", "data", self.message("second"), "quit")
        self.assertIn("message: accept", lines)
        self.assert_callbacks(f"mail rcpt abort {self.whole_message}")  # MP-175

    def test_client_that_vanishes(self):
        self.play(*_BEGIN, "gone")
        self.assert_callbacks(self.lost_message)

    def test_discarded_at_rcpt(self):
        lines = self.play("mail <ann@x.test>", "rcpt <swallowed@x.test>", "data", self.message("x"), "quit")
        self.assertEqual(lines[1], "rcpt: discard")
        self.assertEqual(self.queued(lines), {})


class PythonMilter(Probe):
    kind = staticmethod(filters.python_milter)
    negotiated = r"^negotiate: version=6 actions=0x1ff steps=0x\w+$"
    refusal = r"550-5.7.1 refused by the probe\x0d\x0a550 5.7.1 in two lines"
    whole_message = "mail rcpt data header eoh body eom"

    def assert_changed(self, found):
        super().assert_changed(found)
        self.assertEqual(found["field"][0], "X-Top: first")  # MP-234
        self.assertEqual(found["from"], ["probe@x.test"])  # MP-242


class PMilter(Probe):
    kind = staticmethod(filters.pmilter)
    negotiated = r"^negotiate: version=2 actions=0x3f steps=0x0$"  # MP-060
    refusal = "550 5.7.1 refused by the probe"

    @property
    def whole_message(self):
        """PMilter calls back for every abort, also for Postfix's after the end of a message (peculiarity D3)."""
        return "mail rcpt header eoh body eom" + (" abort" if self.dialect == "postfix" else "")

    @property
    def lost_message(self):
        """PMilter aborts only at A, which Sendmail does not send before Q."""
        return "mail rcpt abort" if self.dialect == "postfix" else "mail rcpt"

    @property
    def queue_id(self):
        """PMilter does not see macros that come with the content, and Postfix sends the id only there."""
        return "None" if self.dialect == "postfix" else "ID7"


class Contract(Logged):
    """A filter of the contract, on whichever library."""

    negotiated = r"^negotiate: version=6 actions=0x7f steps=0x400$"  # MP-026, MP-058
    whole_message = "mail rcpt data header eoh body eom"
    prologue = "negotiate connect helo"

    def content(self, *fields, body="a body"):
        return self.message(body, "Subject: hello\n" + "".join(f"{field}\n" for field in fields) + "\n{}\n")

    def test_verdicts_of_the_envelope(self):
        lines = self.play("mail <reply@x.test>", "mail <multi@x.test>", "mail <temp@x.test>",
                          "mail <ann@x.test>", "rcpt <nouser@x.test>", "rcpt <full@x.test>",
                          "rcpt <later@x.test>", "unknown XBAD", "unknown XREJ", "reset", "quit")
        self.assertEqual([line for line in lines if not line.endswith("unanswered")], [
            "mail: reply 554 5.7.7 sender refused by contract",
            r"mail: reply 550-5.7.8 line one\x0d\x0a550-5.7.8 line two\x0d\x0a550 5.7.8 line three",
            "mail: tempfail", "mail: continue", "rcpt: reply 550 5.1.1 no such user",
            "rcpt: reply 552 5.2.2 mailbox 99% full",  # MP-205
            "rcpt: tempfail", "unknown: reply 500 5.5.1 XBAD refused by contract", "unknown: reject"])
        self.assert_callbacks("mail rcpt unknown abort")  # MP-175

    def test_verdicts_of_the_content(self):
        stages = {"X-Contract-Now: reject": "header", "X-Contract-Eoh: tempfail": "header eoh",
                  "X-Contract-Body: discard": "header eoh body",
                  "X-Contract: verdict reply 550 5.7.1 100% no": "header eoh body eom"}
        for field, events in stages.items():
            with self.subTest(field=field):
                self.mark, self.plays = self.filter.mark(), 0
                lines = self.play(*_BEGIN, "data", self.content(field), "quit")
                verdict = field.split(": ")[1].removeprefix("verdict ")
                self.assertIn(f"message: {verdict}", lines)  # MP-205
                self.assertEqual(self.queued(lines), {})  # MP-211, MP-249
                self.assert_callbacks(f"mail rcpt data {events}")  # MP-181

    def test_changes(self):
        lines = self.play(
            *_BEGIN, "rcpt <removed@x.test>", "data",
            self.content("X-Contract: add-header X-Added one", "X-Contract: insert-header 0 X-Top two",
                         "X-Contract: change-header 1 Subject three",
                         "X-Contract: delete-header 2 X-Contract",
                         "X-Contract: change-from new@x.test", "X-Contract: add-rcpt added@x.test",
                         "X-Contract: delete-rcpt removed@x.test", "X-Contract: fill-body 2000",
                         "X-Contract: quarantine held", "X-Contract: progress 2"), "quit")
        found = self.queued(lines)
        self.assertEqual(found["field"][:2], ["X-Top: two", "Subject: three"])  # MP-234, MP-236
        self.assertIn("X-Added: one", found["field"])
        self.assertEqual(sum(value.startswith("X-Contract:") for value in found["field"]), 9)
        self.assertRegex(found["field"][-1], r"^X-Trace: v=1 conn=client.example/192.0.2.9"
                                             r" helo=client.example msg=1 from=<ann@x.test> rcpts=2/2"
                                             r" hdrs=11 body=8 ")
        self.assertEqual((found["from"], found["to"], found["held"]),
                         (["new@x.test"], ["bob@x.test", "added@x.test"], ["held"]))
        self.assertEqual(found["body"], [("x" * 78 + r"\x0d\x0a") * 2000])  # MP-245
        self.assertEqual(lines.count("message: progress"), 2)

    def test_skipped_body(self):
        lines = self.play(*_BEGIN, "data",
                          self.content("X-Contract-Body: skip", body="0123456789\n" * 20000), "quit")
        self.assertIn(" body=65535 ", self.queued(lines)["field"][-1])  # MP-097, MP-212

    def test_two_messages_and_an_abort(self):
        lines = self.play(*_BEGIN, "reset", *_BEGIN, "data", self.content(), *_BEGIN,
                          "data", self.content(), "quit")
        traces = [value for value in self.queued(lines)["field"] if value.startswith("X-Trace")]
        self.assertEqual([re.findall(r"(?:msg|aborts)=\d", value) for value in traces],
                         [["msg=2", "aborts=1"], ["msg=3", "aborts=1"]])
        self.assert_callbacks(f"mail rcpt abort {self.whole_message} {self.whole_message}")

    def test_client_that_vanishes(self):
        self.play(*_BEGIN, "gone")
        self.assert_callbacks("mail rcpt abort")


class Opendkim(Scenarios):
    kind = staticmethod(filters.opendkim)
    negotiated = r"^negotiate: version=6 actions=0x\w+ steps=0x\w+$"
    text = ("From: Ann <ann@example.test>\nTo: bob@x.test\nSubject: hello\n"
            "Date: Sun, 22 Nov 2026 12:00:00 +0000\nMessage-Id: <1@example.test>\n"
            "X-Folded: one\n two\n\n{}\n")

    def sign(self):
        """The signed message as a file's text."""
        found = self.queued(self.pass_on("connect localhost 127.0.0.1", self.message("body", self.text)))
        signatures = [value for value in found["field"] if value.startswith("DKIM-Signature:")]
        self.assertEqual(len(signatures), 1, found["field"])
        return _unescape("\n".join(found["field"]) + "\n\n" + found["body"][0])

    def pass_on(self, connect, message):
        script = [connect, "helo client.example", "mail <ann@example.test>", "rcpt <bob@x.test>", "data",
                  message, "quit"]
        run = subprocess.run([os.environ["MTA_DRIVER"], self.filter.listen, self.dialect],
                             input="\n".join(script) + "\n", capture_output=True, text=True, timeout=60)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        return run.stdout.splitlines()

    def results(self, text):
        """Returns what another server's filter says about the message."""
        file = folder / "signed"
        file.write_text(text)
        fields = self.queued(self.pass_on("connect other.example 192.0.2.9", f"message {file}"))["field"]
        return [value for value in fields if value.startswith("Authentication-Results:")]

    def test_signature_that_it_made_is_good(self):
        self.assertRegex(self.results(self.sign())[0], "dkim=pass")

    def test_changed_body_is_noticed(self):
        self.assertRegex(self.results(self.sign() + "more\n")[0], "dkim=fail")

    def test_changed_field_is_noticed(self):
        changed = self.sign().replace("Subject: hello", "Subject: goodbye")
        self.assertRegex(self.results(changed)[0], "dkim=fail")

    def test_two_messages_and_a_reset(self):
        lines = self.play("mail <ann@example.test>", "rcpt <bob@x.test>", "reset", "mail <ann@example.test>",
                          "rcpt <bob@x.test>", "data", self.message("x", self.text),
                          "mail <ann@example.test>", "rcpt <bob@x.test>", "data",
                          self.message("y", self.text), "quit")
        self.assertEqual(sum(line in ("message: continue", "message: accept") for line in lines), 2, lines)


def _unescape(text):
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)


def _each_way(*scenarios):
    """Makes one class for each scenario, socket and dialect."""
    for base in scenarios:
        for family in ("unix", "inet"):
            for dialect in _DIALECTS:
                if base.kind not in _KINDS:
                    _KINDS.append(base.kind)
                name = f"{base.__name__}By{family.capitalize()}As{dialect.capitalize()}"
                yield name, type(name, (base, unittest.TestCase), {"family": family, "dialect": dialect})


def _contracts():
    """Makes one class for each program in CONTRACT_FILTERS, which are separated by colons."""
    for program in filter(None, os.environ.get("CONTRACT_FILTERS", "").split(":")):
        name = "".join(word.capitalize() for word in pathlib.Path(program).name.split("_"))
        yield type(name, (Contract,), {"kind": filters.ContractKind(program)})


globals().update(_each_way(PythonMilter, PMilter, Opendkim, *_contracts()))

if __name__ == "__main__":
    if "MTA_DRIVER" not in os.environ:
        sys.exit("MTA_DRIVER must name the program that plays the MTA; \"ctest -L interop\" sets it")
    unpacked.fetch("opendkim", "pymilter", "pmilter")
    unittest.main(verbosity=2)
