"""vouchd as a process that tells, before it is stopped, how late its loop was; no test may find that it stood still."""

import json
import os
import socket
import sys

from .process import Process

INTERVAL = 'lag_interval = "5ms"'  # a line of [server]: the usual interval says little about a run of a second
MOST_MS, HARDLY_EVER_MS = 100, 20
FEW = 20  # moments that one stop below 100 ms makes late, in a run that is too short for a share
CROWDED_MS = 50  # a machine that adds so much at once also delays timers, which no scheduler counts


class LoopStoodStill(AssertionError):
    """The daemon's loop was kept from its work by the daemon itself."""


class Daemon(Process):
    """A `vouchd serve` with a control socket at `control`."""

    def __init__(self, command, output, control):
        self._control = control
        super().__init__(command, output)
        self._disturbed = _disturbances(self.pid)

    def wait_ready(self, ready):
        super().wait_ready(ready)
        self._disturbed = _disturbances(self.pid)  # a program that starts comes from a disk

    def stop(self):
        """Ends the process, and returns its exit status. Fails if its loop stood still."""
        told = self._status() if self.running() else None
        is_ours = _disturbances(self.pid) == self._disturbed
        status = super().stop()
        if told is not None:
            judge(told, is_ours)
        return status

    def _status(self):
        """Returns what the daemon says of itself, or nothing where a test has left no way to ask it."""
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.settimeout(20)
                one.connect(str(self._control))
                one.sendall(b'{"status": true}\n')
                answer = json.loads(one.makefile("rb").readline() or b"{}")
        except (OSError, ValueError):
            return None
        return answer if "loop" in answer else None


def judge(told, is_ours):
    """Prints the loop's lag, and fails if 99.9 % of the moments were not under 20 ms, or one was over 100 ms.

    Both are times of a released program; a build that is slower by design gets as many times more (cmake/vouch_build_flags.cmake).
    What the scheduler took is not counted (daemon/host/lag_meter.hpp). Nothing is judged where that is not known; nor where
    `is_ours` says that a host took processors away or that memory had to come from a disk; nor on a crowded machine.
    """
    loop = told["loop"]
    slower = int(os.environ.get("VOUCH_TIMES_SLOWER", "1"))
    hardly_ever = HARDLY_EVER_MS * slower
    moments, late = loop["moments"], later_than(loop, hardly_ever)
    by_the_machine = loop["longest_in_all_ms"] - loop["longest_ms"]
    is_judged = is_ours and loop["scheduler_is_known"] and by_the_machine < CROWDED_MS * slower
    print(f"the loop: {moments} moments, {late} later than {hardly_ever} ms, longest {loop['longest_ms']:.1f} ms"
          f" ({by_the_machine:.1f} ms more by the machine){'' if is_judged else '; not judged'}", file=sys.stderr)
    if not is_judged:
        return
    if loop["longest_ms"] > MOST_MS * slower:
        raise LoopStoodStill(f"the loop stood still for {loop['longest_ms']} ms: {loop}")
    if late > max(FEW, moments // 1000):
        raise LoopStoodStill(f"the loop was late at {late} of {moments} moments: {loop}")


def later_than(loop, most_ms):
    """Returns the number of moments that were later than that; the daemon counts by classes, and `most_ms` is one."""
    return sum(one["moments"] for one in loop["late"] if one["to_ms"] is None or one["to_ms"] > most_ms)


def _disturbances(pid):
    """Returns the ticks for which a host has given our processors to others, and how often the process had to wait for its
    own memory to come from a disk."""
    with open("/proc/stat", encoding="ascii") as stat:
        stolen = int(stat.readline().split()[8])
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stolen, int(stat.read().rsplit(")", 1)[1].split()[9])
    except OSError:
        return stolen, None  # it has ended
