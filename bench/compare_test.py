"""Tests that the comparison notices a filter that cheats, and judges as its table says.
Usage: compare_test.py FOLDER-OF-PROGRAMS"""

import pathlib
import sys
import tempfile
import unittest

from processes import Counter, Failure, Filter, load
from table import Row, judge

PROGRAMS = pathlib.Path(sys.argv.pop())


def played(filter_settings, load_settings, **options):
    with tempfile.TemporaryDirectory() as folder:
        with Filter(PROGRAMS / "bench_floor", filter_settings, f"unix:{folder}/socket") as running:
            return load(PROGRAMS / "bench_load", running.where, load_settings, messages=2, cpu_of=running.pid,
                        timeout=20, **options)


class LoadDriver(unittest.TestCase):
    def test_plays_what_was_asked_for(self):
        measured = played(["--full"], ["--full"], connections=3, sessions=2)
        self.assertEqual(measured["messages"], 12)
        self.assertEqual(measured["connections"], 6)
        self.assertGreater(measured["cpu_us_per_message"], 1)

    def test_a_filter_that_takes_less_does_not_pass(self):
        with self.assertRaisesRegex(Failure, "takes other events"):
            played(["--noop"], ["--full"])

    def test_a_filter_that_answers_less_does_not_pass(self):
        with self.assertRaisesRegex(Failure, "answers other events"):
            played(["--full", "--negotiate", "max"], ["--full"])

    def test_a_filter_that_answers_more_does_not_pass(self):
        with self.assertRaisesRegex(Failure, "answers other events"):
            played(["--full"], ["--full", "--negotiate", "max"])


class SystemCallCounter(unittest.TestCase):
    def test_counts_what_the_program_calls(self):
        with tempfile.TemporaryDirectory() as folder:
            counter = Counter(PROGRAMS / "bench_count_syscalls", pathlib.Path(folder) / "calls")
            settings = ["--full", "--negotiate", "max"]
            where = f"unix:{folder}/socket"
            with Filter(PROGRAMS / "bench_floor", settings, where, counter=counter) as running:
                def calls(messages):
                    before = counter.calls()
                    load(PROGRAMS / "bench_load", running.where, settings, workload="tiny", connections=1,
                         messages=messages, warm_up=0)
                    return counter.calls() - before
                once = calls(100)
                self.assertAlmostEqual(calls(200) - once, 300, delta=3)  # wait, receive, send


class Verdict(unittest.TestCase):
    def judged(self, figures, **bounds):
        row = Row("a row", "us", None, **bounds)
        return judge(row, [dict(zip(("ours", "floor", "libmilter"), one)) for one in figures])

    def test_bounds_are_multiples_of_the_floor_and_inclusive(self):
        at_both = self.judged([(20, 10, 99)], goal=2, must=2)
        self.assertIs(at_both["goal_met"], True)
        self.assertIs(at_both["must_met"], True)
        beyond = self.judged([(21, 10, 99)], goal=2, must=3)
        self.assertIs(beyond["goal_met"], False)
        self.assertIs(beyond["must_met"], True)
        self.assertIs(self.judged([(31, 10, 99)], goal=2, must=3)["must_met"], False)

    def test_a_disturbed_round_does_not_count(self):
        self.assertAlmostEqual(self.judged([(20, 10, 1), (90, 45, 1), (900, 10, 1)])["to_floor"], 2)

    def test_more_is_better_where_the_row_says_so(self):
        row = {"goal": 0.5, "must": 10, "must_against": "libmilter", "more_is_better": True}
        self.assertIs(self.judged([(4000, 8000, 400)], **row)["must_met"], True)
        self.assertIs(self.judged([(3999, 8000, 400)], **row)["must_met"], False)
        self.assertIs(self.judged([(3999, 8000, 400)], **row)["goal_met"], False)

    def test_a_program_that_is_missing_is_not_judged(self):
        self.assertIsNone(self.judged([(1, 1)], against="libmilter", must=1)["must_met"])


if __name__ == "__main__":
    unittest.main()
