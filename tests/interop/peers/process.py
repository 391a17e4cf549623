"""One process of a peer: starts it, waits until it is ready and stops it; shows its output when it fails."""

import os
import pathlib
import socket
import subprocess
import time

_READY_SECONDS = 30  # far above the 2.5 s of the slowest peer: a loaded machine must not fail the test
_STOP_SECONDS = 10
_POLL_SECONDS = 0.02


class PeerFailed(AssertionError):
    """A peer died or never became ready."""


def wait_until(condition, what, seconds=_READY_SECONDS):
    """Polls `condition` and returns its first true value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise PeerFailed(f"waited {seconds} s for {what}, without success")
        time.sleep(_POLL_SECONDS)
    return value


def greets(endpoint):
    """Returns whether an SMTP server at (host, port) speaks; its greeting may be a refusal."""
    try:
        with socket.create_connection(endpoint, timeout=5) as connection:
            return connection.recv(512)[:3].isdigit()
    except OSError:
        return False


class Process:
    def __init__(self, command, output, environment=None):
        """`command` writes to the file `output`, with `environment` added to the test's own."""
        self.name = pathlib.Path(command[0]).name
        self.output = pathlib.Path(output)
        with open(self.output, "ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def wait_ready(self, ready):
        """Waits until `ready()`. Fails with the output if that takes too long or the process ends."""
        try:
            wait_until(lambda: not self.running() or ready(), f"{self.name} to answer")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}; its output:\n{self.text()}") from None
        if not self.running():
            raise PeerFailed(f"{self.name} ended with {self._process.returncode}; its output:\n{self.text()}")

    def stop(self):
        """Ends the process and returns its exit status; a negative one is the signal that ended it."""
        if self.running():
            self._process.terminate()
        try:
            return self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self):
        """Kills a process whose exit status does not matter."""
        self._process.kill()
        self._process.wait()

    def text(self):
        return self.output.read_text(errors="backslashreplace")
