"""How `testmta run` runs many tests: the filter that it starts, jobs, reports, interruption."""

import contextlib
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import unittest
import xml.etree.ElementTree as xml

from processes import TESTMTA, run, tempfile
from cannot_run import cannot_run
from fake_filter import CONTINUE, FakeFilter, reply

SUPPORT = pathlib.Path(__file__).resolve().parents[2] / "support"
HELLO = "  use hello\n"
GOOD = f'test "good"\n{HELLO}end\n'
BAD = f'test "bad"\n{HELLO}  mail <a@b> -> reject\nend\n'
WAITS = 'test "waits"\n  use hello\n  delay 60s\nend\n'
JUDGED_END = "the filter ends well when it is stopped"


class Folder:
    """A script in a folder of its own, and a filter."""

    def __init__(self, script, answers=None):
        self._folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self._folder.name)
        (self.path / "test.mts").write_bytes(script if isinstance(script, bytes) else script.encode())
        self.fake = FakeFilter(answers)

    def __enter__(self):
        self.fake.__enter__()
        return self

    def __exit__(self, *what):
        self.fake.__exit__(*what)
        self._folder.cleanup()

    def run(self, *options, status=0):
        return run("run", "--milter", self.fake.spec, *options, "test.mts", status=status, cwd=self.path)


def play(script, *options, answers=None, status=0):
    with Folder(script, answers) as folder:
        return folder.run(*options, status=status)


class Start(unittest.TestCase):
    """A filter that testmta starts itself: a script of a few lines."""

    def play(self, then, options=(), status=0, before=""):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "test.mts").write_text(GOOD)
            (folder / "filter.py").write_text(textwrap.dedent(f"""
                import os, signal, socket, sys, threading
                sys.path.append({str(SUPPORT)!r})
                from fake_filter import FakeFilter
                {before}
                asked = threading.Event()
                signal.signal(signal.SIGTERM, lambda *_: asked.set())
                class Here(FakeFilter):
                    def __enter__(self):
                        self._server = socket.socket(socket.AF_UNIX)
                        self._server.bind("filter.sock")
                        self._server.listen()
                        threading.Thread(target=self._accept, daemon=True).start()
                Here().__enter__()
                while not asked.wait(0.05): pass
                {then}
                """))
            return run("run", "--milter", f"unix:{folder}/filter.sock", "--start", f"{sys.executable} filter.py",
                       *options, "test.mts", status=status, cwd=folder)

    def test_TM_009_a_filter_that_ends_well(self):  # TM-009
        self.assertEqual(self.play("os._exit(0)"), f"1..2\nok 1 - good\nok 2 - {JUDGED_END}\n")

    def test_TM_009_a_filter_that_ends_badly_fails_even_if_all_passed(self):  # TM-009
        said = self.play("os._exit(3)", status=1)
        self.assertIn(f"ok 1 - good\nnot ok 2 - {JUDGED_END}\n  the filter ended after TERM with exit status 3\n", said)

    def test_TM_009_a_filter_that_crashes(self):  # TM-009
        said = self.play("os.abort()", status=1)
        self.assertIn("the filter ended after TERM with signal 6 (Aborted)", said)

    def test_TM_009_a_filter_that_does_not_end_is_killed(self):  # TM-009
        said = self.play("while True: signal.pause()", status=1)
        self.assertIn("the filter did not end within 10s after TERM, and was killed", said)

    def test_a_filter_that_ends_before_it_listens(self):
        said = self.play("pass", before="os._exit(7)", status=3)
        self.assertIn("Bail out! the filter ended before it listened: exit status 7", said)

    def test_a_filter_that_never_listens(self):
        said = self.play("pass", before="import time; time.sleep(300)", options=["--wait-for", "200ms"], status=3)
        self.assertIn("Bail out! the filter cannot be reached at unix:", said)
        self.assertIn(" within 200ms: No such file or directory", said)

    def test_wait_for_a_filter_that_somebody_else_starts(self):
        with Folder(GOOD) as folder:
            late = folder.path / "late.sock"
            command = [TESTMTA, "run", "--milter", f"unix:{late}", "--wait-for", "60s", "test.mts"]
            process = subprocess.Popen(command, cwd=folder.path, stdout=subprocess.PIPE, text=True)
            self.assertEqual(process.stdout.readline(), "1..1\n")
            relay = subprocess.Popen([sys.executable, "-c", textwrap.dedent(f"""
                import sys, socket, threading
                sys.path.append({str(SUPPORT)!r})
                from fake_filter import FakeFilter
                fake = FakeFilter()
                fake._server = socket.socket(socket.AF_UNIX)
                fake._server.bind({str(late)!r})
                fake._server.listen()
                fake._accept()
                """)])
            self.assertEqual(process.stdout.read(), "ok 1 - good\n")
            self.assertEqual(process.wait(), 0)
            relay.kill()
            relay.wait()
            process.stdout.close()


class AtOnce(FakeFilter):
    """A filter that greets nobody before three sessions are there."""

    def __init__(self):
        super().__init__()
        self._all = threading.Barrier(3, timeout=120)

    def _answer(self, connection, letter):
        if letter == b"H":
            self._all.wait()
        return super()._answer(connection, letter)


class Suite(unittest.TestCase):
    def test_TM_010_jobs_run_at_once_and_are_reported_in_order(self):  # TM-010
        tests = [f'test "{name}"\n{HELLO}  delay {wait}\nend\n' for name, wait in [("a", "300ms"), ("b", "1ms"), ("c", "1ms")]]
        with tempfile.TemporaryDirectory() as folder, AtOnce() as fake:
            pathlib.Path(folder, "test.mts").write_text("".join(tests))
            said = run("run", "--milter", fake.spec, "--jobs", "3", "--timeout", "120s", "test.mts", cwd=folder)
        self.assertEqual(said, "1..3\nok 1 - a\nok 2 - b\nok 3 - c\n")

    def interrupted(self, *options):
        with Folder(GOOD + WAITS) as folder:
            command = [TESTMTA, "run", "--milter", folder.fake.spec, *options, "test.mts"]
            process = subprocess.Popen(command, cwd=folder.path, stdout=subprocess.PIPE, text=True)
            lines = [process.stdout.readline(), process.stdout.readline()]
            process.send_signal(signal.SIGINT)
            with process.stdout:
                return "".join(lines) + process.stdout.read(), process.wait()

    def test_TM_012_TM_013_an_interruption_prints_what_is_known(self):  # TM-012 TM-013
        """Each line is there as soon as its test has ended, or this would wait for a minute."""
        self.assertEqual(self.interrupted(), ("1..2\nok 1 - good\nBail out! interrupted\n", 1))
        self.assertEqual(self.interrupted("--jobs", "2"), ("1..2\nok 1 - good\nBail out! interrupted\n", 1))

    def test_fail_fast(self):
        said = play(BAD + GOOD, "--fail-fast", "--transcript", "never", status=1)
        self.assertTrue(said.endswith("Bail out! a test failed, and --fail-fast ends the run\n"), said)
        self.assertNotIn("good", said)

    def test_retries(self):
        class OnceBad(FakeFilter):
            def _answer(self, connection, letter):
                if letter == b"M" and len(self.heard) > 1:
                    connection.sendall(b"\0\0\0\x01r")
                    return True
                return super()._answer(connection, letter)
        for retries, status in (1, 0), (0, 1):
            with tempfile.TemporaryDirectory() as folder, OnceBad() as fake:
                pathlib.Path(folder, "test.mts").write_text(BAD)
                said = run("run", "--milter", fake.spec, "--retries", retries, "test.mts", status=status, cwd=folder)
        self.assertIn("not ok 1 - bad", said)

    def test_tags(self):
        script = 'test "a"\n  tag slow\n  open\nend\ntest "b"\n  tag quick x\n  open\nend\n'
        self.assertEqual(play(script, "--tag", "x"), "1..1\nok 1 - b\n")
        self.assertEqual(play(script, "--tag", "x", "--tag", "slow"), "1..2\nok 1 - a\nok 2 - b\n")
        self.assertEqual(play(script, "--without-tag", "x"), "1..1\nok 1 - a\n")
        for options in ("--tag", "y"), ("--tag", "x", "--without-tag", "quick"):
            self.assertIn("--tag, --without-tag: no test is left that was chosen", play(script, *options, status=2))

    def test_options_that_are_not_right(self):
        for options, problem in [(["--wait-for", "soon"], '--wait-for: "soon" is not a duration'), (["--jobs", "0"], "jobs"),
                                 (["--junit", "/nowhere/x"], "/nowhere/x: No such file or directory"),
                                 (["--dialect", "exim"], '"exim" is not a dialect; possible: plain, postfix, ')]:
            with self.subTest(problem):
                self.assertIn(problem, play(GOOD, *options, status=2))


class Reports(unittest.TestCase):
    NASTY = {b"M": reply("550 5.1.1 \x00\x1b[31m <&>\"\x7f"), b"H": CONTINUE}
    SCRIPT = b'test "n\xfcll & <b> # \x1b"\n  use hello\n  mail <a@b>\nend\n' + GOOD.encode() + \
        b'test "skipped"\n  needs skip\n  open\n  negotiate\nend\n'

    def test_TM_089_junit_is_xml(self):  # TM-089
        with Folder(self.SCRIPT, self.NASTY) as folder:
            folder.run("--junit", "out.xml", status=1)
            root = xml.parse(folder.path / "out.xml").getroot()
        suite = root.find("testsuite")
        self.assertEqual([suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")],
                         ["test.mts", "3", "1", "0", "1"])
        first = suite.findall("testcase")[0]
        self.assertEqual(first.get("name"), "n\\xfcll & <b> # \\x1b")
        self.assertEqual(first.find("failure").get("type"), "answer")
        self.assertIn("> MAIL <a@b>", first.find("system-out").text)
        self.assertIn("did not negotiate skip", suite.findall("testcase")[2].find("skipped").get("message"))

    def test_TM_090_times_add_up(self):  # TM-090
        with Folder(GOOD + BAD + f'test "slow"\n{HELLO}  delay 200ms\nend\n') as folder:
            folder.run("--junit", "out.xml", "--jobs", "2", status=1)
            root = xml.parse(folder.path / "out.xml").getroot()
        times = [float(case.get("time")) for case in root.iter("testcase")]
        for whole in (root, root.find("testsuite")):
            self.assertAlmostEqual(float(whole.get("time")), sum(times), delta=0.05 * sum(times))
        self.assertGreaterEqual(times[2], 0.2)

    def test_junit_tells_that_there_was_no_filter(self):
        with Folder(GOOD) as folder:
            run("run", "--milter", f"unix:{folder.path}/nowhere", "--junit", "out.xml", "test.mts", status=3, cwd=folder.path)
            error = xml.parse(folder.path / "out.xml").getroot().find("testsuite/testcase/error")
        self.assertIn("cannot be reached", error.get("message"))

    def parse_tap(self, said):
        """Has Perl's TAP::Parser judge it. Returns its results and complaints."""
        if not shutil.which("perl"):
            cannot_run("perl is not installed, whose TAP::Parser judges it")
        program = textwrap.dedent("""
            use TAP::Parser; local $/; my $tap = <STDIN>;
            my $parser = TAP::Parser->new({tap => $tap});
            while (my $one = $parser->next) {
                print "test ", ($one->is_ok ? "ok" : "failed"), ($one->has_skip ? " skipped" : ""), " ", $one->description, "\\n"
                    if $one->is_test;
                print "unknown ", $one->as_string, "\\n" if $one->is_unknown && $one->as_string =~ /^\\S/;
                print "yaml\\n" if $one->is_yaml;
            }
            print "error $_\\n" for $parser->parse_errors;
            """)
        return subprocess.run(["perl", "-e", program], input=said, capture_output=True, text=True, check=True).stdout

    def test_TM_089_tap_is_accepted(self):  # TM-089
        said = play(self.SCRIPT, "--tap", answers=self.NASTY, status=1)
        self.assertTrue(said.startswith("TAP version 14\n1..3\n"), said)
        self.assertIn("ok 3 - skipped # SKIP the filter did not negotiate skip\n", said)
        as_13 = said.replace("TAP version 14", "TAP version 13", 1)  # the newest that this parser knows
        self.assertEqual(self.parse_tap(as_13), "test failed - n\\\\xfcll & <b> \\# \\\\x1b\nyaml\ntest ok - good\n"
                                                "test ok skipped - skipped\n")

    def test_TM_089_tap_of_a_slow_test_is_accepted(self):  # TM-089
        """Times of more digits begin further left than those before them."""
        said = play(f'test "slow"\n{HELLO}  delay 20ms\n  helo x\n  delay 100ms\n  mail <a@b> -> reject\nend\n', "--tap", status=1)
        self.assertEqual(self.parse_tap(said.replace("version 14", "version 13", 1)), "test failed - slow\nyaml\n")

    def test_tap_has_sessions_as_subtests(self):
        said = play('test "two"\n  parallel\n    session a\n      use hello\n    end\n    session b\n'
                    "      connect h unknown -> reject\n    end\n  end\nend\n", "--tap", "--transcript", "never", status=1)
        self.assertTrue(said.startswith("TAP version 14\n1..1\n# Subtest: two\n    1..3\n    ok 1 - main\n"
                                        "    ok 2 - a\n    not ok 3 - b\nnot ok 1 - two\n  ---\n"), said)
        self.assertIn('  expected: "reject"\n  got: "continue"\n', said)

    def test_TM_093_hidden_macros(self):  # TM-093
        script = ('test "one"\n  macro mail {auth_authen}=alice\n  use hello\n'
                  "  mail <alice@b> -> reject\nend\n")
        for options in [], ["--tap"], ["--junit", "out.xml"]:
            with Folder(script) as folder:
                said = folder.run("--hide", "auth_authen", "--transcript", "always", *options, status=1)
                file = folder.path / "out.xml"
                said += file.read_text() if file.exists() else ""
            self.assertNotIn("alice", said)
            self.assertNotIn("61 6c 69 63 65", said)
            self.assertIn("***", said)

    def test_TM_094_colours_are_for_terminals(self):  # TM-094
        self.assertNotIn("\x1b", play(GOOD))
        for variables, coloured in ({}, True), ({"NO_COLOR": "1"}, False):
            with Folder(GOOD) as folder:
                ours, its = pty.openpty()
                environment = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **variables}
                subprocess.run([TESTMTA, "run", "--milter", folder.fake.spec, "test.mts"], cwd=folder.path, stdout=its,
                               check=True, env=environment)
                os.close(its)
                said = b""
                with contextlib.suppress(OSError):  # how a terminal says that nothing more comes
                    while more := os.read(ours, 10000):
                        said += more
                os.close(ours)
            self.assertEqual(b"\x1b[32mok" in said, coloured)

    def test_names_do_not_reach_the_terminal_raw(self):
        said = play('test "a\\x1b[31m"\n  open\nend\n')
        self.assertIn("ok 1 - a\\x1b[31m\n", said)


class Dialects(unittest.TestCase):
    def test_each_is_explained(self):
        for name in "plain", "postfix", "sendmail", "v2", "v3", "v4", "v6":
            said = run("run", "--explain-dialect", name)
            self.assertRegex(said, rf"^dialect +{name}\n")
        self.assertRegex(run("run", "--explain-dialect", "postfix"), r"\nabort after the end of a message +yes\n")
        self.assertRegex(run("run", "--explain-dialect", "v2"), r"\nversion offered +2\n.*\n.*\ndata event +no\n")
        said = run("run", "--explain-dialect", "exim", status=2)
        self.assertIn('--explain-dialect: "exim" is not a dialect; possible: plain', said)

    def test_a_run_without_a_script(self):
        for command in "run", "check":
            self.assertEqual(run(command, status=2), f"testmta {command}: no script; expected SCRIPT...\n")


class Coverage(unittest.TestCase):
    def test_TM_104_runs_are_merged(self):  # TM-104
        with Folder(GOOD + BAD) as folder:
            folder.run("--coverage", "a.json", "--only", "good")
            folder.run("--coverage", "b.json", status=1)
            one = run("cover", "a.json", "b.json", cwd=folder.path)
            other = run("cover", "b.json", "a.json", cwd=folder.path)
            self.assertEqual(one, other)
            self.assertIn("  3  negotiated connect continue connected\n", one)
            self.assertIn("never tried:\n", one)
            merged = folder.path / "merged.json"
            merged.write_text(run("cover", "--json", "a.json", "b.json", cwd=folder.path))
            self.assertEqual(run("cover", merged), one)

    def test_a_file_that_is_not_a_report(self):
        with Folder(GOOD) as folder:
            for content, problem in ("{}", "this is not what"), ("[", "this is not what"), (None, "No such file"):
                file = folder.path / "a.json"
                file.unlink(missing_ok=True)
                if content:
                    file.write_text(content)
                self.assertIn(f"testmta cover: a.json: {problem}", run("cover", "a.json", status=2, cwd=folder.path))
            said = folder.run("--coverage", "/nowhere/x", status=2)
            self.assertIn("/nowhere/x: No such file or directory", said)


if __name__ == "__main__":
    unittest.main()
