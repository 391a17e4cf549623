"""What a process takes, sampled during the storm, and what the samples say."""

import collections
import json
import os
import re
import socket
import statistics
import threading
import time

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        words = stat.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def footprint(pid):
    """Returns resident KiB, threads and descriptors of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        values = dict(line.split(":", 1) for line in status)
    return {"rss": int(values["VmRSS"].split()[0]), "threads": int(values["Threads"]),
            "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}


def status_of(control):
    """Returns what `vouchd status` would print, or nothing where the daemon does not know the question."""
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(30)
            one.connect(str(control))
            one.sendall(b'{"status": true}\n')
            text = one.makefile("rb").readline()
    except OSError as failed:
        return {"failure": str(failed)}
    return json.loads(text) if text else {"failure": "closed"}


class Pace:
    """How many strangers begin in a second: as many as let all processes together take `cores`."""

    def __init__(self, pids, cores, most):
        self._pids, self._cores, self._most = pids, cores, most
        self.rate = 20.0
        self.used = 0.0
        self._then, self._spent = time.monotonic(), self._all()

    def _all(self):
        return sum(cpu_seconds(pid) for pid in self._pids)

    def adjust(self):
        now, spent = time.monotonic(), self._all()
        self.used = (spent - self._spent) / max(now - self._then, 0.001)
        self._then, self._spent = now, spent
        factor = min(1.1, max(0.8, self._cores / max(self.used, 0.01)))
        self.rate = min(self._most, max(2.0, self.rate * factor))


class LogReader(threading.Thread):
    """Reads the daemon's log as it is written, and counts its events; of warnings it keeps the first of each kind."""

    _EVENT = re.compile(rb"\blevel=(\w+).*?\bevent=(\w+)|\bevent=(\w+)")

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self._pipe = pipe
        self.events, self.examples = collections.Counter(), {}
        self.ready = threading.Event()

    def run(self):
        for line in self._pipe:
            found = self._EVENT.search(line)
            if not found:
                self.examples.setdefault(line.strip()[:60], line)
                continue
            event = (found[2] or found[3]).decode()
            self.events[event] += 1
            if event == "ready":
                self.ready.set()
            if event not in ("decision", "queued"):
                self.examples.setdefault(event, line)


def thirds(values):
    n = len(values)
    return values[: n // 3], values[n // 3: 2 * n // 3], values[2 * n // 3:]


def is_flat(resident, most_growth=0.03):
    """Is the last third's highest value at most so much above the middle third's? Returns that, and both."""
    _, middle, last = thirds(resident)
    return max(last) <= max(middle) * (1 + most_growth), max(middle), max(last)


def delays(seconds):
    """Returns a line about delays."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)

    def share(part):
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000

    return (f"{len(ordered)} messages, median {statistics.median(ordered) * 1000:.2f} ms, 99 % {share(0.99):.1f} ms,"
            f" 99.9 % {share(0.999):.1f} ms, longest {ordered[-1] * 1000:.1f} ms")
