#!/usr/bin/env python3
"""`testmta submit` from outside: its exit status and its output."""

import json
import os
import pathlib
import socketserver
import subprocess
import tempfile
import threading
import unittest

_REPLIES = {"EHLO": "250 mx.example", "MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "DATA": "354 Go on",
            "QUIT": "221 2.0.0 Bye", ".": "250 2.0.0 Kept"}


class Server:
    """Answers by `replies`, and keeps the content of messages."""

    def __init__(self, **replies):
        content = self.content = []

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                answers = {**_REPLIES, **replies}
                self.say(answers.get("greeting", "220 mx.example ESMTP"))
                in_data = False
                while line := self.rfile.readline().decode().rstrip("\r\n") if not in_data else True:
                    if in_data:
                        while (line := self.rfile.readline()) not in (b".\r\n", b""):
                            content.append(line)
                        line, in_data = ".", False
                    verb = line[:4].partition(" ")[0]
                    answer = answers["end"] if verb == "." and "end" in answers else answers[verb]
                    self.say(answer)
                    in_data = answer.startswith("354")
                    if verb == "QUIT":
                        return

            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:%d" % self._server.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Submit(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.file = pathlib.Path(self._folder.name) / "message.eml"
        self.file.write_text("Subject: hi\n\nhello\n")

    def submit(self, *options, rcpt="bob@y.example"):
        return subprocess.run([os.environ["TESTMTA"], "submit", "--rcpt", rcpt, "--from", "ann@x.example", *options],
                              capture_output=True, text=True, timeout=60)

    def assert_status(self, status, *options, **others):
        done = self.submit(*options, **others)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_sends(self):
        with Server() as server:
            done = self.assert_status(0, "--to", server.address, "--tls", "may", self.file)
        self.assertEqual(done.stderr, "bob@y.example: 250 2.1.5 Ok\nmessage: 250 2.0.0 Kept\n")
        text = b"".join(server.content)
        self.assertTrue(text.startswith(b"Subject: hi\r\nFrom: <ann@x.example>\r\nDate: "), text)
        self.assertTrue(text.endswith(b"\r\n\r\nhello\r\n"), text)

    def test_writes_events_as_json(self):
        with Server() as server:
            done = self.assert_status(0, "--json", "--to", server.address, "--tls", "may", self.file)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(events[-1], {"event": "session_done", "error": None})
        self.assertIn({"event": "rcpt_status", "recipient": "bob@y.example", "reply": "250 2.1.5 Ok", "complete": False},
                      events)
        self.assertEqual(done.stderr, "")

    def test_exit_status_tells_what_became_of_the_mail(self):
        for status, replies in ((69, {"RCPT": "550 5.1.1 No"}), (75, {"RCPT": "450 4.2.1 Later"}),
                                (69, {"end": "554 5.6.0 No"}), (75, {"end": "451 4.3.0 Later"}),
                                (69, {"MAIL": "550 5.7.1 No"}), (75, {"greeting": "421 4.3.2 Busy"}),
                                (76, {"RCPT": "hello"}), (76, {"greeting": "250 Hello"})):
            with self.subTest(replies), Server(**replies) as server:
                self.assert_status(status, "--to", server.address, "--tls", "may", self.file)

    def test_tls_is_required_unless_it_is_not(self):
        with Server() as server:
            done = self.assert_status(69, "--to", server.address, self.file)
        self.assertIn("TLS is required", done.stderr)

    def test_names_what_is_wrong_with_the_command_line(self):
        for status, text, options in (
                (64, '--tls: "x" is not one of may, never, require, verified', ("--tls", "x", self.file)),
                (64, "--to a b:", ("--to", "a b", self.file)),
                (64, "NEVER cannot be combined", ("--notify", "never", "--notify", "delay", self.file)),
                (64, "TESTMTA_PASSWORD", ("--to", "127.0.0.1:1", "--auth", "ann", self.file)),
                (66, "cannot be opened", ("/no/such/file",))):
            with self.subTest(text):
                self.assertIn(text, self.assert_status(status, *options).stderr)
        self.assertIn("not an address", self.assert_status(64, self.file, rcpt="bob y.example").stderr)


if __name__ == "__main__":
    unittest.main()
