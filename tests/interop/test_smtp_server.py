#!/usr/bin/env python3
"""Real clients send to the receiving server: swaks, msmtp, Postfix' smtp-source, and Postfix as a relay."""

import contextlib
import json
import os
import subprocess
import sys
import unittest

from peers import msmtp, namespaces, swaks, unpacked
from peers.certificate import Certificate
from peers.postfix import Postfix
from peers.process import Process, greets, wait_until
from peers.smtp_client import Client
from cannot_run import cannot_run

_SMTP, _TLS = ("127.0.0.1", 2525), ("127.0.0.1", 2465)
_RELAYS = {"smtp": ("127.0.0.1", 2526), "lmtp": ("127.0.0.1", 2527)}
_MESSAGE = b"Subject: hello\r\nTo: bob@y.example\r\n\r\n.one dot\r\n..two\r\nlast\r\n"

server = certificate = lmtp_path = None
relays = {}


def messages():
    return [json.loads(line) for line in server.text().splitlines() if line.startswith("{")]


class Received(unittest.TestCase):
    """Each test looks at the messages that came since it began."""

    def setUp(self):
        self._before = len(messages())

    def new(self, count=1):
        wait_until(lambda: len(messages()) >= self._before + count, f"{count} messages")
        return messages()[self._before:]


class Swaks(Received):
    """SE-168"""

    def sent(self, *options, server=_SMTP, recipient="bob@y.example"):
        done = swaks.send(server, "ann@x.example", recipient, "--header", "Subject: hello", *options)
        self.assertTrue(done.accepted, done.text)
        return done, self.new()[0]

    def test_in_clear(self):
        _, one = self.sent("--body", "line\n.dot\n")
        self.assertEqual((one["from"], [each["address"] for each in one["to"]], one["subject"], one["hello"]),
                         ("ann@x.example", ["bob@y.example"], "hello", "client.example"))
        self.assertIn("line\r\n.dot\r\n", one["text"])
        self.assertEqual(one["tls"], "")

    def test_with_pipelining(self):
        _, one = self.sent("--pipeline", recipient="bob@y.example,carl@y.example")
        self.assertEqual(len(one["to"]), 2)

    def test_with_starttls(self):
        _, one = self.sent("-tls")
        self.assertTrue(one["tls"].startswith("TLSv1."), one)

    def test_with_starttls_and_pipelining(self):
        _, one = self.sent("-tls", "--pipeline")
        self.assertTrue(one["tls"].startswith("TLSv1."), one)

    def test_with_tls_at_once(self):
        _, one = self.sent("--tls-on-connect", server=_TLS)
        self.assertTrue(one["tls"].startswith("TLSv1."), one)

    def test_with_each_mechanism_in_tls(self):
        for mechanism in ("PLAIN", "LOGIN"):
            with self.subTest(mechanism):
                _, one = self.sent("-tls", "-a", mechanism, "-au", "joe", "-ap", "secret",
                                   recipient="bob@elsewhere.example")
                self.assertEqual(one["user"], "joe")
                self._before = len(messages())

    def test_with_a_wrong_password(self):
        done = swaks.send(_SMTP, "ann@x.example", "bob@y.example", "-tls", "-a", "-au", "joe", "-ap", "wrong")
        self.assertFalse(done.accepted)
        self.assertIn("535 5.7.8", done.text)

    def test_to_nobody(self):
        done = swaks.send(_SMTP, "ann@x.example", "ghost@y.example")
        self.assertFalse(done.accepted)
        self.assertIn("550 5.1.1 No such user", done.text)

    def test_by_lmtp(self):
        done = subprocess.run(
            [*swaks.command(), "--protocol", "LMTP", "--socket", lmtp_path, "--from", "ann@x.example",
             "--to", "bob@y.example,carl@y.example", "--timeout", "20"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(self.new()[0]["to"]), 2)


class Msmtp(Received):
    """SE-168"""

    def sent(self, *options, server=_SMTP):
        # By its address, because a bare root knows no names; the certificate is of the name.
        done = msmtp.send(server, "ann@x.example", ["bob@y.example", "carl@y.example"], _MESSAGE,
                          "--tls-host-override=localhost", *options)
        self.assertEqual(done.returncode, 0, done.stdout)
        one = self.new()[0]
        self.assertEqual((one["text"], one["subject"], len(one["to"])), (".one dot\r\n..two\r\nlast\r\n", "hello", 2))
        return one

    def test_in_clear(self):
        self.assertEqual(self.sent("--tls=off", "--auth=off")["tls"], "")

    def test_with_starttls(self):
        one = self.sent("--tls=on", "--tls-starttls=on", f"--tls-trust-file={certificate.certificate}", "--auth=off")
        self.assertTrue(one["tls"].startswith("TLSv1."), one)

    def test_with_tls_at_once_and_a_password(self):
        one = self.sent("--tls=on", "--tls-starttls=off", f"--tls-trust-file={certificate.certificate}",
                        "--auth=plain", "--user=joe", "--passwordeval=echo secret", server=_TLS)
        self.assertEqual(one["user"], "joe")

    def test_with_dsn(self):
        one = self.sent("--tls=off", "--auth=off", "--dsn-notify=success,delay", "--dsn-return=headers")
        self.assertEqual((one["to"][0]["notify"], one["ret"]), ("sd", "hdrs"))


class LibEsmtp(Received):
    """SE-169: the order of events is the one that libESMTP's users know (smtp-engine.md A.2)."""

    @classmethod
    def setUpClass(cls):
        if "LIBESMTP_CLIENT" not in os.environ:
            cannot_run("libESMTP is not installed")

    def events(self, *arguments):
        done = subprocess.run([os.environ["LIBESMTP_CLIENT"], "127.0.0.1:2525", *arguments],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout.splitlines()

    # Where a server offers CHUNKING, libESMTP sends the message before it reads what becomes of the recipients.
    def test_two_messages(self):
        self.assertEqual(
            self.events("ann@x.example", "bob@y.example", "carl@y.example", ",", "", "dora@y.example"),
            ["CONNECT", "MAILSTATUS 250", "MESSAGEDATA", "RCPTSTATUS 250", "RCPTSTATUS 250", "MESSAGESENT 250",
             "MAILSTATUS 250", "MESSAGEDATA", "RCPTSTATUS 250", "MESSAGESENT 250", "DISCONNECT"])
        first, second = self.new(2)
        self.assertEqual((first["text"], first["subject"], len(first["to"])), (".one dot\r\n..two\r\nlast\r\n", "hello", 2))
        self.assertEqual((second["from"], second["text"]), ("MAILER-DAEMON@y.example", first["text"]))

    def test_one_recipient_is_refused(self):
        self.assertEqual(self.events("ann@x.example", "ghost@y.example", "bob@y.example"),
                         ["CONNECT", "MAILSTATUS 250", "MESSAGEDATA", "RCPTSTATUS 550", "RCPTSTATUS 250",
                          "MESSAGESENT 250", "DISCONNECT"])

    def test_all_recipients_are_refused(self):
        events = self.events("ann@x.example", "ghost@y.example")
        self.assertEqual(events[:4], ["CONNECT", "MAILSTATUS 250", "MESSAGEDATA", "RCPTSTATUS 550"])
        self.assertRegex(events[4], "MESSAGESENT 5..")
        self.assertEqual(events[5:], ["DISCONNECT"])
        self.assertEqual(len(messages()), self._before)

    def test_dsn(self):
        self.events("dsn", "ann@x.example", "bob@y.example")
        [one] = self.new()
        self.assertEqual((one["to"][0]["notify"], one["ret"]), ("sd", "hdrs"))


class SmtpSource(Received):
    """SE-167"""

    def sent(self, *options, where="%s:%d" % _SMTP):
        root = unpacked.folder("postfix")
        done = subprocess.run(
            [root / "usr/sbin/smtp-source", *options, "-f", "ann@x.example", "-t", "bob@y.example",
             "-M", "client.example", where],
            capture_output=True, text=True,
            env={**os.environ, "LD_LIBRARY_PATH": unpacked.library_path("postfix")})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_many_at_once(self):
        self.sent("-s", "4", "-m", "20", "-l", "2048", "-r", "3")
        found = self.new(20)
        self.assertEqual(len(found), 20)
        self.assertEqual(sum(len(one["to"]) for one in found), 60)

    def test_many_on_one_connection(self):
        self.sent("-d", "-s", "1", "-m", "50", "-l", "10240")
        self.assertEqual(len(self.new(50)), 50)

    def test_by_lmtp(self):
        self.sent("-L", "-m", "5", "-r", "3", where=f"unix:{lmtp_path}")
        self.assertEqual(len(self.new(5)), 5)


class PostfixRelays(Received):
    """SE-170"""

    def relayed(self, how, mail, rcpt, content):
        with Client(_RELAYS[how]) as client:
            client.say("EHLO client.example")
            for command in (mail, rcpt):
                self.assertEqual(client.say(command).code, 250, command)
            client.say("DATA")
            self.assertEqual(client.content(content).code, 250)
        try:
            return self.new()[0]
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{relays[how].log()}") from None

    def test_with_dsn(self):
        for how in _RELAYS:
            with self.subTest(how):
                one = self.relayed(how, "MAIL FROM:<ann@x.example> RET=HDRS ENVID=id+2B1",
                                   "RCPT TO:<bob@y.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;old+2Bbob@y.example",
                                   _MESSAGE)
                self.assertEqual((one["envelope_id"], one["ret"]), ("id+1", "hdrs"))
                self.assertEqual(one["to"], [{"address": "bob@y.example", "notify": "fd",
                                              "original": "rfc822;old+bob@y.example"}])
                self.assertEqual(one["text"], ".one dot\r\n..two\r\nlast\r\n")
                self.assertTrue(how == "lmtp" or one["tls"].startswith("TLSv1."), one)
                self._before = len(messages())

    def test_with_smtputf8(self):
        one = self.relayed("smtp", "MAIL FROM:<änn@x.example> SMTPUTF8 BODY=8BITMIME", "RCPT TO:<böb@y.example>",
                           "Subject: grüße\r\n\r\nä\r\n".encode())
        self.assertEqual((one["from"], one["to"][0]["address"], one["subject"], one["smtputf8"]),
                         ("änn@x.example", "böb@y.example", "grüße", True))
        self.assertEqual(one["body"], "8BITMIME")


def main():
    global server, certificate, lmtp_path
    namespaces.move_in("swaks", "msmtp", "postfix", "openssl")
    namespaces.furnish("mta.x.example", "127.0.0.1")
    with contextlib.ExitStack() as stack:
        folder = namespaces.SCRATCH / "received"
        folder.mkdir()
        certificate = Certificate(folder / "certificate", "localhost")
        lmtp_path = folder / "lmtp"
        server = Process([os.environ["SMTP_DRIVER"], _SMTP[1], _TLS[1], lmtp_path, certificate.certificate,
                          certificate.key], folder / "server")
        stack.callback(server.stop)
        server.wait_ready(lambda: greets(_SMTP))
        lmtp_path.chmod(0o666)
        for how, endpoint in _RELAYS.items():
            there = f"[127.0.0.1]:{_SMTP[1]}" if how == "smtp" else f"unix:{lmtp_path}"
            relays[how] = Postfix(folder / f"relay_{how}", {endpoint: "-o smtpd_tls_security_level=none"}, {
                "myhostname": "mta.x.example", "relay_domains": "y.example", "mynetworks": "127.0.0.0/8",
                "transport_maps": f"inline:{{ y.example={how}:{there} }}", "smtp_tls_security_level": "may",
                "smtpd_relay_restrictions": "permit_mynetworks,reject", "smtputf8_enable": "yes"})
            stack.callback(relays[how].stop)
        program = unittest.main(exit=False, verbosity=2)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
