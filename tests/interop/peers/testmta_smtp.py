"""`testmta smtp` as an MTA: one process for each listener, all of which deliver into one maildir."""

import os

from .process import Process, greets


class TestmtaSmtp:
    def __init__(self, folder, listeners, *options):
        """`listeners` are {(host, port): options of its process}."""
        folder.mkdir(exist_ok=True)
        self.maildir = folder / "maildir"
        self._processes = []
        for (host, port), own in listeners.items():
            self._processes.append(Process(
                [os.environ["TESTMTA"], "smtp", "--listen", f"inet:{port}@{host}", "--maildir", self.maildir,
                 *options, *own], folder / f"output.{port}"))
        for (endpoint, each) in zip(listeners, self._processes):
            each.wait_ready(lambda endpoint=endpoint: greets(endpoint))

    def stop(self):
        return [each.stop() for each in self._processes]

    def log(self):
        return "".join(each.text() for each in self._processes)
