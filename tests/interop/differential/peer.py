"""A filter under comparison: its process, and how it reacts to one stream."""

import dataclasses
import errno
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

import wire

_READY_SECONDS = 10
_SILENT_SECONDS = 20
_LOOK_SECONDS = 0.0002
_CLOSE_SECONDS = 1  # the contract permits this delay until an end of file is noticed


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The reaction to one item."""

    replies: tuple = ()  # packets without their lengths
    log: tuple = ()  # lines without the connection's number
    closed: bool = False

    def __str__(self):
        lines = [f"    ← {wire.shown(reply)}" for reply in self.replies]
        lines += [f"      log: {line}" for line in self.log]
        return "\n".join(lines + ["      closed"] * self.closed) or "    (nothing)"


class PeerBroke(Exception):
    """The process died, or never became idle."""


class Peer:
    def __init__(self, command, folder, name, profile):
        folder = pathlib.Path(folder)
        self._name = name
        self._address = str(folder / f"{name}.socket")
        log = folder / f"{name}.log"
        log.touch()
        self._log = os.open(log, os.O_RDONLY)
        self._logged = 0
        self._last_number = 0
        with open(folder / f"{name}.output", "wb") as output:
            self._process = subprocess.Popen(
                [*command, "--socket", f"unix:{self._address}", "--profile", profile, "--log", str(log)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._tasks = pathlib.Path(f"/proc/{self._process.pid}/task")
        self._status = {}
        end = time.monotonic() + _READY_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > end:
                raise PeerBroke(f"{command} does not listen")
            time.sleep(0.01)
        self._wait_idle()
        self._read_log()

    def stop(self):
        """Returns the exit status after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()

    def run(self, stream):
        """Returns the outcomes of the items in turn and of the end of file; fewer if the peer closed."""
        outcomes = []
        with self._connected() as connection:
            sizes = _cycle(stream.sizes)
            unread = b""
            for item in stream.items:
                try:
                    for piece in _pieces(item.octets, sizes):
                        connection.sendall(piece)
                except OSError as failure:
                    if failure.errno not in (errno.EPIPE, errno.ECONNRESET):
                        raise
                outcome, unread = self._outcome(connection, item, unread, stream.pause)
                outcomes.append(outcome)
                if outcome.closed:
                    return outcomes
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            outcome, unread = self._outcome(connection, None, unread, stream.pause)
            return [*outcomes, outcome]

    def run_at_once(self, stream):
        """Sends the whole stream in one write, followed by the end of file. Returns all replies as one outcome."""
        with self._connected() as connection:
            received = bytearray()
            octets = b"".join(item.octets for item in stream.items)
            connection.setblocking(False)
            poll = select.poll()
            poll.register(connection, select.POLLIN | (select.POLLOUT if octets else 0))
            if not octets:
                connection.shutdown(socket.SHUT_WR)
            end = time.monotonic() + _SILENT_SECONDS
            while True:
                if not poll.poll(1000) and time.monotonic() > end:
                    raise PeerBroke(f"{self._name} does not close after the end of file")
                if octets:
                    try:
                        octets = octets[connection.send(octets):]
                    except BlockingIOError:
                        pass
                    except OSError:
                        octets = b""
                    if not octets:
                        poll.modify(connection, select.POLLIN)
                        try:
                            connection.shutdown(socket.SHUT_WR)
                        except OSError:
                            pass
                try:
                    got = connection.recv(1 << 20)
                except BlockingIOError:
                    continue
                except ConnectionResetError:
                    got = b""
                if not got:
                    break
                received += got
        self._wait_idle()
        return Outcome(tuple(wire.split(bytes(received))[0]), self._read_log(), True)

    # Waiting without a clock.

    def _outcome(self, connection, item, unread, pause):
        """Reads until the answer is whole, the peer has closed, or it is idle, so that nothing more will come."""
        if item is not None and item.letter == "D" and item.payload:
            return Outcome(), unread  # it gets no answer and causes no callback
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        replies = []
        if item is None:
            pause = _CLOSE_SECONDS
        elif item.letter != "E":
            pause = 0
        believe_quiet = time.monotonic() + pause
        has_last_chunk = item is not None and item.letter == "E" and item.payload
        one_verdict = item is not None and item.letter in wire.ANSWERED and not has_last_chunk
        while True:
            if not poll.poll(0):
                if time.monotonic() < believe_quiet or not self._is_idle():
                    time.sleep(_LOOK_SECONDS)
                elif not poll.poll(0):
                    return Outcome(tuple(replies), self._read_log()), unread
                continue
            try:
                got = connection.recv(1 << 20)
            except ConnectionResetError:
                got = b""
            if not got:
                self._wait_idle()
                return Outcome(tuple(replies), self._read_log(), True), unread
            packets, unread = wire.split(unread + got)
            replies += packets
            # If one verdict is due, it is the last packet; anything after it would show at the next item.
            if one_verdict and not unread and replies and replies[-1][:1] and replies[-1][0] in wire.VERDICTS:
                return Outcome(tuple(replies), self._read_log()), unread

    def _wait_idle(self):
        end = time.monotonic() + _SILENT_SECONDS
        while not self._is_idle():
            if self._process.poll() is not None:
                raise PeerBroke(f"{self._name} ended with {self._process.returncode}")
            if time.monotonic() > end:
                raise PeerBroke(f"{self._name} never becomes idle")
            time.sleep(_LOOK_SECONDS)

    def _is_idle(self):
        """Returns whether all its threads sleep at one moment, so that it has processed all that was sent to it.

        A thread that sleeps at two looks, and was not scheduled in between, has slept all the time between them.
        """
        before = self._threads()
        return before is not None and before == self._threads()

    def _threads(self):
        """Returns {thread: how often it was scheduled}, or None if one is not asleep."""
        found = {}
        for task in os.listdir(self._tasks):
            try:
                status = (self._tasks / task / "status").read_bytes()
            except OSError:
                return None
            if b"\nState:\tS" not in status:
                return None
            found[task] = status[status.index(b"voluntary_ctxt_switches"):]
        return found or None

    def _read_log(self):
        """Returns the new lines. All belong to one connection; a new connection has the next number."""
        text = os.pread(self._log, 1 << 24, self._logged)
        self._logged += len(text)
        lines = []
        for line in text.decode().splitlines():
            number, _, event = line.partition(" ")
            if event.startswith("negotiate "):
                self._last_number += 1
            if int(number) != self._last_number:
                raise PeerBroke(f"{self._name}: connections are numbered from 1 in the order of negotiation,"
                                f" but {line!r} belongs to connection {self._last_number}")
            lines.append(event)
        return tuple(lines)

    def _connected(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        return connection

    def _accepts(self):
        try:
            self._connected().close()
        except OSError:
            return False
        return True


def _cycle(sizes):
    while True:
        yield from sizes


def _pieces(octets, sizes):
    start = 0
    while start < len(octets):
        size = next(sizes)
        yield octets[start:start + size]
        start += size
