"""The filter under test, contract_filter or another that keeps the same contract: its process and its log."""

import os
import socket
import time

from .process import PeerFailed, Process

_LOG_SECONDS = 10
_POLL_SECONDS = 0.01


class ContractFilter:
    def __init__(self, folder, listen, profile="default"):
        """`listen` is unix:/PATH or inet:PORT@127.0.0.1, as the filter and Sendmail write it."""
        folder.mkdir()
        self.listen = listen
        self._log = folder / "log"
        self._log.touch()
        self._process = Process(
            [os.environ["CONTRACT_FILTER"], "--socket", listen, "--profile", profile, "--log", self._log],
            folder / "output")
        self._process.wait_ready(lambda: _accepts(listen))
        if listen.startswith("unix:"):
            os.chmod(listen.removeprefix("unix:"), 0o666)  # the MTA runs under an account of its own

    def stop(self):
        return self._process.stop()

    def mark(self):
        """Returns the current end of the log."""
        return self._log.stat().st_size

    def log(self, mark=0):
        return self._log.read_bytes()[mark:].decode()

    def output(self):
        return self._process.text()

    def connections(self, mark):
        """Returns what happened on each connection negotiated after `mark`, once all of them are closed.

        The result is a list of lists of lines, without the numbers.
        """
        end = time.monotonic() + _LOG_SECONDS
        while True:
            found = _by_number(self.log(mark))
            if found and all(lines[-1] == "close" for lines in found):
                return found
            if time.monotonic() > end:
                raise PeerFailed(f"no connection was closed in {_LOG_SECONDS} s; the log:\n{self.log(mark)}")
            time.sleep(_POLL_SECONDS)


def _by_number(log):
    found = {}
    for line in log.splitlines():
        number, _, event = line.partition(" ")
        if event.startswith("negotiate "):
            found[number] = []
        if number in found:
            found[number].append(event)
    return list(found.values())


def _accepts(listen):
    family, _, place = listen.partition(":")
    try:
        if family == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(place)
        else:
            port, _, host = place.partition("@")
            socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True
