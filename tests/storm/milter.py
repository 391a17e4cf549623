"""The MTA's side of the milter protocol: packets as bytes, and one blocking connection."""

import socket
import struct

OFFER = struct.pack(">III", 6, 0x1FF, 0x1FFFFF)


def packet(letter, payload=b""):
    return struct.pack(">I", len(payload) + 1) + letter.encode() + payload


def connect_packet(client):
    family = b"6" if ":" in client else b"4"
    return packet("C", b"client.example\0" + family + struct.pack(">H", 25000) + client.encode() + b"\0")


def hello(client):
    """What an MTA says first: negotiation, the SMTP client and its greeting, which vouchd does not answer."""
    return packet("O", OFFER) + connect_packet(client) + packet("H", b"client.example\0")


def mail(sender):
    return packet("M", f"<{sender}>".encode() + b"\0")


RCPT = packet("R", b"<bob@local.example>\0")
ABORT = packet("A")
QUIT = packet("Q")


class Connection:
    """An MTA that waits for each answer."""

    def __init__(self, place, client, seconds=60):
        self._socket = socket.create_connection(place, timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(packet("O", OFFER))
        answer = self._answer()
        self.declined = struct.unpack(">III", answer[1:13])[2]
        for said, no_step, no_reply in ((connect_packet(client), 0x1, 0x1000), (packet("H", b"client.example\0"), 0x2, 0x2000)):
            if self.declined & no_step:
                continue
            self._socket.sendall(said)
            if not self.declined & no_reply:
                self._answer()

    def ask(self, sender):
        """Returns the answer to the first recipient of a message from `sender`, which is then given up."""
        self._socket.sendall(mail(sender))
        if not self.declined & 0x4000:
            self._answer()
        self._socket.sendall(RCPT)
        answer = self._answer()
        self._socket.sendall(ABORT)
        return answer

    def close(self):
        self._file.close()
        self._socket.close()

    def _answer(self):
        head = self._file.read(4)
        if len(head) < 4:
            raise ConnectionError("vouchd closed the connection")
        return self._file.read(struct.unpack(">I", head)[0])
