"""`testmta filter`: scripts with the roles turned, played to MTAs of a few lines and to `testmta run`."""

import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import stat
import struct
import subprocess
import unittest
import xml.etree.ElementTree as xml

from processes import TESTMTA, run, tempfile
from fake_filter import frame

_SECONDS = 60
OFFER = b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF)
CLIENT = b"Cclient.example.org\0004" + struct.pack(">H", 40000) + b"192.0.2.7\0"
ENVELOPE = [OFFER, CLIENT, b"Hclient.example.org\0", b"M<ann@a.example>\0SIZE=100\0"]
BOB, CAROL = b"R<bob@b.example>\0", b"R<carol@b.example>\0"
CONTENT = [b"T", b"LSubject\0hello\0", b"N", b"Bbody\r\n"]
END, QUIT, ABORT = b"E", b"Q", b"A"


class Mta:
    """One milter connection of an MTA."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self._socket.settimeout(_SECONDS)
        self._socket.connect(address)
        self._file = self._socket.makefile("rb")

    def send(self, *payloads):
        with contextlib.suppress(OSError):
            self._socket.sendall(b"".join(frame(each) for each in payloads))

    def read(self):
        """Returns the next frame's payload, or what it is instead."""
        try:
            head = self._file.read(4)
            if len(head) < 4:
                return "closed" if not head else f"{len(head)} bytes"
            (size,) = struct.unpack(">I", head)
            payload = self._file.read(size)
            return payload if len(payload) == size else f"{4 + len(payload)} bytes"
        except ConnectionResetError:
            return "reset"

    def ask(self, *payloads):
        """Sends each, and returns the answers."""
        answers = []
        for each in payloads:
            self.send(each)
            answers.append(self.read())
        return answers

    def rest(self):
        """Returns everything up to the end."""
        found = []
        while isinstance(found[-1] if found else b"", bytes):
            found.append(self.read())
        return found

    def close(self):
        self._file.close()
        self._socket.close()


class Filter:
    """`testmta filter` on a script, until the context is left."""

    def __init__(self, script, *options, status=0, listen=None):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        (self.folder / "test.mts").write_text(script)
        self.path = self.folder / "socket"
        self._listen = listen or f"unix:{self.path}"
        self._options, self._status = options, status
        self.text = ""

    def __enter__(self):
        self._process = subprocess.Popen(
            [TESTMTA, "filter", "test.mts", "--listen", self._listen, *map(str, self._options)],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self._process.stdout:
            self.text += line
            if line.startswith("# listening at "):
                self._at = line.split()[-1]
                return self
        raise AssertionError(f"it does not listen: {self.text}")

    def connect(self):
        port = re.fullmatch(r"inet:(\d+)@127.0.0.1", self._at)
        return Mta(("127.0.0.1", int(port[1])) if port else str(self.path))

    def wait(self):
        """Waits until it ends by itself. Returns what it printed."""
        self.text += self._process.communicate(timeout=_SECONDS)[0]
        assert self._process.returncode == self._status, f"status {self._process.returncode}: {self.text}"
        return self.text

    def signal(self, number=signal.SIGTERM):
        self._process.send_signal(number)

    def __exit__(self, *what):
        if self._process.poll() is None and self._process.stdout is not None and not self._process.stdout.closed:
            self.signal()
            self.text += self._process.communicate(timeout=_SECONDS)[0]
        self._folder.cleanup()


def play(lines, *sent, options=(), status=0, ends=True):
    """Plays a test of these lines to an MTA that sends these frames, one after the other. Returns the answers to
    each of them, the rest, and what was printed."""
    script = 'test "it"\n' + lines + "\nend\n"
    with Filter(script, "--once", *options, status=status) as filter_:
        mta = filter_.connect()
        answers = mta.ask(*sent)
        if ends:
            mta.send(QUIT)
        rest = mta.rest()
        mta.close()
        return answers, rest, filter_.wait()


class Answers(unittest.TestCase):
    def test_what_no_line_awaits_is_answered_with_continue(self):  # TM-134
        answers, rest, said = play("", *ENVELOPE, BOB, *CONTENT, END)
        self.assertEqual(answers[0], b"O" + struct.pack(">III", 6, 0x1FF, 0))
        self.assertEqual(answers[1:], [b"c"] * 9)
        self.assertEqual(rest, ["closed"])
        self.assertIn("ok 1 - it\n", said)

    def test_a_line_awaits_its_event_and_gives_its_answer(self):  # TM-134
        answers, *_ = play("rcpt <carol@b.example> -> reply 550 5.1.1 \"100% unknown\"", *ENVELOPE, BOB, CAROL, BOB)
        self.assertEqual(answers[4:], [b"c", b"y550 5.1.1 100%% unknown\0", b"c"])

    def test_a_word_alone_awaits_any_event_of_its_kind(self):  # TM-134
        answers, *_ = play("connect\nhelo -> accept\nmail -> tempfail\nrcpt -> discard\ndata -> reject\n"
                           "header Subject -> skip\neoh -> conn-fail\nbody -> shutdown\neom -> reject",
                           *ENVELOPE, BOB, *CONTENT, END)
        self.assertEqual(answers[1:], [b"c", b"a", b"t", b"d", b"r", b"s", b"f", b"4", b"r"])

    def test_what_an_event_says_is_compared(self):  # TM-134
        for line, sent in (("connect client.example.org 192.0.2.7", CLIENT),
                           ("connect client.example.org 192.0.2.7 port 40000", CLIENT),
                           ("helo client.example.org", ENVELOPE[2]), ("mail <ann@a.example>", ENVELOPE[3]),
                           ("mail <ann@a.example> SIZE=100", ENVELOPE[3]), ("header subject hello", CONTENT[1]),
                           ("body \"body\\r\\n\"", CONTENT[3]), ("unknown \"XYZ 1\"", b"UXYZ 1\0")):
            with self.subTest(line):
                answers, _, said = play(line + " -> tempfail", OFFER, sent)
                self.assertEqual(answers[1:], [b"t"], said)
        for line, sent in (("connect client.example.org 192.0.2.8", CLIENT),
                           ("connect client.example.org 192.0.2.7 port 4", CLIENT),
                           ("helo other", ENVELOPE[2]), ("mail <ann@a.example> SIZE=1", ENVELOPE[3]),
                           ("header Subject other", CONTENT[1]), ("body \"x\"", CONTENT[3])):
            with self.subTest(line):
                answers, _, said = play(line + " -> tempfail", OFFER, sent, status=1)
                self.assertEqual(answers[1:], [b"c"], said)
                self.assertIn("expected this event, got QUIT", said)

    def test_edits_and_progress_leave_before_the_answer(self):  # TM-134
        lines = ("eom -> continue, action add-header A b, action insert-header 3 C d, action insert-header E f,"
                 " action change-header 2 G h, action delete-header I, action replace-body \"new\","
                 " action change-from <x@y>, action change-from <x@y> SIZE=1, action add-rcpt <r@s>,"
                 " action add-rcpt <r@s> NOTIFY=NEVER, action delete-rcpt <t@u>, action quarantine why,"
                 " progress, progress == 2")
        answers, rest, _ = play(lines, *ENVELOPE, BOB, *CONTENT, END)
        self.assertEqual(answers[-1:] + rest, [
            b"hA\0b\0", b"i\0\0\0\x03C\0d\0", b"i\0\0\0\0E\0f\0", b"m\0\0\0\x02G\0h\0", b"m\0\0\0\x01I\0\0",
            b"bnew", b"e<x@y>\0", b"e<x@y>\0SIZE=1\0", b"+<r@s>\0", b"2<r@s>\0NOTIFY=NEVER\0", b"-<t@u>\0",
            b"qwhy\0", b"p", b"p", b"p", b"c", "closed"])

    def test_a_reply_of_several_lines(self):  # TM-134
        answers, *_ = play("rcpt -> reply 550 5.7.1 <<T\none\n\nthree\nT", *ENVELOPE, BOB)
        self.assertEqual(answers[-1], b"y550-5.7.1 one\r\n550-5.7.1 \r\n550 5.7.1 three\0")

    def test_the_agreement_is_what_the_script_says(self):  # TM-134
        answers, *_ = play("negotiate version 6 actions all -> negotiated version 4 actions none steps +no-helo +skip",
                           OFFER)
        self.assertEqual(answers, [b"O" + struct.pack(">III", 4, 0, 0x402)])
        answers, *_ = play("negotiate -> negotiated actions 0xffffffff steps 0x80000000", OFFER)
        self.assertEqual(answers, [b"O" + struct.pack(">III", 6, 0xFFFFFFFF, 0x80000000)])

    def test_an_event_that_needs_no_answer_gets_none_unless_the_script_has_one(self):  # TM-134
        with Filter('test "it"\nnegotiate -> negotiated steps +no-reply-helo +no-reply-mail +no-reply-rcpt\nhelo\n'
                    "mail -> reject\nend\n", "--once") as filter_:
            mta = filter_.connect()
            mta.ask(OFFER, CLIENT)
            mta.send(*ENVELOPE[2:], BOB, QUIT)
            self.assertEqual(mta.rest(), [b"r", "closed"])
            mta.close()
            filter_.wait()

    def test_without_implied_answers_an_mta_waits(self):  # TM-134
        with Filter('test "it"\nimplicit none\nmail -> tempfail\nend\n', "--once") as filter_:
            mta = filter_.connect()
            mta.ask(OFFER)
            mta.send(*ENVELOPE[1:], BOB, QUIT)
            self.assertEqual(mta.rest(), [b"t", "closed"])
            mta.close()
            filter_.wait()

    def test_macros_that_must_have_come(self):  # TM-134
        macros = b"DMi\0A1\0{auth_authen}\0bob\0"
        lines = "macro mail i=A1 {auth_authen}=bob\nmail -> tempfail"
        with Filter(f'test "it"\n{lines}\nend\n', "--once") as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE[:3])
            mta.send(macros)
            self.assertEqual(mta.ask(ENVELOPE[3]), [b"t"])
            mta.close()
            filter_.wait()
        _, _, said = play(lines, *ENVELOPE[:3], ENVELOPE[3], status=1)
        self.assertIn("expected the macro i=A1, got no such macro", said)

    def test_lines_by_what_was_negotiated_and_captured(self):  # TM-134
        lines = ("if negotiated skip\nhelo -> reject\nelse\nhelo -> tempfail\nend\n"
                 "header Subject\ncapture word \"h(.*)\" from header Subject\neoh -> reply 450 \"${word}\"\n"
                 "body\ncapture first \"^(..)\" from body\neom -> reply 450 \"${first}\"")
        answers, *_ = play(lines, *ENVELOPE, BOB, *CONTENT, END)
        self.assertEqual(answers[2], b"t")
        self.assertEqual((answers[7], answers[9]), (b"y450 ello\0", b"y450 bo\0"))
        _, _, said = play("header Subject\ncapture word \"(x)\" from header Subject", *ENVELOPE, BOB, *CONTENT,
                          status=1)
        self.assertIn('expected a match of "(x)", got "hello"', said)

    def test_a_script_is_played_from_either_side(self):  # TM-139
        script = """
            test "it"
              use hello
              mail <alice@example.org>
              rcpt <bob@example.net> -> reply 550 5.1.1 "no %d such user"
              rcpt <carol@example.net>
              message <<M
            Subject: hi

            body
            M
              eom -> accept, progress == 2, action add-header "X-Seen" "yes", action quarantine "why"
              quit
            end"""
        script = "\n".join(line.strip() for line in script.splitlines())
        with Filter(script, "--once") as filter_:
            said = run("run", "--dialect", "postfix", "--milter", f"unix:{filter_.path}", "test.mts",
                       cwd=filter_.folder)
            self.assertIn("ok 1 - it", said)
            self.assertIn("ok 1 - it", filter_.wait())


class Faults(unittest.TestCase):
    def test_bytes_and_frames_as_they_are(self):  # TM-135
        with Filter('test "it"\nrcpt -> nothing\nframe y "550"\nframe X 00ff "a" fill 3\nbytes 01 02\nclose\nend\n',
                    "--once") as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE)
            mta.send(BOB)
            found = mta.rest()
            self.assertEqual((found[0], found[1][:4], len(found[1]), found[2]),
                             (b"y550", b"X\0\xffa", 7, "2 bytes"))
            mta.close()
            filter_.wait()

    def _ends(self, lines, *sent, listen=None):
        with Filter(f'test "it"\n{lines}\nend\n', "--once", listen=listen) as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE)
            mta.send(*sent)
            found = mta.rest()
            mta.close()
            return found, filter_.wait()

    def test_ends_of_the_connection(self):  # TM-135
        self.assertEqual(self._ends("rcpt -> closed", BOB)[0], ["closed"])
        self.assertEqual(self._ends("rcpt -> nothing\nreset", BOB, listen="inet:0@127.0.0.1")[0],
                         ["reset"])
        self.assertEqual(self._ends("rcpt -> nothing\ndrop", BOB)[0], ["closed"])
        self.assertEqual(self._ends("rcpt\nhalf-close", BOB)[0], [b"c", "closed"])
        with Filter('test "it"\ndrop after 6\nnegotiate\nend\n', "--once") as filter_:
            mta = filter_.connect()
            self.assertEqual(mta.ask(OFFER), ["6 bytes"])
            mta.close()
            filter_.wait()
        for size in (0, 3, 9):
            self.assertEqual(self._ends(f"drop after {size}\nrcpt -> reply 550 no", BOB)[0],
                             [f"{size} bytes" if size else "closed"])

    def test_writes_in_pieces_and_together(self):  # TM-135
        self.assertEqual(self._ends("write split each 1\nrcpt -> reply 550 no", BOB, QUIT)[0],
                         [b"y550 no\0", "closed"])
        self.assertEqual(self._ends("rcpt -> nothing\ntogether\nframe c\nframe r\nend", BOB, QUIT)[0],
                         [b"c", b"r", "closed"])

    def test_frames_changed_at_random_are_the_same_for_the_same_seed(self):  # TM-135
        lines = "fuzz seed 7 rate 100\nrcpt -> reply 550 5.7.1 \"a text\"\nclose"
        first, second = self._ends(lines, BOB)[0], self._ends(lines, BOB)[0]
        self.assertEqual(first, second)
        self.assertNotEqual(first, [b"y550 5.7.1 a text\0", "closed"])

    def test_nothing_is_read_for_a_while(self):  # TM-135
        found, said = self._ends("rcpt\npause-reading 50ms\ndata -> tempfail", BOB, b"T", QUIT)
        self.assertEqual(found, [b"c", b"t", "closed"], said)


class Judged(unittest.TestCase):
    """What an MTA does that the script does not expect."""

    def test_an_mta_that_ends_too_early(self):  # TM-136
        for sent, got in (((QUIT,), "got QUIT"), ((), "got the connection closed after HELO client.example.org")):
            with Filter('test "it"\nmail\nrcpt -> reject\nend\n', "--once", status=1) as filter_:
                mta = filter_.connect()
                mta.ask(*ENVELOPE[:3])
                mta.send(*sent)
                mta.close()
                said = filter_.wait()
                self.assertIn("not ok 1 - it\n  test.mts:2:1: expected this event, " + got, said)
                self.assertIn("before the first message", said)

    def test_an_mta_that_is_silent(self):  # TM-136
        with Filter('test "it"\nmail\nend\n', "--once", "--timeout", "100ms", status=1) as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE[:2])
            self.assertIn("expected this event, got nothing within 100ms", filter_.wait())
            mta.close()

    def test_a_limit_for_one_event(self):  # TM-136
        with Filter('test "it"\ntimeout mail 100ms\nmail\nend\n', "--once", status=1) as filter_:
            mta = filter_.connect()
            self.assertIn("expected this event, got nothing within 100ms", filter_.wait())
            mta.close()

    def test_what_is_not_a_milter(self):  # TM-136
        for sent, got in ((b"GET / HTTP/1.1\r\n\r\n", "longer"), (frame(b"M<a@b>\0"), "expected an offer, got MAIL <a@b>"),
                          (frame(b"Z"), "expected a command of an MTA, got"),
                          (frame(b"Oxx"), "expected an offer of 12 bytes or more, got 2 bytes")):
            with Filter('test "it"\nhelo\nend\n', "--once", status=1) as filter_:
                mta = filter_.connect()
                mta._socket.sendall(sent)
                said = filter_.wait()
                self.assertIn("not ok 1", said)
                if got != "longer":
                    self.assertIn(got, said)
                mta.close()

    def test_the_end_that_an_mta_must_come_to(self):  # TM-136
        with Filter('test "it"\nrcpt -> nothing\nexpect closed within 30s\nend\n', "--once") as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE)
            mta.send(BOB, ABORT, QUIT)
            mta.close()
            filter_.wait()
        for expectation, then, got in (
                ("closed within 30s", CAROL, "expected closed, got RCPT <carol@b.example>"),
                ("closed within 100ms", None, "expected closed, got nothing within 100ms"),
                ("nothing within 30s", CAROL, "expected nothing within 30s, got RCPT <carol@b.example>")):
            with self.subTest(expectation):
                with Filter(f'test "it"\nrcpt -> nothing\nexpect {expectation}\nend\n', "--once",
                            status=1) as filter_:
                    mta = filter_.connect()
                    mta.ask(*ENVELOPE)
                    mta.send(BOB, *([then] if then else []))
                    self.assertIn(got, filter_.wait())
                    mta.close()

    def test_what_an_mta_did_not_offer(self):  # TM-136
        with Filter('test "it"\nneeds action quarantine\nmail -> reject\nend\n', "--once", status=77) as filter_:
            mta = filter_.connect()
            self.assertEqual(mta.ask(b"O" + struct.pack(">III", 6, 0x1F, 0x1FFFFF), CLIENT, ENVELOPE[2], ENVELOPE[3])[1:],
                             [b"c"] * 3)
            mta.send(QUIT)
            mta.close()
            self.assertIn("ok 1 - it # SKIP ", filter_.wait())


class Serving(unittest.TestCase):
    SCRIPT = 'test "first"\nmail -> reject\nend\ntest "second"\nmail -> tempfail\nend\n'

    def test_connections_get_the_tests_in_turn(self):  # TM-138
        with Filter(self.SCRIPT) as filter_:
            answers = []
            for _ in range(3):
                mta = filter_.connect()
                answers += mta.ask(*ENVELOPE)[3:]
                mta.close()
            self.assertEqual(answers, [b"r", b"t", b"r"])
            filter_.signal()
            said = filter_.wait()
            self.assertEqual([line for line in said.splitlines() if line.startswith("ok")],
                             ["ok 1 - first", "ok 2 - second", "ok 3 - first"])

    def test_connections_at_the_same_time(self):  # TM-138
        with Filter(self.SCRIPT, "--once") as filter_:
            first, second = filter_.connect(), None
            self.assertEqual(first.ask(OFFER)[0][:1], b"O")
            second = filter_.connect()
            self.assertEqual(second.ask(*ENVELOPE)[3], b"t")
            self.assertEqual(first.ask(*ENVELOPE[1:])[2], b"r")
            first.close()
            second.close()
            self.assertEqual(filter_.wait().splitlines()[0], "1..2")

    def test_more_connections_than_a_thousand_are_refused(self):  # TM-138
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        try:
            with Filter(self.SCRIPT) as filter_, contextlib.ExitStack() as stack:
                for _ in range(1000):
                    mta = filter_.connect()
                    stack.callback(mta.close)
                self.assertEqual(mta.ask(OFFER)[0][:1], b"O")
                last = filter_.connect()
                self.assertEqual(last.read(), "closed")
                last.close()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_some_tests_are_chosen(self):  # TM-138
        with Filter(self.SCRIPT, "--once", "--only", "sec*") as filter_:
            mta = filter_.connect()
            self.assertEqual(mta.ask(*ENVELOPE)[3], b"t")
            mta.close()
            self.assertIn("1..1", filter_.wait())

    def test_reports_for_programs(self):  # TM-138
        with Filter(self.SCRIPT, "--once", "--tap", "--junit", "out.xml", status=1) as filter_:
            for sent in (ENVELOPE, ENVELOPE[:2]):
                mta = filter_.connect()
                mta.ask(*sent)
                mta.close()
            said = filter_.wait()
            self.assertIn("TAP version 14\n1..2\n", said)
            self.assertIn("not ok 2 - second", said)
            suite = xml.parse(filter_.folder / "out.xml").getroot()
            self.assertEqual(len(suite.findall(".//testcase")), 2)
            self.assertEqual(len(suite.findall(".//failure")), 1)

    def test_an_interruption_before_all_were_played(self):  # TM-138
        with Filter(self.SCRIPT, "--once", status=1) as filter_:
            filter_.signal(signal.SIGINT)
            self.assertIn("Bail out! interrupted", filter_.wait())

    def test_where_it_listens_is_told(self):  # TM-138
        with tempfile.TemporaryDirectory() as folder:
            ready = pathlib.Path(folder, "ready")
            with Filter(self.SCRIPT, "--ready-file", ready, "--socket-mode", "0666") as filter_:
                self.assertEqual(ready.read_text(), f"unix:{filter_.path}\n")
                self.assertEqual(stat.S_IMODE(os.stat(filter_.path).st_mode), 0o666)
                filter_.signal()
                filter_.wait()
                self.assertFalse(filter_.path.exists())
            self.assertFalse(ready.exists())

    def test_a_free_port_and_the_socket_of_the_script(self):  # TM-138
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "test.mts").write_text("milter inet:0@127.0.0.1\n" + self.SCRIPT)
            with subprocess.Popen([TESTMTA, "filter", "test.mts"], cwd=folder, stdout=subprocess.PIPE,
                                  text=True) as process:
                self.assertRegex(process.stdout.readline(), r"^# listening at inet:[1-9]\d*@127.0.0.1\n$")
                process.terminate()

    def test_secrets_are_not_shown(self):  # TM-138
        with Filter('test "it"\nmail\nend\n', "--once", "--transcript", "always", "--hide", "{auth_authen}") as filter_:
            mta = filter_.connect()
            mta.ask(*ENVELOPE[:3])
            mta.send(b"DM{auth_authen}\0geheim\0")
            mta.ask(ENVELOPE[3])
            mta.close()
            said = filter_.wait()
            self.assertIn("{auth_authen} ***", said)
            self.assertNotIn("geheim", said)


class Refused(unittest.TestCase):
    def refuse(self, script, *options, status=2):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "test.mts").write_text(script)
            return run("filter", "test.mts", *options, status=status, cwd=folder)

    def test_no_place_to_listen(self):  # TM-137
        self.assertIn("no socket to listen at; expected --listen SPEC", self.refuse(Serving.SCRIPT))
        self.assertIn("--listen", self.refuse(Serving.SCRIPT, "--listen", "nonsense"))
        self.assertIn("cannot listen at unix:/nowhere/at/all: ", self.refuse(Serving.SCRIPT, "--listen", "unix:/nowhere/at/all"))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"inet:{taken.getsockname()[1]}@127.0.0.1"
            self.assertIn(where, self.refuse(Serving.SCRIPT, "--listen", where))
        several = 'test "a"\nmilter unix:/a\nend\ntest "b"\nmilter unix:/b\nend\n'
        self.assertIn("the tests name several sockets", self.refuse(several))

    def test_options_that_are_wrong(self):  # TM-137
        listen = ("--listen", "inet:0@127.0.0.1")
        self.assertIn("\"rw\" is not a mode", self.refuse(Serving.SCRIPT, *listen, "--socket-mode", "rw"))
        self.assertIn("--once", self.refuse(Serving.SCRIPT, *listen, "--tap"))
        self.assertIn("no test has a name", self.refuse(Serving.SCRIPT, *listen, "--only", "x"))
        self.assertIn("the scripts have no test", self.refuse("# nothing\n", *listen))

    def test_lines_that_a_filter_cannot_have(self):  # TM-137
        for line, said in {
            "rcpt -> any": "a filter has to say what it answers",
            "rcpt -> whatever": "a filter has to say what it answers",
            "implicit any": "a filter has to say what it answers",
            'rcpt -> reply 550 ~ "x"': "a filter has to say the text of a reply",
            "eom -> final outcome == delivered": "this is about what an MTA makes of answers",
            "eom -> actions exactly 1": "this is about what an MTA makes of answers",
            "eom -> action add-header X": "a filter has to say all of this edit",
            "eom -> action quarantine": "a filter has to say all of this edit",
            'eom -> action add-header X ~ "y"': "a filter has to say all of this edit",
            "eom -> no action add-header X": "a filter cannot say that it wants no edit",
            "eom -> progress > 2": "a filter has to say how often",
            "eom -> progress == 1001": "a filter has to say how often",
            "eom -> elapsed < 1s": "a filter answers at once",
            "eom -> nothing within 1s": "a filter cannot be silent for a time in its answer",
            "eom -> closed within 1s": "here the filter closes, at once",
            "negotiate -> continue": "an offer is not answered like this",
            "negotiate -> reply 550 x": "an offer is not answered like this",
            "helo -> negotiated": "only an offer is answered like this",
            "expect continue": "an MTA cannot do this",
            "expect nothing": "for how long must an MTA be silent?",
            "bytes 00 -> continue": "nothing is answered here",
            "sync here": "a filter's test is one connection of an MTA",
            "session other": "a filter's test is one connection of an MTA",
            "parallel": "a filter's test is one connection of an MTA",
            'capture x "(.)" from reply': "an MTA does not reply to a filter",
            "body abc chunk 1": "an MTA cuts a body as it likes",
            "together\nmail\nend": "a filter cannot send this together with others",
        }.items():
            with self.subTest(line):
                end = "\nend" if line in ("session other", "parallel") else ""
                with tempfile.TemporaryDirectory() as folder:
                    pathlib.Path(folder, "test.mts").write_text(f'test "it"\n{line}{end}\nend\n')
                    self.assertIn(said, run("check", "--filter", "test.mts", status=2, cwd=folder))

    def test_what_is_checked_for_a_filter_is_not_for_an_mta(self):  # TM-137
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "test.mts").write_text('test "it"\nrcpt -> reject\nend\n')
            run("check", "--filter", "test.mts", cwd=folder)
            self.assertIn("expected an address", run("check", "test.mts", status=2, cwd=folder))


if __name__ == "__main__":
    unittest.main()
