"""`testmta world` as a part of another program, for tests."""

import json
import pathlib
import signal
import subprocess
import tempfile

from processes import TESTMTA

SECONDS = 300  # ends a process that hangs; no test measures time by it


class Driven:
    """A context manager that runs `testmta world - --json` on a text, with further options."""

    def __init__(self, text, *options, log="log", status=0):
        self._text, self._options, self._log, self._status = text, list(map(str, options)), log, status

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        command = [TESTMTA, "world", "-", "--json", "--log", self._log, *self._options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, cwd=self.folder)
        self.process.stdin.write(self._text)
        self.process.stdin.close()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said = json.loads(line)
        self.port = self.said["peers"][0]["port"]
        return self

    def end(self):
        """Ends the process by SIGTERM, and returns what it printed after its first line."""
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stdout.read() + self.process.stderr.read()
        status = self.process.wait(SECONDS)
        assert status == self._status, f"status {status}: {rest}"
        return rest

    def log(self, direction=None):
        entries = map(json.loads, (self.folder / "log").read_text().splitlines())
        return [one for one in entries if direction in (None, one["direction"])]

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.end()
        self.process.stdout.close()
        self.process.stderr.close()
        self._folder.cleanup()
