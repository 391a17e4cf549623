"""What the comparisons of callouts share: their command line and namespaces, the mail server that all programs ask,
programs that run to their end, and the resources that all processes of a peer use."""

import argparse
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

from peers import namespaces, unpacked
from processes import Failure, measured, memory_kib, words_of
from table import add_options

HERE = pathlib.Path(__file__).resolve().parent
LIMIT_S = 300
REST_LIMIT_S = 30


def parse_command_line(description, programs):
    """`programs` maps each option to the program whose path it replaces."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, metavar="FOLDER", help="where the programs are",
                        default=HERE.parent / "build" / "bench" / "bin")
    for name, program in programs.items():
        parser.add_argument(f"--{name}", type=pathlib.Path, metavar="PROGRAM", help=f"instead of {program}")
    add_options(parser)
    options = parser.parse_args()
    for name, program in programs.items():
        if getattr(options, name) is None:
            setattr(options, name, options.binaries / program)
        if not getattr(options, name).exists():
            raise Failure(f"{getattr(options, name)} is missing; README.md says how to build it")
    return options


def enter_namespaces(peer, *packages):
    """Enters namespaces where they can be made and the packages exist. The peer and the other programs run in them, so
    that all have the same network."""
    missing = "no permission to make namespaces"
    if namespaces.available():
        try:
            unpacked.fetch(*packages)
            namespaces.enter()
        except subprocess.CalledProcessError:
            missing = "no package"
    if os.environ.get("CI") == "true":
        raise Failure(f"{missing}, so no {peer} to compare with")
    print(f"{missing}: no {peer} to compare with", file=sys.stderr)


class Server:
    """bench_callout_server, until the `with` block ends."""

    def __init__(self, program, port, *, silent=False, descriptors=1000):
        self.port = port
        self._process = subprocess.Popen(
            [program, *words_of({"port": port, "silent": int(silent), "descriptors": descriptors})],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.counted()  # it listens before it reads its input

    def counted(self):
        """Returns what was counted since the last call: {"connections": ..., "recipients": ...}."""
        with contextlib.suppress(BrokenPipeError):  # the end of its output shows it as well
            self._process.stdin.write("?\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failure(f"{self._process.args[0]} ended with status {self._process.wait()}")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Family:
    """The resources that a program and all its processes use."""

    def __init__(self, pid, door):
        """`door` is an address that it listens on, ("127.0.0.1", 25), or the path of a socket."""
        self._pid = pid
        self._door = door

    def rest(self):
        """Waits until the processes that served clients are gone, and their parent has counted their time."""
        end = time.monotonic() + REST_LIMIT_S
        while children := _children(self._pid):
            if time.monotonic() > end:
                raise Failure(f"these processes do not end:  {' '.join(map(_state, children))}")
            if all(_state(pid) == "Z" for pid in children):
                self._wake()
            time.sleep(0.02)

    def _wake(self):
        """The parent may miss the end of a child, and looks again when the next client connects."""
        family = socket.AF_INET if isinstance(self._door, tuple) else socket.AF_UNIX
        with socket.socket(family) as caller:
            caller.connect(self._door)

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        user = 11  # after the name: utime, stime, and those of children that ended
        return sum(map(int, fields[user:user + 4])) / os.sysconf("SC_CLK_TCK")

    def proportional_kib(self):
        return sum(map(_proportional_kib, self._all()))

    def count(self):
        return len(self._all())

    def _all(self):
        found = [str(self._pid)]
        for pid in found:
            found += _children(pid)
        return found


def _children(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return []


def _state(pid):
    """Returns the state of a process: "Z" if it has ended, "?" if it is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "?"


def _proportional_kib(pid):
    with contextlib.suppress(OSError):
        return memory_kib(pid, "Pss") or 0
    return 0


def call(program, **options):
    return measured([str(program), *words_of(options)], LIMIT_S)
