"""No test is skipped but through cannot_run.py and cannot_run.hpp, which fail in CI; and those two do what they say.

no_silent_skips.py PROGRAM, where PROGRAM is made of skipping_test.cpp: a GoogleTest that cannot run.
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest
import unittest.mock

import cannot_run

_TESTS = pathlib.Path(__file__).resolve().parents[1]
_ALLOWED = {"cannot_run.py", "cannot_run.hpp", "no_silent_skips.py"}
_SKIP = re.compile(r"\bGTEST_SKIP\b|\bskipTest\b|\bSkipTest\b|\bskipIf\b|\bskipUnless\b|@unittest\.skip\b|exit\(77\)")

program = None


def in_environment(ci):
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return {**kept, **({"CI": ci} if ci else {})}


class NoSilentSkips(unittest.TestCase):
    def test_nothing_else_skips(self):
        files = [file for file in sorted(_TESTS.rglob("*"))
                 if file.suffix in (".py", ".cpp", ".hpp") and file.name not in _ALLOWED]
        found = [f"{file.relative_to(_TESTS)}:{number}: {line.strip()}" for file in files
                 for number, line in enumerate(file.read_text().splitlines(), start=1) if _SKIP.search(line)]
        self.assertGreater(len(files), 100)
        self.assertEqual(found, [], "use cannot_run instead")

    def test_a_person_reads_that_it_was_skipped(self):
        with unittest.mock.patch.dict(os.environ, in_environment(None), clear=True):
            with self.assertRaisesRegex(unittest.SkipTest, "^no moon$"):
                cannot_run.cannot_run("no moon")
        done = subprocess.run([program], env=in_environment(None), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("SKIPPED", done.stdout)

    def test_ci_fails(self):
        with unittest.mock.patch.dict(os.environ, in_environment("true"), clear=True):
            with self.assertRaises(Exception) as ended:  # a SkipTest that nobody caught would skip this very test
                cannot_run.cannot_run("no moon")
        self.assertIs(ended.exception.__class__, AssertionError)
        self.assertIn("cannot run: no moon", str(ended.exception))
        done = subprocess.run([program], env=in_environment("true"), capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("cannot run: no moon", done.stdout)
        self.assertNotIn("SKIPPED", done.stdout)  # ctest takes that word for a skipped test, whatever the status

    def test_what_has_no_meaning_is_not_there(self):
        class Some(unittest.TestCase):
            @cannot_run.only_where(False)
            def test_without_meaning(self):
                self.fail("it was run")

            @cannot_run.only_where(True)
            def test_with_meaning(self):
                pass

        self.assertEqual(unittest.defaultTestLoader.getTestCaseNames(Some), ["test_with_meaning"])


if __name__ == "__main__":
    program = sys.argv.pop()
    unittest.main()
