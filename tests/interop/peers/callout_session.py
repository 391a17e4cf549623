"""The callout protocol, line by line: sends one line, and returns its answer as it was received."""

import dataclasses
import socket

_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Answer:
    """The answer to one callout: `stages` are (stage, text) in order, none if it came from a cache."""
    word: str
    stages: tuple


class Session:
    """A connection to the callout server at (host, port) or at a path."""

    def __init__(self, place):
        if isinstance(place, tuple):
            self._socket = socket.create_connection(place, _SECONDS)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(_SECONDS)
            self._socket.connect(str(place))
        self._file = self._socket.makefile("rb")
        self.greeting = self._line()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()
        self._socket.close()

    def say(self, command):
        """Sends a command and returns all lines up to the final one."""
        self._socket.sendall(command.encode() + b"\r\n")
        lines = [self._line()]
        while lines[-1].startswith("* "):
            lines.append(self._line())
        return lines

    def ask(self, address, rest=""):
        """Sends VRFY and RUN, and returns the answer."""
        [accepted] = self.say(f'VRFY "{address}" {rest}'.rstrip())
        status, _, number = accepted.partition(" ")
        if status != "OK":
            raise AssertionError(f"VRFY {address} {rest}: {accepted}")
        *progress, final = self.say("RUN")
        words = dict(pair.split("=", 1) for pair in final.split()[1:])
        stages = [line.split(" ", 3)[2:] for line in progress]
        return Answer(words[number], tuple((stage, text) for stage, text in stages))

    def _line(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"the server closed the connection after {line!r}")
        return line[:-2].decode()


def ask_once(place, address, rest=""):
    """Returns the answer to one callout on a connection of its own."""
    with Session(place) as session:
        answer = session.ask(address, rest)
        session.say("QUIT")
    return answer
