#!/usr/bin/env python3
"""`testmta smtp` by its command line, with Python's SMTP client, filters of ours and a next hop that is scripted."""

import os
import pathlib
import queue
import smtplib
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest

TESTMTA = os.environ["TESTMTA"]
FILTER = os.environ["CONTRACT_FILTER"]
SECONDS = 30
MESSAGE = "Subject: hello\r\nX-Token: t1\r\n\r\nbody\r\n.dot\r\n"


class NextHop(socketserver.ThreadingTCPServer):
    """Takes mail; `replies` are {beginning of a command: reply}, `None` hangs up."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, **replies):
        super().__init__(("127.0.0.1", 0), Session)
        self.replies = replies
        self.commands, self.messages = [], queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def place(self):
        return f"127.0.0.1:{self.server_address[1]}"


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 hop.example ESMTP")
        while line := self.rfile.readline().decode():
            self.server.commands.append(line.strip())
            verb = line[:4].upper().strip()
            if verb == "DATA" and not self.answer("DATA", "354 go on"):
                return
            if verb == "DATA":
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                self.server.messages.put(b"".join(lines).decode())
                verb = "END"
            if verb != "EHLO" and not self.answer(verb, "250 2.0.0 Ok"):
                return
            if verb == "EHLO":
                self.say("250-hop.example\r\n250-DSN\r\n250 PIPELINING")
            if verb == "QUIT":
                return

    def answer(self, verb, usual):
        reply = self.server.replies.get(verb, usual)
        if reply:
            self.say(reply)
        return reply

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class Server:
    """`testmta smtp` at a port that the system chose."""

    def __init__(self, folder, *options):
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [TESTMTA, "smtp", "--listen", "inet:0@127.0.0.1", "--hostname", "mx.example.com",
                 *map(str, options)], stdout=subprocess.PIPE, stderr=log, text=True)
        self.port = int(self.process.stdout.readline().split(":")[1].partition("@")[0])
        assert self.process.stdout.readline() == "ready\n"

    def client(self):
        client = smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=SECONDS)
        return client

    def log(self):
        return self._log.read_text()

    def stop(self):
        self.process.terminate()
        output = self.process.communicate(timeout=SECONDS)[0]
        return self.process.returncode, output


class Smtp(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="vouch.")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)

    def serve(self, *options):
        server = Server(self.folder, *options)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        return server

    def hop(self, **replies):
        hop = NextHop(**replies)
        self.addCleanup(hop.server_close)
        self.addCleanup(hop.shutdown)
        return hop

    def filter(self, name="one", profile="default"):
        place = f"unix:{self.folder}/{name}"
        process = subprocess.Popen([FILTER, "--socket", place, "--profile", profile, "--log", self.folder / f"{name}.log"])
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        end = time.monotonic() + SECONDS
        while not (self.folder / name).exists():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        return place

    def send(self, server, text=MESSAGE, recipients=("bob@inbox.test",), sender="ann@client.example", **options):
        with server.client() as client:
            return client.sendmail(sender, recipients, text, **options)

    def refusal(self, server, *arguments, **options):
        with self.assertRaises(smtplib.SMTPResponseException) as caught:
            self.send(server, *arguments, **options)
        return caught.exception.smtp_code, caught.exception.smtp_error.decode()

    def kept(self):
        return [path.read_bytes().decode() for path in (self.folder / "mail/new").glob("*")]

    def test_prints_and_ends_in_order(self):
        server = self.serve("--print")
        self.send(server)
        status, output = server.stop()
        self.assertEqual(status, 0)
        self.assertIn("from <ann@client.example> to <bob@inbox.test>", output)
        self.assertIn("Subject: hello\nX-Token: t1\n\nbody\n.dot\n", output)

    def test_keeps_the_bytes_as_they_were(self):
        server = self.serve("--maildir", self.folder / "mail")
        self.send(server, recipients=("bob@inbox.test", "carl@inbox.test"))
        [mail] = self.kept()
        envelope = "Return-Path: <ann@client.example>\r\nDelivered-To: bob@inbox.test\r\nDelivered-To: carl@inbox.test\r\n"
        self.assertTrue(mail.startswith(envelope + "Received: from client.example ([127.0.0.1])\r\n\tby mx.example.com"), mail)
        self.assertTrue(mail.endswith(MESSAGE), mail)

    def test_takes_mail_for_its_domains_alone(self):
        server = self.serve("--print", "--domain", "inbox.test", "--domain", "other.test")
        self.send(server, recipients=("bob@INBOX.test", "bob@other.test"))
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
            self.send(server, recipients=("bob@elsewhere.test",))
        self.assertEqual(caught.exception.recipients["bob@elsewhere.test"],
                         (550, b"5.7.1 No mail is taken for this domain"))

    def test_speaks_lmtp(self):
        server = self.serve("--print", "--lmtp")
        client = smtplib.LMTP("127.0.0.1", server.port, timeout=SECONDS)
        self.assertEqual(client.sendmail("ann@client.example", ["bob@inbox.test", "carl@inbox.test"], MESSAGE), {})
        client.quit()

    def test_is_any_client_for_the_filters(self):
        server = self.serve("--print", "--milter", self.filter())
        with server.client() as client:
            self.assertEqual(client.docmd("XCLIENT", "NAME=reject-connect.example ADDR=192.0.2.7")[0], 554)
        self.assertIn("[1] connection from 192.0.2.7", server.log())

    # filters

    def test_TM_106_asks_filters_in_order_and_each_sees_what_the_last_one_left(self):  # TM-106
        server = self.serve("--maildir", self.folder / "mail", "--milter", self.filter("one"), "--milter", self.filter("two"))
        self.send(server, "X-Contract: change-header 1 Subject changed\r\n" + MESSAGE)
        [mail] = self.kept()
        self.assertIn("Subject: changed\r\n", mail)
        self.assertEqual(mail.count("X-Trace:"), 2)

    def test_TM_107_a_client_that_one_filter_refuses_is_not_shown_to_the_next(self):  # TM-107
        server = self.serve("--print", "--milter", self.filter("one"), "--milter", self.filter("two"))
        with server.client() as client:
            self.assertEqual(client.docmd("XCLIENT", "NAME=reject-connect.example ADDR=192.0.2.7")[0], 554)
        server.stop()
        self.assertIn("reject-connect.example", (self.folder / "one.log").read_text())
        self.assertNotIn("reject-connect.example", (self.folder / "two.log").read_text())

    def test_a_refusal_ends_the_message_for_all_filters(self):
        server = self.serve("--print", "--milter", self.filter("one"), "--milter", self.filter("two"))
        self.assertEqual(self.refusal(server, "X-Contract-Eoh: reply 554 5.7.7 no\r\n" + MESSAGE), (554, "5.7.7 no"))
        self.send(server)
        server.stop()
        second = [line.split()[1] for line in (self.folder / "two.log").read_text().splitlines()]
        self.assertEqual(second, "negotiate connect helo mail rcpt data abort close"
                                 " negotiate connect helo mail rcpt data header header header eoh body eom close".split(),
                         "the third field is the first filter's trace")

    def test_a_filter_that_is_not_there(self):
        gone = f"unix:{self.folder}/gone"
        server = self.serve("--print", "--milter", gone)
        self.assertEqual(self.refusal(server), (451, "4.7.1 Service unavailable - try again later"))
        self.assertIn(f"{gone}: failed: No such file or directory", server.log())
        accepting = self.serve("--print", "--milter", gone, "--milter-failure", "accept")
        self.assertEqual(self.send(accepting), {})
        holding = self.serve("--maildir", self.folder / "mail", "--milter", gone, "--milter-failure", "quarantine")
        self.send(holding)
        [held] = (self.folder / "mail/.held/new").glob("*")
        self.assertIn(b"X-Held: a filter could not be asked\r\n", held.read_bytes())

    # the next hop

    def test_relays_with_what_the_sender_wished(self):
        hop = self.hop()
        server = self.serve("--relay", hop.place)
        with server.client() as client:
            client.ehlo()
            client.mail("ann@client.example", ["RET=HDRS", "ENVID=e+3Dd"])
            client.docmd("RCPT", "TO:<bob@inbox.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bx@y.test")
            self.assertEqual(client.data(MESSAGE)[0], 250)
        self.assertTrue(hop.messages.get(timeout=SECONDS).endswith(MESSAGE))
        self.assertIn("MAIL FROM:<ann@client.example> RET=HDRS ENVID=e+3Dd", hop.commands)
        self.assertIn("RCPT TO:<bob@inbox.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bx@y.test", hop.commands)

    def test_passes_on_the_next_hops_refusals_in_its_words(self):
        for verb in ("MAIL", "RCPT", "DATA", "END"):
            with self.subTest(verb):
                hop = self.hop(**{verb: "552-5.2.2 the mailbox\r\n552 5.2.2 is full"})
                server = self.serve("--relay", hop.place, "--maildir", self.folder / "mail")
                self.assertEqual(self.refusal(server), (552, "5.2.2 the mailbox\n5.2.2 is full"))
                self.assertEqual(self.kept(), [])

    def test_nothing_is_acknowledged_that_the_next_hop_has_not_taken(self):
        hop = self.hop(END=None)
        server = self.serve("--relay", hop.place)
        self.assertEqual(self.refusal(server), (451, "4.3.0 The message could not be kept"))
        server = self.serve("--relay", "127.0.0.1:1")
        self.assertEqual(self.refusal(server), (451, "4.3.0 The message could not be kept"))

    def test_a_message_to_be_held_is_not_relayed(self):
        hop = self.hop()
        server = self.serve("--relay", hop.place, "--milter", self.filter())
        held = "X-Contract: quarantine look at it\r\n" + MESSAGE
        self.assertEqual(self.refusal(server, held)[0], 451)
        self.assertEqual(hop.commands, [])

    # mistakes

    def test_mistakes_are_named(self):
        for options, expected in {
            ("--listen", "inet:0@127.0.0.1"): "mail needs a place to go: give --print, --maildir or --relay",
            ("--listen", "here", "--print"): '"here" is not a socket: expected unix:/path',
            ("--listen", "inet:0@127.0.0.1", "--print", "--milter", "there"): '"there" is not a socket',
            ("--listen", "inet:0@127.0.0.1", "--relay", "a b"): '"a b" is not HOST or HOST:PORT',
            ("--listen", "inet:0@192.0.2.1", "--print"): "cannot listen at inet:0@192.0.2.1: Cannot assign requested address",
            ("--listen", "inet:0@127.0.0.1", "--maildir", "/proc/none"): "/proc/none: ",
            ("--listen", "inet:0@127.0.0.1", "--print", "--tls-key", "key.pem"): "--tls-certificate and --tls-key go together",
            ("--listen", "inet:0@127.0.0.1", "--print", "--tls-key", "/no", "--tls-certificate", "/no"): "/no",
        }.items():
            with self.subTest(options):
                done = subprocess.run([TESTMTA, "smtp", *options], capture_output=True, text=True, timeout=SECONDS)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(expected, done.stderr)


if __name__ == "__main__":
    unittest.main()
