"""A filter that answers as it is told: a table from command letter to the frames that it sends."""

import contextlib
import socket
import struct
import threading

CONTINUE = b"c"
SILENT_COMMANDS = b"DAQK"

# What a filter may do once the MTA has closed its side.
MTA_SAYS_NO_MORE = b""
HALF_A_FRAME = object()
STAY = object()


class Raw(bytes):
    """Octets that are sent as they are, and not as a frame."""


def frame(payload):
    return payload if isinstance(payload, Raw) else struct.pack(">I", len(payload)) + payload


def agreement(steps=0, version=6, actions=0):
    return b"O" + struct.pack(">III", version, actions, steps)


def reply(text):
    return b"y" + text.encode() + b"\0"


class FakeFilter:
    """Listens on a loopback port while the context is entered. `answers` overrides what a letter is answered with:
    a payload, a list of payloads that leave in one segment, or None to close the connection; at MTA_SAYS_NO_MORE
    also HALF_A_FRAME, or STAY to keep the connection open.

    Once the context is left, `heard` has everything that was sent to it: one list of frames a session."""

    def __init__(self, answers=None):
        self._answers = {b"O": agreement(), **(answers or {})}
        self.heard = []
        self._last = None
        self._left = threading.Event()

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.spec = f"inet:{self.port}@127.0.0.1"
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()
        return self

    def __exit__(self, *_):
        """Connections are accepted in the order in which they came: after this one there is no other."""
        self._left.set()
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(self._server.getsockname())
            self._acceptor.join()
        self._server.close()

    def _accept(self):
        sessions = []
        while True:
            connection, client = self._server.accept()
            if client == self._last:
                connection.close()
                break
            self.heard.append([])
            sessions.append(threading.Thread(target=self._serve, args=(connection, self.heard[-1])))
            sessions[-1].start()
        for session in sessions:
            session.join()

    def _serve(self, connection, session):
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                length = struct.unpack(">I", head)[0]
                if not 0 < length < 100000:
                    return
                session.append(stream.read(length))
                if session[-1][:1] == b"Q" or not self._answer(connection, session[-1][:1]):
                    return
            self._end(connection, self._answers.get(MTA_SAYS_NO_MORE))

    def _end(self, connection, told):
        if told is STAY:
            self._left.wait()
        elif told is HALF_A_FRAME:
            connection.sendall(frame(CONTINUE)[:3])
        elif told is not None:
            connection.sendall(frame(told))

    def _answer(self, connection, letter):
        told = self._answers.get(letter, None if letter not in b"CHMRTLNBEUDAK" else CONTINUE)
        if letter not in self._answers and letter in SILENT_COMMANDS:
            return True
        if told is None:
            return False
        connection.sendall(b"".join(map(frame, told if isinstance(told, list) else [told])))
        return True
