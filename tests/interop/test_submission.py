#!/usr/bin/env python3
"""The sending client sends to real servers: ours, Postfix, smtp-sink, Exim, OpenSMTPD and aiosmtpd.

The client is `testmta submit --json`, whose events are looked at. All servers are called by their addresses.
"""

import contextlib
import json
import os
import subprocess
import sys
import unittest

from peers import namespaces, unpacked
from peers.aiosmtpd import Aiosmtpd
from peers.certificate import Certificate
from peers.exim import USER as EXIM_USER
from peers.exim import Exim
from peers.opensmtpd import OpenSmtpd
from peers.postfix import Postfix
from peers.process import Process, greets, wait_until

_OURS, _OURS_TLS = ("127.0.0.1", 2525), ("127.0.0.1", 465)
_SINK, _AIOSMTPD, _POSTFIX = ("127.0.0.1", 2530), ("127.0.0.1", 2540), ("127.0.0.1", 2550)
_EXIM, _OPENSMTPD = ("127.0.0.1", 2560), ("127.0.0.1", 2570)

_BODY = ".one dot\n..two\n\nlast"
_MESSAGE = "Subject: hello\nTo: bob@y.example\n\n" + _BODY
_RECEIVED = _BODY.replace("\n", "\r\n") + "\r\n"

_EXIM_CONFIGURATION = """
primary_hostname = mx.exim.test
tls_certificate = {certificate}
tls_privatekey = {key}
tls_advertise_hosts = *
chunking_advertise_hosts = *
dsn_advertise_hosts = *
pipelining_advertise_hosts = *
acl_smtp_rcpt = rcpt
acl_smtp_data = accept

begin acl
rcpt:
  deny message = no such user
       local_parts = ghost
  accept

begin routers
mailboxes:
  driver = accept
  transport = file

begin transports
file:
  driver = appendfile
  file = {folder}/mail/all
  user = Debian-exim
"""

_OPENSMTPD_CONFIGURATION = """
pki self cert "{certificate}"
pki self key "{key}"
listen on 127.0.0.1 port 2570 hostname mx.opensmtpd.test tls pki self
action "null" mda "cat >/dev/null"
match from any for any action "null"
"""

ours = certificate = folder = None
servers = {}


def received():
    return [json.loads(line) for line in ours.text().splitlines() if line.startswith("{")]


class Sent:
    """What the client told, and its status."""

    def __init__(self, done):
        self.status, self.text = done.returncode, done.stdout + done.stderr
        self.events = [json.loads(line) for line in done.stdout.splitlines()]

    def names(self):
        """The events that SE-006 puts in order, each run of progress once."""
        wanted = ("mail_status", "rcpt_status", "message_progress", "message_result")
        found = [one["event"] for one in self.events if one["event"] in wanted]
        return [name for before, name in zip([None, *found], found) if (before, name) != 2 * ("message_progress",)]

    def commands(self):
        return [one["command"].partition(" ")[0] for one in self.events if one["event"] == "sent"]

    def find(self, name):
        return next((one for one in self.events if one["event"] == name), None)


def send(server, *options, recipients=("bob@y.example",), message=_MESSAGE):
    file = folder / "message.eml"
    file.write_text(message)
    done = subprocess.run(
        [os.environ["TESTMTA"], "submit", "--json", "--to", "%s:%d" % server, "--from", "ann@x.example",
         *[word for one in recipients for word in ("--rcpt", one)], "--helo", "client.example", *options, file],
        capture_output=True, text=True, timeout=60)
    return Sent(done)


class Sending(unittest.TestCase):
    maxDiff = None

    def assert_sent(self, server, *options, recipients=("bob@y.example",), **others):
        sent = send(server, *options, recipients=recipients, **others)
        self.assertEqual(sent.status, 0, sent.text)
        self.assertEqual(sent.names(), ["mail_status", *len(recipients) * ["rcpt_status"], "message_progress",
                                        "message_result"], sent.text)
        self.assertEqual(sent.events[-1], {"event": "session_done", "error": None})
        return sent


class Ours(Sending):
    def new(self, before):
        wait_until(lambda: len(received()) > before, "the message")
        return received()[before]

    def test_in_clear_and_in_tls(self):
        for chunking, verb in (("never", "DATA"), ("where-offered", "BDAT")):
            for tls in ("never", "require"):
                with self.subTest(chunking=chunking, tls=tls):
                    before = len(received())
                    sent = self.assert_sent(_OURS, "--tls", tls, "--chunking", chunking)
                    one = self.new(before)
                    self.assertEqual((one["text"], one["subject"]), (_RECEIVED, "hello"))
                    self.assertEqual(bool(one["tls"]), tls == "require")
                    self.assertIn(verb, sent.commands())

    def test_with_a_password(self):
        before = len(received())
        os.environ["TESTMTA_PASSWORD"] = "secret"
        sent = send(_OURS, "--tls", "require", "--auth", "joe", recipients=("bob@elsewhere.example",))
        self.assertEqual(sent.status, 0, sent.text)
        self.assertEqual(self.new(before)["user"], "joe")
        os.environ["TESTMTA_PASSWORD"] = "wrong"
        self.assertEqual(send(_OURS, "--tls", "require", "--auth", "joe").status, 77)

    def test_with_tls_at_once(self):
        before = len(received())
        self.assert_sent(_OURS_TLS, "--tls", "require")
        self.assertTrue(self.new(before)["tls"].startswith("TLSv1."))

    def test_with_notifications(self):
        before = len(received())
        self.assert_sent(_OURS, "--tls", "never", "--notify", "success", "--notify", "delay", "--ret", "headers",
                         "--envid", "id+1")
        one = self.new(before)
        self.assertEqual((one["to"][0]["notify"], one["ret"], one["envelope_id"]), ("sd", "hdrs", "id+1"))

    def test_to_nobody(self):
        sent = send(_OURS, "--tls", "never", recipients=("ghost@y.example",))
        self.assertEqual(sent.status, 69, sent.text)
        self.assertEqual(sent.find("message_result")["stage"], "rcpt")

    def test_verifies_the_certificate(self):
        sent = send(_OURS)
        self.assertEqual(sent.status, 69, sent.text)
        self.assertEqual(sent.find("certificate_verdict")["problems"], ["invalid", "wrong_name"])
        self.assertNotIn("MAIL", sent.commands())


class PostfixTakes(Sending):
    """SE-166"""

    def test_in_clear_and_in_tls(self):
        for chunking, verb in (("never", "DATA"), ("where-offered", "BDAT")):
            for tls in ("never", "require"):
                with self.subTest(chunking=chunking, tls=tls):
                    before = len(received())
                    sent = self.assert_sent(_POSTFIX, "--tls", tls, "--chunking", chunking,
                                            recipients=("bob@y.example", "carl@y.example"))
                    self.assertIn(verb, sent.commands())
                    self.assertEqual(bool(sent.find("tls_up")), tls == "require")
                    wait_until(lambda: len(received()) > before, "the relayed message\n" + servers["postfix"].log())
                    self.assertEqual(received()[before]["text"], _RECEIVED)

    def test_with_notifications(self):
        before = len(received())
        self.assert_sent(_POSTFIX, "--tls", "never", "--notify", "failure", "--ret", "full", "--envid", "id+1")
        wait_until(lambda: len(received()) > before, "the relayed message\n" + servers["postfix"].log())
        one = received()[before]
        self.assertEqual((one["envelope_id"], one["to"][0]["notify"]), ("id+1", "f"))

    def test_refuses_to_relay(self):
        sent = send(_POSTFIX, "--tls", "never", recipients=("bob@elsewhere.example",))
        self.assertEqual(sent.status, 69, sent.text)
        self.assertIn("Relay access denied", sent.find("rcpt_status")["reply"])

    def test_smtp_sink(self):
        sent = self.assert_sent(_SINK, "--tls", "never", recipients=("bob@y.example", "carl@y.example"))
        self.assertIn("DATA", sent.commands())


class EximTakes(Sending):
    """SE-166"""

    def test_in_clear_and_in_tls(self):
        for chunking, verb in (("never", "DATA"), ("where-offered", "BDAT")):
            for tls in ("never", "require"):
                with self.subTest(chunking=chunking, tls=tls):
                    token = f"token-{chunking}-{tls}"
                    sent = self.assert_sent(_EXIM, "--tls", tls, "--chunking", chunking, "--notify", "never",
                                            message=f"X-Token: {token}\n" + _MESSAGE)
                    self.assertIn(verb, sent.commands())
                    mailbox = folder / "exim/mail/all"
                    wait_until(lambda: mailbox.exists() and token in mailbox.read_text(), token)
                    self.assertIn(_BODY, mailbox.read_text().partition(token)[2])

    def test_to_somebody_and_to_nobody(self):
        sent = send(_EXIM, "--tls", "never", recipients=("bob@y.example", "ghost@y.example"))
        self.assertEqual(sent.status, 69, sent.text)
        self.assertEqual(sent.names()[-1], "message_result")
        self.assertIsNone(sent.find("message_result")["error"])


class OpenSmtpdTakes(Sending):
    """SE-166. Debian 12's OpenSMTPD cannot finish a handshake with any client (test_callout.py), so it is the server with
    broken TLS."""

    def test_in_clear(self):
        self.assert_sent(_OPENSMTPD, "--tls", "never", recipients=("nobody@mx.opensmtpd.test",))

    def test_in_clear_after_a_broken_handshake(self):
        sent = self.assert_sent(_OPENSMTPD, "--tls", "may", recipients=("nobody@mx.opensmtpd.test",))
        self.assertEqual(sum(one["event"] == "connected" for one in sent.events), 2, sent.text)

    def test_never_in_clear_where_tls_is_required(self):
        sent = send(_OPENSMTPD, "--tls", "require", recipients=("nobody@mx.opensmtpd.test",))
        self.assertEqual(sent.status, 75, sent.text)
        self.assertNotIn("MAIL", sent.commands())


class AiosmtpdTakes(Sending):
    """SE-166"""

    def test_in_clear_and_in_tls(self):
        for tls in ("never", "require"):
            with self.subTest(tls=tls):
                sent = self.assert_sent(_AIOSMTPD, "--tls", tls, recipients=("known@y.example",))
                self.assertEqual(bool(sent.find("tls_up")), tls == "require")

    def test_says_421(self):
        sent = send(_AIOSMTPD, "--tls", "never", recipients=("shutdown@y.example",))
        self.assertEqual(sent.status, 75, sent.text)
        self.assertIsNotNone(sent.find("server_closing"))


def start_servers(stack):
    global ours, certificate
    certificate = Certificate(folder / "certificate", "mx.peers.test")
    ours = Process([os.environ["SMTP_DRIVER"], _OURS[1], _OURS_TLS[1], folder / "lmtp", certificate.certificate,
                    certificate.key], folder / "ours")
    stack.callback(ours.stop)
    ours.wait_ready(lambda: greets(_OURS))
    servers["postfix"] = Postfix(folder / "postfix", {_POSTFIX: "-o smtpd_tls_security_level=may"}, {
        "myhostname": "mx.postfix.test", "relay_domains": "y.example", "mynetworks": "",
        "transport_maps": f"inline:{{ y.example=smtp:[127.0.0.1]:{_OURS[1]} }}",
        "smtpd_tls_chain_files": f"{certificate.key}, {certificate.certificate}",
        "smtpd_relay_restrictions": "reject_unauth_destination"})
    sink = Process([unpacked.folder("postfix") / "usr/sbin/smtp-sink", "-u", "nobody", "-c", "%s:%d" % _SINK, "100"],
                   folder / "sink", {"LD_LIBRARY_PATH": unpacked.library_path("postfix")})
    stack.callback(sink.stop)
    sink.wait_ready(lambda: greets(_SINK))
    own = Certificate(folder / "exim-certificate", "mx.peers.test", EXIM_USER)
    servers["exim"] = Exim(folder / "exim", [_EXIM], _EXIM_CONFIGURATION.format(
        certificate=own.certificate, key=own.key, folder=folder / "exim"))
    servers["opensmtpd"] = OpenSmtpd(folder / "opensmtpd", [_OPENSMTPD], _OPENSMTPD_CONFIGURATION.format(
        certificate=certificate.certificate, key=certificate.key))
    servers["aiosmtpd"] = Aiosmtpd(folder / "aiosmtpd", {_AIOSMTPD: "may"}, certificate)
    for one in servers.values():
        stack.callback(one.stop)


def main():
    global folder
    namespaces.move_in("postfix", "exim", "opensmtpd", "aiosmtpd", "openssl")
    namespaces.furnish("tester.peers.test", "127.0.0.1")
    with contextlib.ExitStack() as stack:
        folder = namespaces.SCRATCH / "submission"
        folder.mkdir()
        start_servers(stack)
        program = unittest.main(exit=False, verbosity=2)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
