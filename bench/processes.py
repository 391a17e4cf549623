"""The programs of the comparison as processes: started, seen to be ready, measured from outside, stopped."""

import contextlib
import json
import mmap
import os
import pathlib
import resource
import socket
import struct
import subprocess
import time

START_LIMIT_S = 10
REST_S = 0.05
CLOCKS_OF_OTHERS = 2  # CPUCLOCK_SCHED: the scheduler's own count, in nanoseconds


class Failure(Exception):
    """A program did not do what it should."""


def memory_kib(pid, kind):
    """Returns the memory of a process, of the kind "Rss" or "Pss"; nothing if the kernel does not report it."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1])
    return None


def resident_kib(pid):
    resident = memory_kib(pid, "Rss")
    if resident is None:
        raise Failure("the kernel does not report resident memory")
    return resident


def cpu_s(pid):
    """Returns the processor time of a process, without those that it has started."""
    return time.clock_gettime(~pid << 3 | CLOCKS_OF_OTHERS)


class Filter:
    """One of the filters, serving until the `with` block ends."""

    def __init__(self, program, settings, where, counter=None, descriptors=None):
        self.where = where
        command = [str(program), "-p", where, *settings]
        if counter is not None:
            command = [str(counter.program), str(counter.path), *command]
        self._process = subprocess.Popen(command, preexec_fn=lambda: limit_descriptors(descriptors))

    def __enter__(self):
        until = time.monotonic() + START_LIMIT_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise Failure(f"{self._process.args[0]} ended with status {self._process.returncode}")
            with contextlib.suppress(OSError), connection_to(self.where):
                return self
            time.sleep(0.01)
        self.__exit__()
        raise Failure(f"{self._process.args[0]} does not listen on {self.where}")

    def __exit__(self, *_):
        self._process.kill()  # libmilter takes five seconds to end by itself
        self._process.wait()
        if self.where.startswith("unix:"):
            pathlib.Path(self.where.removeprefix("unix:")).unlink(missing_ok=True)

    @property
    def pid(self):
        return self._process.pid

    def resident_kib(self):
        return resident_kib(self.pid)

    def cpu_s(self):
        return cpu_s(self.pid)


class Counter:
    """System calls of a program that runs under bench_count_syscalls."""

    def __init__(self, program, path):
        self.program = program
        self.path = path

    def calls(self):
        """Returns the calls until now, once the program is idle: it has to close connections that its clients left."""
        before, now = None, self._read()
        while now != before:
            time.sleep(REST_S)
            before, now = now, self._read()
        return now

    def _read(self):
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ) as page:
            return struct.unpack("=Q", page)[0]


def limit_descriptors(wanted):
    if wanted is not None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))


def connection_to(where):
    family, _, rest = where.partition(":")
    if family == "unix":
        made = socket.socket(socket.AF_UNIX)
        address = rest
    else:
        made = socket.socket(socket.AF_INET)
        port, _, host = rest.partition("@")
        address = (host, int(port))
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measured(command, limit_s):
    """Runs a program and returns the JSON that it prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise Failure(f"did not end within {limit_s} s: {' '.join(command)}") from None
    if done.returncode != 0:
        raise Failure(f"{done.stderr.strip()}: {' '.join(command)}")
    return json.loads(done.stdout)


def load(program, where, settings, **options):
    """Runs bench_load and returns what it measured."""
    limit = options.pop("timeout", 600)
    return measured([str(program), "-p", where, *settings, *words_of(options)], limit)


@contextlib.contextmanager
def idle_connections(program, where, settings, count, after):
    """Keeps `count` connections open and idle while the block runs."""
    command = [str(program), "-p", where, *settings, *words_of({"idle": count, "idle_after": after})]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if not holder.stdout.readline():
            raise Failure(f"{count} idle connections could not be opened: {' '.join(command)}")
        yield
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()


def words_of(options):
    words = []
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def load_average():
    return os.getloadavg()[0]


def stolen_s():
    """Returns the time that the host of a virtual machine gave to others while this one wanted to run."""
    steal = 8  # after "cpu": user, nice, system, idle, iowait, irq, softirq, steal
    return int(pathlib.Path("/proc/stat").read_text().split()[steal]) / os.sysconf("SC_CLK_TCK")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{os.cpu_count()} x {line.partition(':')[2].strip()}"
    return f"{os.cpu_count()} processors"
