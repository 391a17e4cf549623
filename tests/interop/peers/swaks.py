"""swaks, the Swiss army knife of SMTP: sends one message and returns the dialogue."""

import dataclasses
import itertools
import subprocess

from . import unpacked

_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Transcript:
    message_id: str
    accepted: bool
    text: str


def send(server, sender, recipient, *options):
    """`sender` is an address or "<>"; options are swaks' own."""
    message_id = f"<{next(_numbers)}@swaks.example>"
    run = subprocess.run(
        ["perl", unpacked.folder("swaks") / "usr/bin/swaks", "--server", server[0], "--port", str(server[1]),
         "--helo", "client.example", "--from", sender, "--to", recipient,
         "--header", f"Message-Id: {message_id}", "--timeout", "20", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Transcript(message_id, run.returncode == 0, run.stdout)
