"""msmtp: sends one message, as a user's mail program does."""

import os
import subprocess

from . import unpacked


def send(server, sender, recipients, content, *options):
    """Returns the finished process; its output is the dialogue."""
    root = unpacked.folder("msmtp")
    return subprocess.run(
        [root / "usr/bin/msmtp", "--file=/dev/null", "--debug", f"--host={server[0]}", f"--port={server[1]}",
         f"--from={sender}", "--timeout=20", *options, *recipients],
        input=content, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "LD_LIBRARY_PATH": unpacked.library_path("msmtp")})
