"""The recipes of docs/recipes.md: each world is started, and its check runs."""

import pathlib
import re
import smtplib
import socket
import ssl
import struct
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "testmta" / "python"))

from testmta_world import World

SECONDS = 300  # ends a client that hangs
CODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN"}
MX = 15


def recipes():
    """Yields title, options, world and check of each recipe."""
    page = (ROOT / "docs" / "recipes.md").read_text()
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title = section.split("\n", 1)[0]
        parts = re.search(r"^```world(.*?)\n(.*?)^```\n```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        yield title, parts[1].split(), parts[2], parts[3]


def free_port(*addresses):
    """Returns a port that is free on all the addresses."""
    while True:
        with socket.create_server((addresses[0], 0)) as first:
            port = first.getsockname()[1]
            try:
                for one in addresses[1:]:
                    socket.create_server((one, port)).close()
                return port
            except OSError:
                continue


class Checks:
    """What the page says that a check has."""

    def __init__(self, world):
        self._world = world
        peer = world.peers[0]
        self.names = {"world": world, "mx": peer, "connect": lambda: smtplib.SMTP(peer.address, peer.port, timeout=SECONDS),
                      "send": self.send, "lookup": self.lookup, "smtplib": smtplib, "ssl": ssl, "time": time}

    @staticmethod
    def send(client, sender, recipient, text="Subject: hello\r\n\r\nworld\r\n"):
        client.ehlo_or_helo_if_needed()
        code, _ = client.mail(sender)
        if code == 250:
            code, _ = client.rcpt(recipient)
        if code == 250:
            code, _ = client.data(text)
        client.rset() if code != 250 else None
        return code

    def lookup(self, name, patience=SECONDS):
        labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
        query = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", MX, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(patience)
            client.sendto(query, self._world.dns)
            try:
                _, flags, _, answers, _, _ = struct.unpack(">6H", client.recv(4096)[:12])
            except TimeoutError:
                return "no answer"
        return f"{CODES[flags & 15]} with {answers} answer{'' if answers == 1 else 's'}"


class Recipes(unittest.TestCase):
    def test_TM_130_there_are_twelve(self):  # TM-130
        self.assertEqual([title.split(".")[0] for title, *_ in recipes()], [str(n) for n in range(1, 13)])


def add_test(title, options, text, check):
    def test(self):
        wanted, found = options, text
        if "--port" in options:  # the page's port may be taken here
            port = str(free_port(*re.findall(r"^peer \S+ at (\S+)$", text, re.MULTILINE)))
            old = options[options.index("--port") + 1]
            wanted, found = [port if one == old else one for one in options], text.replace(":" + old, ":" + port)
        with World(found, options=wanted) as world:
            exec(compile(check, f"docs/recipes.md, {title}", "exec"), Checks(world).names)

    name = re.sub(r"\W+", "_", title).strip("_").lower()
    setattr(Recipes, f"test_TM_130_{name}", test)


for recipe in recipes():
    add_test(*recipe)

if __name__ == "__main__":
    unittest.main()
