"""An SMTP client that shows replies as received and does nothing that the test did not ask for."""

import dataclasses
import socket
import struct

_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Reply:
    lines: tuple

    @property
    def code(self):
        return int(self.lines[0][:3])

    @property
    def text(self):
        """All lines, without the code's hyphens: "550 5.7.8 one\n550 5.7.8 two"."""
        return "\n".join(f"{line[:3]} {line[4:]}" for line in self.lines)


class Client:
    def __init__(self, endpoint, source="127.0.0.1"):
        self._socket = socket.create_connection(endpoint, _SECONDS, source_address=(source, 0))
        self._file = self._socket.makefile("rb")
        self.greeting = self._reply()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.leave()

    def say(self, command):
        self.send(f"{command}\r\n".encode())
        return self._reply()

    def send(self, octets):
        self._socket.sendall(octets)

    def content(self, octets):
        """Sends what follows the 354, with dots doubled, and the final dot."""
        self.send(octets.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return self._reply()

    def quit(self):
        reply = self.say("QUIT")
        self.leave()
        return reply

    def leave(self):
        """Closes without QUIT."""
        self._file.close()
        self._socket.close()

    def crash(self):
        """Closes like a client that crashed: no QUIT, and a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.leave()

    def at_end(self):
        """Returns whether the server closes, and ignores what it still says."""
        while self._file.readline():
            pass
        return True

    def _reply(self):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = self._file.readline()
            if not line.endswith(b"\r\n"):
                raise ConnectionError(f"the server closed the connection after {lines + [line.decode()]}")
            lines.append(line[:-2].decode())
        return Reply(tuple(lines))
