"""`testmta record` between an MTA and a filter of a few lines, and `testmta replay` of what it wrote."""

import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest
import xml.etree.ElementTree as xml

from processes import TESTMTA, run, tempfile
from cannot_run import only_where
from fake_filter import CONTINUE, FakeFilter, Raw, agreement, frame, reply

_SECONDS = 60
OFFER = b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF)
MESSAGE = [OFFER, b"Hclient.example\0", b"M<ann@a.example>\0", b"R<bob@b.example>\0", b"N", b"Bbody\r\n", b"E"]
FILTER = f"{os.environ['CONTRACT_FILTER']} --socket"


class Proxy:
    """`testmta record` to a socket spec, until it is ended."""

    def __init__(self, to, *options):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.file = self.folder / "out.mtr"
        self._to, self._options = to, options

    def __enter__(self):
        self._process = subprocess.Popen(
            [TESTMTA, "record", "--listen", "inet:0@127.0.0.1", "--to", self._to, "-o", self.file, *self._options],
            stderr=subprocess.PIPE, text=True)
        line = self._process.stderr.readline()
        found = re.fullmatch(r"listening at (inet:(\d+)@127.0.0.1)\n", line)
        assert found, line + self._process.stderr.read()
        self.spec, self._port = found[1], int(found[2])
        return self

    def connect(self):
        return socket.create_connection(("127.0.0.1", self._port), _SECONDS)

    def lines(self):
        """Returns the lines that are there, without times and comments."""
        text = self.file.read_text().replace("\\\n", "")
        return [re.sub(r"^(\d+) \d+us ", r"\1 ", line.split("#")[0].strip()) for line in text.splitlines()]

    def wait(self, count, pattern="closed"):
        """Waits until at least `count` lines contain `pattern`, and returns all."""
        end = time.monotonic() + _SECONDS
        while sum(pattern in line for line in self.lines()) < count:
            assert time.monotonic() < end, self.file.read_text()
            time.sleep(0.01)
        return self.lines()

    def end(self, number=signal.SIGTERM):
        self._process.send_signal(number)
        said = self._process.communicate(timeout=_SECONDS)[1]
        assert self._process.returncode == 0, said
        return said

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.end()
        self._folder.cleanup()


@contextlib.contextmanager
def listening(serve):
    """A filter that is not one: `serve(connection)` for the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def accept():
            connection, _ = server.accept()
            with connection:
                connection.settimeout(_SECONDS)
                serve(connection)
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"inet:{server.getsockname()[1]}@127.0.0.1"
        thread.join()


def everything(connection):
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


class Record(unittest.TestCase):
    def test_no_byte_is_changed(self):  # TM-101
        sent = os.urandom(300_000)
        for first in (b"", frame(MESSAGE[0]), b"\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n"):
            came = []

            def serve(connection):
                came.append(everything(connection))
                connection.sendall(sent[::-1])

            with listening(serve) as filter_, Proxy(filter_) as proxy:
                with proxy.connect() as mta:
                    threading.Thread(target=lambda: (mta.sendall(first + sent), mta.shutdown(socket.SHUT_WR))).start()
                    self.assertEqual(everything(mta), sent[::-1])
                self.assertEqual(came, [first + sent])
                recorded = {way: b"".join(bytes.fromhex(line.split(None, 2)[2].replace(" ", ""))
                                          for line in proxy.wait(2) if line[2:3] == way and "closed" not in line)
                            for way in "<>"}
                self.assertEqual(recorded, {">": first + sent, "<": sent[::-1]})

    @only_where(os.environ.get("VOUCH_SANITIZED") != "1")
    def test_it_adds_less_than_a_millisecond(self):  # TM-101
        def exchange(connect):
            with connect() as mta:
                mta.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                mta.sendall(frame(OFFER))
                mta.recv(100)
                times = []
                for _ in range(200):
                    begun = time.perf_counter()
                    mta.sendall(frame(b"Hclient.example\0"))
                    mta.recv(100)
                    times.append(time.perf_counter() - begun)
                mta.sendall(frame(b"Q"))
                return min(times)

        with FakeFilter() as filter_, Proxy(filter_.spec) as proxy:
            direct = exchange(lambda: socket.create_connection(("127.0.0.1", filter_.port), _SECONDS))
            self.assertLess(exchange(proxy.connect) - direct, 0.001)

    def test_a_frame_is_a_line(self):  # TM-101
        with FakeFilter({b"R": reply("550 5.1.1 no")}) as filter_, Proxy(filter_.spec) as proxy:
            with proxy.connect() as mta:
                for each in MESSAGE[:4]:
                    mta.sendall(frame(each))
                    mta.recv(100)
                mta.sendall(frame(b"B" + b"x" * 100) + frame(b"Q") + b"\0\0")
            lines = proxy.wait(2)
            self.assertEqual(lines[:3], ["recording 1", "1 > " + frame(OFFER).hex(), "1 < " + frame(agreement()).hex()])
            self.assertIn("1 > " + frame(MESSAGE[3]).hex(), lines)
            self.assertIn("1 > 0000", lines)
            text = proxy.file.read_text()
            self.assertIn("  # OFFER version 6 actions 0x1ff steps 0x1fffff\n", text)
            self.assertIn("  # REPLY 550 5.1.1 no\n", text)
            self.assertIn("  # bytes that are not a whole frame\n", text)
            self.assertLess(max(map(len, text.splitlines())), 300)
            self.assertIn("recorded 1 session\n", proxy.end())

    def test_sessions_at_the_same_time(self):  # TM-101
        with FakeFilter() as filter_, Proxy(filter_.spec) as proxy:
            with proxy.connect() as first, proxy.connect() as second:
                second.sendall(frame(OFFER))
                second.recv(100)
                first.sendall(frame(OFFER))
                first.recv(100)
            self.assertEqual([line[0] for line in proxy.wait(4)[1:5]], ["2", "2", "1", "1"])
            self.assertIn("recorded 2 sessions\n", proxy.end(signal.SIGINT))

    def test_more_sessions_than_a_thousand_are_refused(self):  # TM-101
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
        try:
            with socket.create_server(("127.0.0.1", 0), backlog=2000) as filter_, contextlib.ExitStack() as stack, \
                    Proxy(f"inet:{filter_.getsockname()[1]}@127.0.0.1") as proxy:
                for _ in range(1000):
                    mta = proxy.connect()
                    stack.callback(mta.close)
                    mta.sendall(frame(OFFER))
                proxy.wait(1000, ">")
                with proxy.connect() as last, contextlib.suppress(ConnectionResetError):
                    self.assertEqual(last.recv(1), b"")
                mta.close()
                proxy.wait(1)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_a_filter_that_is_not_there(self):  # TM-101
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with Proxy(f"inet:{port}@127.0.0.1") as proxy:
            with proxy.connect() as mta:
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(everything(mta), b"")
            self.assertIn(f"session 1: cannot connect to inet:{port}@127.0.0.1: Connection refused", proxy.end())

    def test_a_unix_socket_and_standard_output(self):  # TM-101
        with tempfile.TemporaryDirectory() as folder, FakeFilter() as filter_:
            path = pathlib.Path(folder, "socket")
            with subprocess.Popen([TESTMTA, "record", "--listen", f"unix:{path}", "--to", filter_.spec, "--socket-mode",
                                   "0666"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                process.stderr.readline()
                self.assertEqual(path.stat().st_mode & 0o777, 0o666)
                with socket.socket(socket.AF_UNIX) as mta:
                    mta.connect(str(path))
                    mta.sendall(frame(OFFER))
                    mta.recv(100)
                lines = [process.stdout.readline() for _ in range(5)]
                self.assertEqual(lines[0], "recording 1\n")
                self.assertRegex(lines[1], r"^1 \d+us > 0000000d4f")
                process.terminate()

    def test_what_is_wrong_with_the_command(self):  # TM-101
        good = ("--listen", "inet:0@127.0.0.1", "--to", "inet:1@127.0.0.1")
        self.assertIn("-o: /nowhere/at/all: No such file", run("record", *good, "-o", "/nowhere/at/all", status=2))
        self.assertIn("--to: \"x\" is not a socket", run("record", *good[:2], "--to", "x", status=2))
        self.assertIn("cannot listen at unix:/nowhere/at/all", run("record", "--listen", "unix:/nowhere/at/all",
                                                                    *good[2:], status=2))
        self.assertIn("--socket-mode", run("record", *good, "--socket-mode", "x", status=2))


def recording(*lines):
    """Returns a recording of one session: `> payload` and `< payload`, or a text as it is."""
    text = "recording 1\n"
    for way, payload in lines:
        octets = payload if payload == "closed" else (payload if isinstance(payload, Raw) else frame(payload)).hex()
        text += f"1 0us {way} {octets}\n"
    return text


def dialogue(*, answers=None, ends=True):
    """The lines of a message to a FakeFilter with these answers."""
    lines = []
    for each in MESSAGE:
        lines.append((">", each))
        told = (answers or {}).get(each[:1], agreement() if each[:1] == b"O" else CONTINUE)
        lines += [("<", one) for one in (told if isinstance(told, list) else [told])]
    return lines + ([(">", b"Q"), (">", "closed"), ("<", "closed")] if ends else [])


def replay(text, *options, answers=None, status=0):
    with tempfile.TemporaryDirectory() as folder, FakeFilter(answers) as filter_:
        pathlib.Path(folder, "in.mtr").write_text(text)
        said = run("replay", "in.mtr", "--milter", filter_.spec, *options, status=status, cwd=folder)
    return said, filter_.heard


class Replay(unittest.TestCase):
    def test_the_same_filter_passes(self):  # TM-102
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "test.mts").write_text(
                'test "a"\nuse hello\nmail <a@b>\nrcpt <b@c>\ndata\nheader X-Contract "add-header X-New yes"\neoh\n'
                'body fill 70000\neom\nmail <a@b>\nrcpt <b@c>\nabort\nquit\nend\ntest "b"\nuse hello\nclose\nend\n')
            specs = [f"unix:{folder}/{name}" for name in ("first", "second")]
            with subprocess.Popen(f"exec {FILTER} {specs[0]}", shell=True) as first:
                try:
                    while not pathlib.Path(folder, "first").exists():
                        time.sleep(0.01)
                    with Proxy(specs[0]) as proxy:
                        run("run", "test.mts", "--milter", proxy.spec, "--dialect", "postfix", cwd=folder)
                        proxy.wait(4)
                        proxy.end()
                        for mode in ("answers", "strict", "none"):
                            said = run("replay", proxy.file, "--milter", specs[1], "--start", f"{FILTER} {specs[1]}",
                                       "--compare", mode)
                            self.assertIn("ok 1 - session 1\nok 2 - session 2\nok 3 - the filter ends well", said)
                finally:
                    first.terminate()

    def test_the_mta_says_what_it_said(self):  # TM-102
        _, heard = replay(recording(*dialogue()))
        self.assertEqual(heard, [[*MESSAGE, b"Q"]])

    def test_an_answer_that_differs_is_shown_with_its_place(self):  # TM-102
        said, _ = replay(recording(*dialogue()), answers={b"R": b"t"}, status=1)
        self.assertIn("not ok 1 - session 1\n  in.mtr:9:1: expected CONTINUE, got TEMPFAIL\n", said)
        self.assertIn("> RCPT <bob@b.example>", said)

    def test_what_differs_in_which_mode(self):  # TM-102
        told = {b"R": reply("550 5.1.1 no"), b"E": [b"hX\0a\0", b"c"]}
        text = recording(*dialogue(answers=told))
        for other, modes in (({b"R": reply("550 5.7.1 never")}, ("strict",)),
                             ({b"R": reply("450 4.1.1 no")}, ("strict", "answers")),
                             ({b"E": [b"hY\0b\0", b"c"]}, ("strict",)),
                             ({b"E": [b"qX\0", b"c"]}, ("strict", "answers")),
                             ({b"E": [b"c"]}, ("strict", "answers", "none")),
                             ({b"E": [b"p", b"p", b"hX\0a\0", b"c"]}, ("strict",)),
                             ({b"O": agreement(1)}, ("strict", "answers")),
                             ({b"O": agreement() + b"\0\0\0\x01i\0"}, ("strict",)),
                             ({b"H": None}, ("strict", "answers", "none"))):
            for mode in ("strict", "answers", "none"):
                with self.subTest(other=other, mode=mode):
                    replay(text, "--compare", mode, "--timeout", "300ms" if mode == "none" else "30s",
                           answers={**told, **other}, status=int(mode in modes))

    def test_progress_that_was_recorded_need_not_come(self):  # TM-102
        text = recording(*dialogue(answers={b"E": [b"p", b"p", b"c"]}))
        replay(text)
        replay(text, "--compare", "strict", status=1)

    def test_words_that_are_ignored(self):  # TM-102
        told = {b"R": reply("550 5.1.1 id=123 no")}
        options = ("--compare", "strict", "--ignore", r"id=\d+", "--ignore", "yes|no")
        replay(recording(*dialogue(answers=told)), *options, answers={b"R": reply("550 5.1.1 id=4 yes")})
        replay(recording(*dialogue(answers=told)), *options, answers={b"R": reply("550 5.1.1 id=x no")}, status=1)

    def test_a_filter_that_says_more_or_nothing(self):  # TM-102
        said, _ = replay(recording(*dialogue()), answers={b"E": [b"c", b"c"]}, status=1)
        self.assertIn("expected the end of the connection, got CONTINUE", said)
        said, _ = replay(recording(*dialogue(ends=False)), "--timeout", "100ms", answers={b"H": []}, status=1)
        self.assertIn("expected CONTINUE, got nothing within 100ms", said)
        said, _ = replay(recording(*dialogue()), answers={b"M": None}, status=1)
        self.assertIn("expected CONTINUE, got the connection closed", said)
        said, _ = replay(recording(*dialogue()), answers={b"M": Raw(b"\0\0\0\0")}, status=1)
        self.assertIn("expected CONTINUE, got ", said)

    def test_bytes_that_are_not_frames(self):  # TM-102
        text = recording((">", OFFER), ("<", agreement()), (">", Raw(b"\0\0\0\0")), ("<", "closed"))
        replay(text)
        text = recording((">", OFFER), ("<", agreement()), (">", b"Hx\0"), ("<", Raw(b"\0\0\0\0")))
        replay(text, answers={b"H": Raw(b"\0\0\0\0")})
        said, _ = replay(text, status=1)
        self.assertIn("expected bytes that are not a frame, got CONTINUE", said)

    def test_pauses_are_kept_if_wanted(self):  # TM-102
        text = recording((">", OFFER), ("<", agreement())) + f"1 300000us > {frame(b'Q').hex()}\n1 300000us < closed\n"
        begun = time.monotonic()
        replay(text, "--pauses")
        self.assertGreaterEqual(time.monotonic() - begun, 0.3)

    def test_sessions_one_after_the_other_or_one(self):  # TM-102
        text = recording((">", OFFER), ("<", agreement()), (">", b"Ha\0")) + f"7 0us > {frame(OFFER).hex()}\n" \
            + f"1 5us < {frame(CONTINUE).hex()}\n7 9us < {frame(agreement()).hex()}\n"
        said, heard = replay(text)
        self.assertIn("1..2\nok 1 - session 1\nok 2 - session 7\n", said)
        self.assertEqual(heard, [[OFFER, b"Ha\0"], [OFFER]])
        said, heard = replay(text, "--session", 7)
        self.assertIn("1..1\nok 1 - session 7\n", said)
        self.assertEqual(heard, [[OFFER]])
        said, _ = replay(text, "--session", 2, status=2)
        self.assertIn("--session: the recording has no session 2", said)

    def test_reports_for_programs(self):  # TM-102
        with tempfile.TemporaryDirectory() as folder, FakeFilter({b"R": b"t"}) as filter_:
            path = pathlib.Path(folder)
            (path / "in.mtr").write_text(recording(*dialogue()))
            said = run("replay", "in.mtr", "--milter", filter_.spec, "--tap", "--junit", "out.xml", status=1, cwd=path)
            self.assertIn("TAP version 14\n1..1\nnot ok 1 - session 1\n", said)
            self.assertEqual(len(xml.parse(path / "out.xml").getroot().findall(".//failure")), 1)

    def test_no_filter(self):  # TM-102
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "in.mtr").write_text(recording(*dialogue()))
            said = run("replay", "in.mtr", "--milter", f"unix:{folder}/none", status=3, cwd=folder)
            self.assertIn("Bail out! the filter cannot be reached at unix:", said)
            said = run("replay", "in.mtr", "--milter", f"unix:{folder}/none", "--wait-for", "50ms", status=3, cwd=folder)
            self.assertIn("Bail out!", said)

    def test_mistakes(self):  # TM-102
        for text, said in (
                ("", "in.mtr:1:1: this is not a recording; expected \"recording 1\""),
                ("test x\nend\n", "in.mtr:1:1: this is not a recording"),
                ("recording 2\n", "expected version 1 of recordings"),
                ("recording 1\n", "the recording has no session"),
                ("recording 1\nx 0us > 00\n", "in.mtr:2:1: \"x\" is not allowed here; expected the number of a session"),
                ("recording 1\n0 0us > 00\n", "in.mtr:2:1:"),
                ("recording 1\n1 5s > 00\n", "in.mtr:2:3: \"5s\" is not a time of a frame"),
                ("recording 1\n1 -1us > 00\n", "in.mtr:2:3: "),
                ("recording 1\n1 0us = 00\n", "in.mtr:2:7: \"=\" is not a direction"),
                ("recording 1\n1 0us > 0\n", "in.mtr:2:9: "),
                ("recording 1\n1 0us > 00 closed\n", "in.mtr:2:12: "),
                ("recording 1\n1 0us >\n", "in.mtr:2:8: ")):
            with self.subTest(text):
                got, heard = replay(text, status=2)
                self.assertIn(said, got)
                self.assertEqual(heard, [])

    def test_options_that_are_wrong(self):  # TM-102
        text = recording(*dialogue())
        self.assertIn("--compare: \"x\" is not a choice", replay(text, "--compare", "x", status=2)[0])
        self.assertIn("--ignore: \"(\" is not a regular expression",
                      replay(text, "--compare", "strict", "--ignore", "(", status=2)[0])
        self.assertIn("--ignore: only \"--compare strict\"", replay(text, "--ignore", "x", status=2)[0])
        self.assertIn("--timeout", replay(text, "--timeout", "x", status=2)[0])
        self.assertIn("No such file", run("replay", "/nowhere", "--milter", "inet:1@127.0.0.1", status=2))


if __name__ == "__main__":
    unittest.main()
