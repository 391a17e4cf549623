"""A daemon on a world of its own: `testmta world` plays the senders' servers, vouchd serves on its configuration."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from peers.daemon import INTERVAL, Daemon  # noqa: E402
from peers.process import Process, wait_until  # noqa: E402


class Site:
    """Use as a context; `edits` replace texts of the configuration that the world writes, `limit` is a shell command
    that runs before the daemon."""

    def __init__(self, vouchd, testmta, world, edits=(), serve=True, limit="true"):
        self.vouchd, self.testmta, self._world, self._edits, self._serve = vouchd, testmta, world, edits, serve
        self._limit = limit
        self._processes = []

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="vouch-site-")
        self.folder = pathlib.Path(self._folder.name)
        self.config = self.folder / "vouchd.toml"
        self.seen = self.folder / "peers.jsonl"
        try:
            world = self._start([self.testmta, "world", self._world, "--write-config", self.config, "--log", self.seen],
                                "world.out")
            world.wait_ready(self.config.exists)
            text = self.config.read_text().replace("[server]\n", f"[server]\n{INTERVAL}\n", 1)
            for old, new in self._edits:
                assert old in text, f"{old!r} is not in the configuration:\n{text}"
                text = text.replace(old, new)
            self.config.write_text(text)
            if self._serve:
                self.daemon = self._start(["sh", "-c", f'{self._limit}; exec "$@"', "sh", self.vouchd, "-c", self.config, "serve"],
                                          "vouchd.out")
                self.daemon.wait_ready(lambda: "event=ready" in self.log())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.ExitStack() as ending:
            ending.callback(self._folder.cleanup)
            for process in self._processes:
                ending.callback(process.stop)

    def _start(self, command, output):
        if "serve" in command:
            process = Daemon(command, self.folder / output, self.folder / "control.sock")
        else:
            process = Process(command, self.folder / output)
        self._processes.append(process)
        return process

    def log(self):
        log = self.folder / "vouchd.log"
        return log.read_text() if log.exists() else ""

    def lines(self, *parts):
        """Lines of the daemon's log that hold all of `parts`."""
        return [line for line in self.log().splitlines() if all(part in line for part in parts)]

    def wait_lines(self, *parts):
        return wait_until(lambda: self.lines(*parts), f"a log line with {parts}", 10)

    def run(self, *words, input=None):
        """A command of vouchd, on this configuration."""
        return subprocess.run([self.vouchd, "-c", self.config, *words], input=input, capture_output=True, text=True,
                              timeout=60, check=False)

    @property
    def socket(self):
        return f"unix:{self.folder}/milter.sock"


def from_environment(world=None, **more):
    return Site(os.environ["VOUCHD"], os.environ["TESTMTA"], world or os.environ["WORLD"], **more)
