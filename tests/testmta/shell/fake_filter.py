"""A filter that answers as it is told: a table from command letter to the frames that it sends."""

import contextlib
import socket
import struct
import threading

CONTINUE = b"c"
SILENT_COMMANDS = b"DAQ"


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def agreement(steps=0, version=6, actions=0):
    return b"O" + struct.pack(">III", version, actions, steps)


def reply(text):
    return b"y" + text.encode() + b"\0"


class FakeFilter:
    """Listens on a loopback port while the context is entered. `answers` overrides what a letter is answered with:
    a payload, a list of payloads, or None to close the connection. `heard` has one list of frames a session."""

    def __init__(self, answers=None):
        self._answers = {b"O": agreement(), **(answers or {})}
        self.heard = []

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.spec = f"inet:{self._server.getsockname()[1]}@127.0.0.1"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        session = []
        self.heard.append(session)
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                length = struct.unpack(">I", head)[0]
                if not 0 < length < 100000:
                    return
                session.append(stream.read(length))
                if session[-1][:1] == b"Q" or not self._answer(connection, session[-1][:1]):
                    return

    def _answer(self, connection, letter):
        told = self._answers.get(letter, None if letter not in b"CHMRTLNBEUDA" else CONTINUE)
        if letter not in self._answers and letter in SILENT_COMMANDS:
            return True
        if told is None:
            return False
        for payload in told if isinstance(told, list) else [told]:
            connection.sendall(frame(payload))
        return True
