"""testmta as a process, for tests."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))

TESTMTA = os.environ["TESTMTA"]
_SECONDS = 300  # ends a process that hangs; no test measures time by it


def run(*words, status=0, cwd=None, files=None):
    """Runs testmta to its end, and returns what it printed. It begins with a limit of so many open files."""
    command = [TESTMTA, *map(str, words)]
    if files is not None:
        command = ["sh", "-c", f'ulimit -S -n {files}; exec "$@"', "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, cwd=cwd)
    assert done.returncode == status, f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


class World:
    """A context manager that runs `testmta world` on a text. The world listens when the context is entered."""

    def __init__(self, text, *options, status=0):
        self._options, self._status = options, status
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self._file = self.folder / "test.world"
        self._file.write_text(text)
        self.config = self.folder / "vouchd.toml"
        self.log = self.folder / "log"

    def __enter__(self):
        words = [TESTMTA, "world", self._file, "--write-config", self.config, "--log", self.log, *self._options]
        self._process = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, text=True)
        self.lines = []
        for line in self._process.stdout:
            self.lines.append(line.strip())
            if self.lines[-1] == "ready":
                return self
        raise AssertionError(f"the world did not become ready; it printed {self.lines}")

    @contextlib.contextmanager
    def stopped(self):
        """Stops the process meanwhile, so that all that arrives is there at once when it goes on."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def end(self):
        """Ends the world, and returns what it printed after "ready"."""
        self._process.terminate()
        rest = self._process.stdout.read()
        self._process.stdout.close()
        status = self._process.wait(_SECONDS)
        assert status == self._status, f"the world ended with status {status}"
        return rest

    def __exit__(self, *_):
        if self._process.returncode is None:
            self.end()
        self._folder.cleanup()
