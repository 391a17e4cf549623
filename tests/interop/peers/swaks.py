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


def command():
    """Returns its beginning: Perl, with the modules for TLS that came with swaks, and swaks."""
    root = unpacked.folder("swaks")
    modules = [f"-I{found}" for found in root.glob("usr/lib/*-linux-gnu*/perl5/*")]
    return ["perl", *modules, f"-I{root / 'usr/share/perl5'}", root / "usr/bin/swaks"]


def send(server, sender, recipient, *options):
    """`sender` is an address or "<>"; options are swaks' own."""
    message_id = f"<{next(_numbers)}@swaks.example>"
    run = subprocess.run(
        [*command(), "--server", server[0], "--port", str(server[1]),
         "--helo", "client.example", "--from", sender, "--to", recipient,
         "--header", f"Message-Id: {message_id}", "--timeout", "20", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Transcript(message_id, run.returncode == 0, run.stdout)
