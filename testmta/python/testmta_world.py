"""Fake DNS and fake SMTP servers for a test, in one file that needs the standard library alone.

    with World("peer mx at 127.77.0.1\\n  on rcpt -> reply 450 later\\nend\\n") as world:
        mx = world.peer("mx")
        client = smtplib.SMTP(mx.address, mx.port)

A World runs `testmta world` (docs/testmta_world.md says what a world can have) on free ports, and talks to its control
interface. With pytest, the fixture `testmta_world` starts worlds and ends them after the test; `pytest_plugins =
["testmta_world"]` in a conftest.py makes it known.
"""

import collections
import contextlib
import email
import email.policy
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.parse

Address = collections.namedtuple("Address", "address port")
Peer = collections.namedtuple("Peer", "name address port addresses state")


class WorldError(Exception):
    """A world could not be started or changed. The text says why; for a world with mistakes it lists them."""


class Conversation:
    """What one client and a peer said to each other."""

    def __init__(self, found):
        self.id, self.peer, self.client = found["id"], found["peer"], found["client"]
        self.ended, self.events = found["ended"], found["events"]

    @property
    def heard(self):
        """The lines that the peer heard, messages left out."""
        return self._lines("received")

    @property
    def said(self):
        """The lines that the peer said."""
        return self._lines("sent")

    def _lines(self, direction):
        return [one["line"] for one in self.events if one["direction"] == direction]

    def __repr__(self):
        arrows = {"received": "> ", "sent": "< "}
        lines = [arrows[one["direction"]] + one["line"] for one in self.events if one["direction"] in arrows]
        return f"<conversation {self.id} of {self.client} with {self.peer}>\n" + "\n".join(lines)


class Message:
    """A message that a peer accepted, with its envelope."""

    def __init__(self, found, content):
        self.number, self.peer = found["number"], found["peer"]
        self.sender, self.recipients = found["sender"], found["recipients"]
        self.content = content

    @property
    def parsed(self):
        """The message as an email.message.EmailMessage."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def __repr__(self):
        return f"<message {self.number} from <{self.sender}> to {self.recipients} at {self.peer}>"


class World:
    """A context manager that runs a world, given as a text or as the path of a file.

    `program` is the testmta to run: the environment's TESTMTA, or the one in the PATH. `options` are further options of
    `testmta world`. No step takes longer than `timeout` seconds.
    """

    def __init__(self, text_or_path, *, program=None, options=(), timeout=60):
        is_path = isinstance(text_or_path, os.PathLike) or "\n" not in text_or_path
        self._file = os.fspath(text_or_path) if is_path else "-"
        self._text = "" if is_path else text_or_path
        self._program = program or os.environ.get("TESTMTA", "testmta")
        self._options = list(map(str, options))
        self._timeout = timeout
        self._process = None

    def start(self):
        """Returns this world when everything listens."""
        self._folder = tempfile.TemporaryDirectory(prefix="testmta_world.")
        folder = pathlib.Path(self._folder.name)
        command = [self._program, "world", self._file, "--control", "inet:0@127.0.0.1", "--ready-file", folder / "ready",
                   *self._options]
        try:
            with open(folder / "said", "wb") as said:
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said)
            with contextlib.suppress(BrokenPipeError), self._process.stdin as world:
                world.write(self._text.encode())
            self._ready = self._wait_until_ready(folder)
        except OSError as why:
            self.stop()
            raise WorldError(f"{self._program} cannot be started: {why}; set TESTMTA to its path") from why
        except BaseException:
            self.stop()
            raise
        control = urllib.parse.urlsplit(self._ready["control"])
        self._control = Address(control.hostname, control.port)
        return self

    def _wait_until_ready(self, folder):
        end = time.monotonic() + self._timeout
        while not (folder / "ready").exists():
            if self._process.poll() is not None:
                raise WorldError((folder / "said").read_text(errors="replace").strip())
            if time.monotonic() > end:
                raise WorldError(f"the world did not listen within {self._timeout} s")
            time.sleep(0.01)
        return json.loads((folder / "ready").read_text())

    def stop(self):
        """Ends the world. Returns its exit status, which is 1 if `--verify` found something wrong."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(self._timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        status, self._process = self._process and self._process.returncode, None
        self._folder.cleanup()
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self._process:
            self.stop()

    @property
    def dns(self):
        """The address and port of the name server."""
        return Address(**self._ready["dns"])

    @property
    def url(self):
        """The URL of the page that shows the world in a browser."""
        return self._ready["control"]

    @property
    def peers(self):
        """All peers, in the order of the world."""
        return [Peer(one["name"], one["addresses"][0], one["port"], one["addresses"], one["state"])
                for one in self._ask("GET", "/world")["peers"]]

    def peer(self, name):
        """The peer of this name."""
        for one in self.peers:
            if one.name == name:
                return one
        raise WorldError(f"there is no peer {name!r}, only {', '.join(one.name for one in self.peers)}")

    def conversations(self, peer=None):
        """The latest conversations, of all peers or of one."""
        found = []
        for one in self._ask("GET", "/conversations")["conversations"]:
            if peer in (None, one["peer"]):
                found.append(Conversation(self._ask("GET", f"/conversations/{one['id']}")))
        return found

    def mail(self, peer=None):
        """The latest messages that peers have accepted, all or those of one peer."""
        return [Message(one, self._request("GET", f"/mail/{one['number']}"))
                for one in self._ask("GET", "/mail")["messages"] if peer in (None, one["peer"])]

    def wait_for_mail(self, count=1, peer=None):
        """Returns the messages as soon as there are so many; raises WorldError if that takes too long."""
        end = time.monotonic() + self._timeout
        while len(found := self.mail(peer)) < count:
            if time.monotonic() > end:
                raise WorldError(f"{len(found)} messages arrived within {self._timeout} s, and not {count}")
            time.sleep(0.05)
        return found

    def set_rules(self, peer, lines):
        """Gives the peer other rules: one text, or a list of lines."""
        text = lines if isinstance(lines, str) else "\n".join(lines)
        self._ask("PUT", f"/peers/{urllib.parse.quote(peer, safe='')}/rules", text)

    def load(self, text):
        """Serves another world instead, on the same ports."""
        self._ask("PUT", "/world", text)

    def clear(self):
        """Forgets all conversations and messages."""
        self._ask("DELETE", "/conversations")
        self._ask("DELETE", "/mail")

    @contextlib.contextmanager
    def events(self):
        """A context manager that gives an iterator over the events from now on, as they happen."""
        connection = http.client.HTTPConnection(*self._control, timeout=self._timeout)
        with contextlib.closing(connection):
            connection.request("GET", "/events")
            stream = connection.getresponse()
            stream.readline()  # a comment, which says that the stream has begun
            yield (json.loads(line[6:]) for line in iter(stream.readline, b"") if line.startswith(b"data: "))

    def _request(self, method, path, text=None):
        connection = http.client.HTTPConnection(*self._control, timeout=self._timeout)
        with contextlib.closing(connection):
            connection.request(method, path, None if text is None else text.encode())
            reply = connection.getresponse()
            body = reply.read()
        if reply.status == 200:
            return body
        said = json.loads(body)
        raise WorldError(said.get("report", said["error"]).strip())

    def _ask(self, method, path, text=None):
        return json.loads(self._request(method, path, text))


try:
    import pytest
except ImportError:
    pass
else:
    @pytest.fixture
    def testmta_world():
        """A function that starts a world, with the arguments of World; all are ended after the test."""
        with contextlib.ExitStack() as worlds:
            yield lambda text_or_path, **how: worlds.enter_context(World(text_or_path, **how))
