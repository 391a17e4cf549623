"""The next hop of the MTA under test: takes every message by SMTP and keeps it byte for byte."""

import dataclasses
import re
import socketserver
import threading
import time

_SECONDS = 20
_POLL_SECONDS = 0.01


@dataclasses.dataclass(frozen=True)
class Delivery:
    sender: str
    recipients: list
    content: bytes

    @property
    def fields(self):
        """Returns [(name, value)] in order. A value is everything after the colon, folds included."""
        header = self.content.partition(b"\r\n\r\n")[0].decode("latin-1")
        lines = re.sub(r"\r\n(?=[ \t])", "\n", header).split("\r\n")
        return [(name, value) for name, _, value in (line.partition(":") for line in lines)]

    @property
    def body(self):
        return self.content.partition(b"\r\n\r\n")[2]

    def values(self, name):
        return [value for each, value in self.fields if each.lower() == name.lower()]


class Waiting:
    """Finds messages among those that `deliveries` returns."""

    def find(self, token):
        """Returns the message with that X-Token, or None."""
        wanted = f" {token}"
        return next((each for each in self.deliveries() if wanted in each.values("X-Token")), None)

    def wait(self, token):
        end = time.monotonic() + _SECONDS
        while (found := self.find(token)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"the message {token} did not arrive in {_SECONDS} s")
            time.sleep(_POLL_SECONDS)
        return found


class Sink(Waiting):
    def __init__(self, endpoint):
        self._deliveries = []

        class Handler(_Session):
            deliveries = self._deliveries

        self._server = _Server(endpoint, Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def deliveries(self):
        return self._deliveries


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 sink.example.test ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self._say("250-sink.example.test\r\n250 8BITMIME")
            elif verb == b"MAIL":
                self._sender, self._recipients = _address(line), []
                self._say("250 2.1.0 Ok")
            elif verb == b"RCPT":
                self._recipients.append(_address(line))
                self._say("250 2.1.5 Ok")
            elif verb == b"DATA":
                self._say("354 Go on")
                content = self._content()
                self.deliveries.append(Delivery(self._sender, self._recipients, content))
                self._say("250 2.0.0 Kept")
            elif verb == b"QUIT":
                self._say("221 2.0.0 Bye")
                return
            else:
                self._say("250 2.0.0 Ok")

    def _content(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


def _address(line):
    return re.search(rb"<(.*?)>", line)[1].decode()
