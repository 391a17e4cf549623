"""`testmta load` at filters of a few lines: how much it sends, what it measures, what counts as an error, how it ends."""

import collections
import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

from processes import TESTMTA, run, tempfile
from cannot_run import only_where
from fake_filter import CONTINUE, FakeFilter, Raw, agreement, reply

SUPPORT = pathlib.Path(__file__).resolve().parents[2] / "support"
SKIP = b"s"
ACCEPT = b"a"
REJECT = b"r"
PROGRESS = b"p"
MAY_SKIP = 0x400
NO_REPLY_TO_HEADERS = 0x80
REPLY_ONLY_AT_END = 0xdf080
NO_BODY = 0x10


class Slow(FakeFilter):
    """A filter that takes its time at the end of each message."""

    def __init__(self, seconds, answers=None):
        super().__init__(answers)
        self._seconds = seconds

    def _answer(self, connection, letter):
        if letter == b"E":
            time.sleep(self._seconds)
        return super()._answer(connection, letter)


class Loaded:
    """What became of one load."""

    def __init__(self, filter_, *options, status=0, spec=None, script=None):
        with tempfile.TemporaryDirectory() as folder, filter_ as fake:
            words = []
            if script is not None:
                words.append("test.mts")
                pathlib.Path(folder, "test.mts").write_text(script)
            self.text = run("load", "--milter", spec or fake.spec, "--json", "report.json", *options, *words,
                            status=status, cwd=folder)
            self.json = json.loads(pathlib.Path(folder, "report.json").read_text())
        self.heard = filter_.heard
        self.messages = self.json["messages"]
        self.kinds = {one["kind"]: one["count"] for one in self.json["errors"]}
        self.first = {one["kind"]: one["first"] for one in self.json["errors"]}


def load(answers=None, *options, **named):
    return Loaded(FakeFilter(answers), *options, **named)


def letters(session):
    return "".join(chr(one[0]) for one in session)


def count(session, letter):
    return letters(session).count(letter)


class Amount(unittest.TestCase):
    def test_TM_095_as_many_messages_as_wanted_spread_within_one(self):  # TM-095
        done = load({}, "--connections", 7, "--messages", 100, "--threads", 3)
        self.assertEqual(done.messages["passed"], 100)
        self.assertEqual(len(done.heard), 7)
        self.assertEqual(sorted(count(one, "E") for one in done.heard), [14] * 5 + [15] * 2)

    def test_TM_095_fewer_messages_than_connections(self):  # TM-095
        done = load({}, "--connections", 5, "--messages", 3)
        self.assertEqual(sorted(count(one, "E") for one in done.heard), [1, 1, 1])

    def test_TM_095_a_connection_is_made_anew_after_so_many(self):  # TM-095
        done = load({}, "--connections", 2, "--messages", 20, "--per-connection", 3)
        self.assertEqual(collections.Counter(count(one, "E") for one in done.heard), {3: 6, 1: 2})
        self.assertEqual(done.json["sessions"], 8)
        for one in done.heard:
            self.assertEqual(letters(one)[-1], "Q")

    def test_TM_095_a_message_is_what_the_options_say(self):  # TM-095
        done = load({}, "--connections", 1, "--messages", 1, "--rcpts", 3, "--headers", 8, "--size", "100000")
        self.assertEqual(letters(done.heard[0]),
                         "O" + "DC" + "H" + "DM" + "DR" * 3 + "T" + "L" * 8 + "N" + "BB" + "DE" + "Q")
        bodies = [one[1:] for one in done.heard[0] if one[:1] == b"B"]
        self.assertEqual(list(map(len, bodies)), [65535, 100000 - 65535])
        heard = sum(load({}, "--connections", 2, "--messages", 6).heard, [])
        ids = {one for one in heard if one[:3] == b"DMi"}
        self.assertEqual(len(ids), 6, "each message has a queue id of its own")
        plain = load({}, "--connections", 1, "--messages", 1, "--headers", 0, "--size", 0)
        self.assertEqual(letters(plain.heard[0]), "ODCHDMDRTNDEQ")

    def sizes(self, *options):
        done = load({}, "--connections", 3, "--messages", 60, "--size", "10..50", *options)
        return sorted([[len(frame) - 1 for frame in one if frame[:1] == b"B"] for one in done.heard])

    def test_TM_095_sizes_lie_in_their_range_and_depend_on_the_seed(self):  # TM-095
        sizes = self.sizes("--threads", 1)
        self.assertEqual(sizes, self.sizes("--threads", 3))
        self.assertNotEqual(sizes, self.sizes("--seed", 2))
        flat = sum(sizes, [])
        self.assertEqual(len(flat), 60)
        self.assertTrue(all(10 <= one <= 50 for one in flat), flat)
        self.assertGreater(len(set(flat)), 10)

    def test_TM_095_of_a_time_that_is_up_no_message_begins(self):  # TM-095
        begun = time.monotonic()
        done = load({}, "--connections", 2, "--duration", "1s", "--think", "50ms")
        self.assertGreaterEqual(time.monotonic() - begun, 0.9)
        self.assertGreater(done.messages["passed"], 0)
        # Twenty pauses fit in the second.
        self.assertLessEqual(done.messages["passed"], 2 * 20)
        self.assertEqual(done.messages["passed"], sum(count(one, "E") for one in done.heard))

    def test_TM_095_a_ramp_spreads_the_connections(self):  # TM-095
        done = load({}, "--connections", 4, "--messages", 4, "--ramp", "800ms")
        self.assertGreaterEqual(done.json["seconds"], 0.6)

    def test_TM_095_a_dialect_is_imitated(self):  # TM-095
        done = load({}, "--connections", 1, "--messages", 2, "--dialect", "postfix")
        self.assertEqual(count(done.heard[0], "E"), 2)
        self.assertGreaterEqual(count(done.heard[0], "A"), 2)

    def test_TM_095_what_the_filter_declined_is_not_sent(self):  # TM-095
        done = load({b"O": agreement(steps=NO_REPLY_TO_HEADERS | NO_BODY), b"L": []}, "--connections", 1, "--messages", 5)
        self.assertEqual((count(done.heard[0], "L"), count(done.heard[0], "B")), (25, 0))
        self.assertNotIn("header", done.json["times"])
        self.assertEqual(done.messages["passed"], 5)

    def test_TM_095_ten_times_more_connections_than_files_allowed_at_first(self):  # TM-095
        with tempfile.TemporaryDirectory() as folder, FakeFilter() as fake:
            run("load", "--milter", fake.spec, "--connections", 300, "--messages", 600, "--json", "r.json",
                cwd=folder, files=32)
            self.assertEqual(json.loads(pathlib.Path(folder, "r.json").read_text())["messages"]["passed"], 600)
        self.assertEqual([count(one, "E") for one in fake.heard], [2] * 300)


class Errors(unittest.TestCase):
    def test_TM_096_an_answer_other_than_the_expected_one(self):  # TM-096
        done = load({b"R": REJECT}, "--connections", 2, "--messages", 10, status=1)
        self.assertEqual(done.messages["failed"], 10)
        self.assertEqual(done.kinds, {"rcpt: reject": 10})
        self.assertEqual(done.text.count("RCPT <recipient1@example.net>"), 1, "shown once")
        self.assertIn("10 x rcpt: reject; the first one:\n", done.text)
        self.assertIn("< REJECT", done.text)
        # Each message ends with its error, and the next one begins on the same connection.
        self.assertEqual(len(done.heard), 2)
        self.assertEqual(sum(count(one, "M") for one in done.heard), 10)
        self.assertEqual(sum(count(one, "T") for one in done.heard), 0)
        self.assertEqual(sum(count(one, "A") for one in done.heard), 10)

    def test_TM_096_each_kind_is_shown_once(self):  # TM-096
        class Changeable(FakeFilter):
            turn = 0

            def _answer(self, connection, letter):
                if letter == b"E":
                    self.turn += 1
                    self._answers[b"E"] = [b"t", reply("550 5.7.1 no"), CONTINUE][self.turn % 3]
                return super()._answer(connection, letter)

        done = Loaded(Changeable(), "--connections", 1, "--messages", 9, status=1)
        self.assertEqual(done.kinds, {"eom: tempfail": 3, "eom: reply 550": 3})
        self.assertEqual((done.messages["passed"], done.messages["failed"]), (3, 6))
        self.assertIn("< TEMPFAIL", done.first["eom: tempfail"])
        self.assertIn("< REPLY 550 5.7.1 no", done.first["eom: reply 550"])

    def test_TM_096_accept_ends_a_message_well(self):  # TM-096
        for letter in b"M", b"R", b"L", b"E":
            done = load({letter: ACCEPT}, "--connections", 1, "--messages", 5)
            self.assertEqual((done.messages["passed"], done.kinds), (5, {}))
            self.assertEqual(count(done.heard[0], letter.decode()), 5)

    def test_TM_096_skip_is_taken_only_in_a_body_and_if_agreed(self):  # TM-096
        size = "--size", 200000
        done = load({b"O": agreement(steps=MAY_SKIP), b"B": SKIP}, "--connections", 1, "--messages", 3, *size)
        self.assertEqual((done.messages["passed"], count(done.heard[0], "B")), (3, 3))
        done = load({b"B": SKIP}, "--connections", 1, "--messages", 3, *size, status=1)
        self.assertEqual(done.kinds, {"body: skip": 3})
        done = load({b"O": agreement(steps=MAY_SKIP), b"M": SKIP}, "--connections", 1, "--messages", 3, status=1)
        self.assertEqual(done.kinds, {"mail: skip": 3})

    def test_TM_096_discard_is_not_continue(self):  # TM-096
        done = load({b"E": b"d"}, "--connections", 1, "--messages", 2, status=1)
        self.assertEqual(done.kinds, {"eom: discard": 2})

    def test_TM_096_a_connection_that_is_refused_costs_its_message(self):  # TM-096
        for letter, what, kind in [(b"C", REJECT, "connect: reject"), (b"H", ACCEPT, "helo: accept"),
                                   (b"C", ACCEPT, "connect: accept")]:
            done = load({letter: what}, "--connections", 2, "--messages", 6, status=1)
            self.assertEqual((done.messages["lost"], done.kinds), (6, {kind: 6}))
            self.assertEqual(sum(count(one, "M") for one in done.heard), 0)

    def test_TM_096_an_answer_that_breaks_the_protocol(self):  # TM-096
        done = load({b"T": b"Z"}, "--connections", 1, "--messages", 3, status=1)
        self.assertEqual(done.messages["lost"], 3)
        self.assertEqual(len(done.kinds), 1)
        self.assertTrue(next(iter(done.kinds)).startswith("data: "), done.kinds)
        self.assertEqual(len(done.heard), 3, "each has a connection of its own")

    def test_TM_096_a_filter_that_shuts_down_loses_its_messages(self):  # TM-096
        done = load({b"E": b"4"}, "--connections", 1, "--messages", 3, status=1)
        self.assertIn("eom: shutdown", done.kinds)
        self.assertEqual(done.messages["passed"], 0)
        self.assertEqual(sum(done.messages[how] for how in ("failed", "lost")), 3)

    def test_TM_096_progress_and_edits_are_not_answers(self):  # TM-096
        done = load({b"O": agreement(actions=1), b"E": [PROGRESS, b"hX-A\0b\0", PROGRESS, CONTINUE]},
                    "--connections", 1, "--messages", 4)
        self.assertEqual(done.messages["passed"], 4)

    def test_TM_096_closing_in_the_middle_loses_the_message(self):  # TM-096
        done = load({b"N": None}, "--connections", 2, "--messages", 6, status=1)
        self.assertEqual((done.messages["lost"], done.kinds), (6, {"eoh: the peer closed the connection": 6}))
        self.assertIn("> EOH", done.first["eoh: the peer closed the connection"])


class Times(unittest.TestCase):
    def test_TM_097_percentiles_of_a_filter_that_sleeps(self):  # TM-097
        done = Loaded(Slow(0.010), "--connections", 1, "--messages", 40)
        times = done.json["times"]["eom"]
        self.assertEqual(times["count"], 40)
        for one in "min_us", "p50_us", "p99_us":
            self.assertGreaterEqual(times[one], 0.99 * 10000)
        self.assertLess(times["p50_us"], 5_000_000)
        self.assertLess(done.json["times"]["rcpt"]["min_us"], times["min_us"])
        self.assertGreaterEqual(done.json["times"]["message"]["p50_us"], 0.99 * times["p50_us"])
        for one in "open", "negotiate", "connect", "helo", "mail", "rcpt", "data", "header", "eoh", "body", "quit":
            self.assertGreater(done.json["times"][one]["count"], 0, one)
            self.assertRegex(done.text, rf"(?m)^{one} ")

    def test_TM_097_a_slow_filter_cannot_hide_how_long_others_wait(self):  # TM-097
        """Forty messages are due within 40 ms, and each takes 10 ms: message i ends at least 9 i ms after its time,
        although the filter itself never takes much longer than 10 ms."""
        done = Loaded(Slow(0.010), "--connections", 1, "--messages", 40, "--rate", 1000)
        self.assertGreaterEqual(done.json["times"]["message"]["p50_us"], 0.99 * (19 * 9 + 10) * 1000)
        self.assertGreaterEqual(done.json["times"]["message"]["max_us"], 0.99 * (39 * 9 + 10) * 1000)
        self.assertGreaterEqual(done.json["lateness"]["max_us"], 0.99 * 39 * 9 * 1000)

    def test_TM_098_messages_begin_when_the_schedule_says(self):  # TM-098
        done = load({}, "--connections", 5, "--messages", 300, "--rate", "150/s")
        self.assertEqual((done.messages["passed"], done.json["lateness"]["count"]), (300, 300))
        self.assertAlmostEqual(done.json["scheduled_per_second"], 150, places=3)
        # Slower than it should be on a slow machine, but never faster: 300 messages take at least two seconds.
        self.assertGreaterEqual(done.json["seconds"], 1.999)
        self.assertLessEqual(done.json["messages_per_second"], 150.1)
        self.assertRegex(done.text, r"rate: 150\.00/s scheduled, \d+\.\d\d/s achieved, \d+\.\d % short; ")

    def test_TM_098_the_shortfall_of_a_slow_filter_is_reported(self):  # TM-098
        done = Loaded(Slow(0.010), "--connections", 2, "--rate", 1000, "--duration", "1s")
        self.assertAlmostEqual(done.json["scheduled_per_second"], 1000, places=3)
        # Two connections cannot have more than a hundred messages a second each.
        self.assertLessEqual(done.json["messages_per_second"], 202)
        short = float(done.text.split("/s achieved, ")[1].split(" %")[0])
        self.assertGreaterEqual(short, 79)

    def test_TM_098_expectations_that_are_not_met_fail(self):  # TM-098
        done = Loaded(Slow(0.010), "--connections", 1, "--messages", 20, "--expect-rate", 1000, "--expect-p99", "5ms",
                      status=1)
        self.assertEqual(len(done.json["unmet"]), 2)
        self.assertIn("expected at least 1000.00 messages/s, got ", done.text)
        self.assertIn("expected a p99 of at most 5ms, got ", done.text)
        load({}, "--connections", 1, "--messages", 5, "--expect-rate", "0.001", "--expect-p99", "3600s")

    # ASan keeps what was freed for a while.
    @only_where(os.environ.get("VOUCH_SANITIZED") != "1")
    def test_TM_099_memory_stays_flat(self):  # TM-099
        silent = {b"O": agreement(steps=REPLY_ONLY_AT_END), **{letter: [] for letter in b"C H M R T L N B".split()}}
        few, many = (load(silent, "--connections", 4, "--messages", number, "--size", 100).json
                     for number in (5000, 20000))
        self.assertEqual(many["messages"]["passed"], 20000)
        # 15,000 further messages: a hundred bytes that each left would show.
        self.assertLess(many["peak_memory_kib"] - few["peak_memory_kib"], 1024, "KiB")


class Ends(unittest.TestCase):
    def test_TM_100_without_a_filter_nothing_is_sent(self):  # TM-100
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        said = run("load", "--milter", f"inet:{port}@127.0.0.1", "--messages", 10, status=3)
        self.assertIn("0 of 10 messages begun", said)
        self.assertIn(f"cannot connect to inet:{port}@127.0.0.1: Connection refused", said)

    def test_TM_100_something_that_is_not_a_milter(self):  # TM-100
        done = load({b"O": Raw(b"220 mail.example.org ESMTP\r\n")}, "--messages", 10, status=3)
        self.assertIn("does not negotiate: ", done.text)
        done = load({b"O": None}, "--messages", 10, status=3)
        self.assertIn("does not negotiate: the peer closed the connection", done.text)
        done = load({b"O": None}, "--messages", 3, status=3)
        self.assertIn("does not negotiate", done.text)
        self.assertEqual(done.messages["lost"], 3)

    def test_TM_100_a_filter_that_refuses_some_connections_is_there(self):  # TM-100
        class Full(FakeFilter):
            turn = 0

            def _answer(self, connection, letter):
                if letter == b"O":
                    self.turn += 1
                    if self.turn <= 3:
                        return False
                return super()._answer(connection, letter)

        done = Loaded(Full(), "--connections", 5, "--messages", 50, "--threads", 1, status=1)
        self.assertEqual((done.messages["lost"], done.messages["passed"]), (3, 47))
        self.assertEqual(done.kinds, {"negotiate: the peer closed the connection": 3})

    def start_filter(self, folder):
        program = f"""
            import sys, time
            sys.path.append({str(SUPPORT)!r})
            from fake_filter import FakeFilter
            fake = FakeFilter()
            fake.__enter__()
            print(fake.spec, flush=True)
            time.sleep(1000)
            """
        file = pathlib.Path(folder, "filter.py")
        file.write_text("\n".join(line.strip() for line in program.splitlines()))
        process = subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, process.stdout.readline().strip()

    def start_load(self, spec, folder, *options):
        """Starts a load, and returns it when its first second is over."""
        words = [TESTMTA, "load", "--milter", spec, "-v", "--json", "report.json", *map(str, options)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process, process.stdout.readline()

    def die_under_load(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            filter_, spec = self.start_filter(folder)
            process, _ = self.start_load(spec, folder, "--connections", 8, *options)
            filter_.kill()
            died = time.monotonic()
            text = process.stdout.read()
            # The report comes within 5 s; the rest is for a machine that is busy.
            self.assertLess(time.monotonic() - died, 60)
            self.assertEqual(process.wait(60), 3, text)
            return text, json.loads(pathlib.Path(folder, "report.json").read_text())["messages"]

    def test_TM_100_a_filter_that_dies(self):  # TM-100
        text, messages = self.die_under_load("--messages", 10_000_000)
        self.assertIn("ended early: cannot connect", text)
        self.assertGreater(messages["passed"], 0)
        self.assertGreater(messages["lost"], 0)
        # Each connection had one under way, and may have lost another while the kernel closed the sockets.
        self.assertLess(messages["lost"], 80)
        self.assertEqual(messages["begun"], messages["passed"] + messages["lost"])

    def test_TM_100_a_filter_that_dies_while_all_connections_pause(self):  # TM-100
        text, messages = self.die_under_load("--messages", 16, "--think", "3000s")
        self.assertIn("ended early: cannot connect", text)
        self.assertEqual((messages["passed"], messages["lost"]), (8, 0))
        self.assertIn("8 x open: the filter closed or spoke between two messages", text)

    def test_TM_100_a_filter_that_is_silent(self):  # TM-100
        done = load({b"T": []}, "--connections", 3, "--messages", 1000, status=1)
        self.assertIn("ended early: the filter answered no connection for 10s", done.text)
        self.assertEqual(done.messages["begun"], 3)
        self.assertEqual(done.messages["lost"], 3)

    def test_TM_012_SIGINT_ends_it_with_the_report_so_far(self):  # TM-012
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(number), tempfile.TemporaryDirectory() as folder, Slow(0.010) as fake:
                process, second = self.start_load(fake.spec, folder, "--connections", 4, "--duration", "3000s")
                process.send_signal(number)
                text = process.stdout.read()
                self.assertEqual(process.wait(60), 1)
                report = json.loads(pathlib.Path(folder, "report.json").read_text())
            self.assertRegex(second, r"^ +1 s  \d+ messages, \d+/s, \d+ under way, 0 errors\n$")
            self.assertIn("\ninterrupted\n", text)
            messages = report["messages"]
            self.assertTrue(report["interrupted"])
            self.assertGreater(messages["passed"], 0)
            self.assertEqual(messages["lost"], 0)
            self.assertEqual(messages["begun"], messages["passed"] + messages["under_way"])

    def test_TM_100_live_progress_only_on_a_terminal(self):  # TM-100
        with Slow(0.010) as fake:
            words = [TESTMTA, "load", "--milter", fake.spec, "--connections", "1", "--duration", "2500ms"]
            here, there = pty.openpty()
            with open(here, "rb", closefd=True) as terminal:
                done = subprocess.run(words, stdout=subprocess.PIPE, stderr=there, timeout=300)
                os.close(there)
                shown = b""
                try:
                    while more := terminal.read1(4096):
                        shown += more
                except OSError:  # the end of a terminal
                    pass
        self.assertEqual(done.returncode, 0)
        self.assertRegex(shown, rb"\r\x1b\[K +1 s  \d+ messages, .*\r\x1b\[K +2 s  \d+ messages, .*\r\x1b\[K$")
        self.assertNotIn(b"\x1b", done.stdout)
        plain = load({}, "--connections", 1, "--messages", 2).text
        self.assertNotIn("\x1b", plain)
        self.assertNotIn("under way", plain)


class Sockets(unittest.TestCase):
    def test_TM_095_a_unix_socket_whose_queue_is_full_is_tried_again(self):  # TM-095
        class Narrow(FakeFilter):
            """Accepts late, and lets one connection wait."""

            def __enter__(self):
                self._folder = tempfile.TemporaryDirectory()
                path = f"{self._folder.name}/filter.sock"
                self.spec = f"unix:{path}"
                self._server = socket.socket(socket.AF_UNIX)
                self._server.bind(path)
                self._server.listen(1)
                self._acceptor = threading.Thread(target=self._accept_late)
                self._acceptor.start()
                return self

            def _accept_late(self):
                time.sleep(0.2)
                self._server.settimeout(60)  # ends the test where a connection is missing
                for _ in range(20):
                    try:
                        connection, _ = self._server.accept()
                    except TimeoutError:
                        return
                    self.heard.append([])
                    threading.Thread(target=self._serve, args=(connection, self.heard[-1])).start()

            def __exit__(self, *_):
                self._acceptor.join()
                self._server.close()
                self._folder.cleanup()

        done = Loaded(Narrow(), "--connections", 20, "--messages", 20)
        self.assertEqual(done.messages["passed"], 20)


class Scripts(unittest.TestCase):
    GOOD = 'test "good"\n  use hello\n  mail <a@example.org>\n  rcpt <b@example.org> -> continue\n  quit\nend\n'
    BAD = 'test "bad"\n  use hello\n  mail <a@example.org> -> reject\nend\n'

    def test_TM_095_its_tests_are_the_messages(self):  # TM-095
        done = load({}, "--connections", 3, "--messages", 10, script=self.GOOD)
        self.assertEqual(done.messages["passed"], 10)
        self.assertEqual(sum(count(one, "R") for one in done.heard), 10)
        self.assertEqual(done.json["times"]["test"]["count"], 10)

    def test_TM_096_all_expectations_are_in_force(self):  # TM-096
        done = load({}, "--connections", 2, "--messages", 10, script=self.GOOD + self.BAD, status=1)
        self.assertEqual((done.messages["passed"], done.messages["failed"]), (5, 5))
        self.assertEqual(done.kinds, {'test.mts:9:3: test "bad" failed (answer)': 5})
        self.assertEqual(done.text.count("expected reject, got continue"), 1)
        self.assertIn("> MAIL <a@example.org>", done.text)

    def test_TM_004_tests_that_are_all_skipped(self):  # TM-004
        done = load({}, "--messages", 4, script='test "x"\n  needs skip\n  use hello\nend\n', status=77)
        self.assertEqual(done.messages["skipped"], 4)

    def test_TM_098_a_rate_holds_for_tests_as_well(self):  # TM-098
        done = load({}, "--connections", 2, "--messages", 20, "--rate", 20, script=self.GOOD)
        self.assertGreaterEqual(done.json["seconds"], 0.999)

    def test_TM_100_without_a_filter(self):  # TM-100
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        done = load({}, "--messages", 4, script=self.GOOD, spec=f"inet:{port}@127.0.0.1", status=3)
        self.assertIn("Connection refused", done.text)

    def test_TM_011_variables_and_dialect_are_set(self):  # TM-011
        script = 'set who = nobody\ntest "x"\n  use hello\n  mail <${who}@example.org>\n  quit\nend\n'
        done = load({}, "--messages", 1, "-D", "who=somebody", script=script)
        self.assertIn(b"M<somebody@example.org>\0", done.heard[0])


class Usage(unittest.TestCase):
    def refused(self, *words):
        return run("load", *words, status=2)

    def test_TM_002_mistakes_of_the_command_line_name_the_remedy(self):  # TM-002
        some = "--milter", "inet:1@127.0.0.1", "--messages", 1
        self.assertIn("no filter to load; expected --milter SPEC", self.refused("--messages", 1))
        self.assertIn("expected --messages M, --duration DUR, or both", self.refused("--milter", "unix:/x"))
        self.assertIn('--connections: "0" is not a number from 1 to', self.refused(*some, "--connections", 0))
        self.assertIn("is not a socket to connect to", self.refused("--milter", "smtp:1", "--messages", 1))
        self.assertIn("--json: \"/nowhere/x\" cannot be written", self.refused(*some, "--json", "/nowhere/x"))
        self.assertIn("/nowhere.mts: No such file", self.refused(*some, "/nowhere.mts"))
        self.assertIn("-D: there is no script", self.refused(*some, "-D", "a=b"))

    def test_TM_002_mistakes_of_a_script(self):  # TM-002
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "test.mts")
            file.write_text('test "x"\n  mial <a@b>\nend\n')
            said = self.refused("--milter", "unix:/x", "--messages", 1, file)
            self.assertIn("test.mts:2:3", said)
            file.write_text("# nothing\n")
            self.assertIn("no test; expected at least one", self.refused("--milter", "unix:/x", "--messages", 1, file))

    def test_TM_002_more_connections_than_files(self):  # TM-002
        words = ["load", "--milter", "unix:/x", "--messages", "1", "--connections", "1000"]
        done = subprocess.run(["sh", "-c", 'ulimit -n 500; exec "$@"', "sh", TESTMTA, *words], capture_output=True,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, 2)
        self.assertIn("1000 connections need ", done.stderr)
        self.assertIn("at most 500 are allowed; raise the limit with ulimit -Hn, or use fewer", done.stderr)


if __name__ == "__main__":
    unittest.main()
