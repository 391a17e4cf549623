"""What scripts/clauses finds in a small repository of its own.

The clauses here begin with QQ, which the real pages do not have, and other names are put together, so that the check of the
real repository does not take this file for one that cites them.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CLAUSES = pathlib.Path(__file__).resolve().parents[2] / "scripts/clauses"
EGGS, MORE, HENS = (".".join((name, "md")) for name in ("eggs", "more", "hens"))
PAGE = """# Eggs

## 1. Boiling

### 1.1 Water
1. It boils.
2. It is salted, see section 1.

- QQ-001 An egg is boiled.
- QQ-002 An egg is boiled once.
- QQ-003 to QQ-005 withdrawn: eggs of geese.
- QQ-006 An egg has a shell.

| No. | What |
|---|---|
| D1 | blue shells |
"""


class Clauses(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write(f"docs/spec/{EGGS}", PAGE)
        self.write("docs/spec/clauses.md", "")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_it(self, *options):
        done = subprocess.run([sys.executable, CLAUSES, "--root", self.root, *options],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def problems(self):
        """What the check says when the table is up to date."""
        self.assertEqual(self.run_it("--table"), (0, ""))
        status, said = self.run_it()
        self.assertEqual(status, 1 if said else 0)
        return said.splitlines()

    def test_citations_that_lead_somewhere(self):
        self.write("tests/egg_test.cpp", f"// QQ-001 to QQ-002, {EGGS} 1.1, 1.1.2 and 1; peculiarity D{1}\n"
                                         "TEST(egg, QQ_006_has_a_shell)\n")
        self.assertEqual(self.problems(), [])

    def test_a_clause_that_is_not_there(self):
        self.write("src/egg.cpp", "\n/// As QQ-007 says.\n")
        self.write("tests/egg_test.cpp", "TEST(egg, QQ_001_QQ_008_is_boiled)\n")
        self.assertEqual(self.problems(), ["src/egg.cpp:2: QQ-007 is not a clause of docs/spec",
                                           "tests/egg_test.cpp:1: QQ-008 is not a clause of docs/spec"])

    def test_a_clause_that_was_withdrawn(self):
        self.write("fuzz/egg.cpp", "// QQ-004")
        self.assertEqual(self.problems(), ["fuzz/egg.cpp:1: QQ-004 was withdrawn"])

    def test_a_clause_that_is_defined_twice(self):
        self.write(f"docs/spec/{MORE}", "# More\n\n- QQ-001 An egg is fried.\n")
        self.assertEqual(self.problems(),
                         [f"docs/spec/{MORE}:3: QQ-001 is already defined in docs/spec/{EGGS}:9"])

    def test_a_section_that_is_not_there(self):
        self.write("bench/egg.cpp", f"// ({EGGS} 1, 2.7)\n// {EGGS}\n// 3 {EGGS} 1.1.3\n")
        self.assertEqual(self.problems(), [f"bench/egg.cpp:1: {EGGS} has no section 2.7",
                                           f"bench/egg.cpp:2: {EGGS} has no section 3",
                                           f"bench/egg.cpp:3: {EGGS} has no section 1.1.3"])

    def test_a_section_of_the_same_page(self):
        self.write(f"docs/spec/{EGGS}", PAGE.replace("see section 1", "see section 4"))
        self.assertEqual(self.problems(), [f"docs/spec/{EGGS}:7: {EGGS} has no section 4"])

    def test_an_entry_of_a_table(self):
        self.write("src/egg.hpp", f"// peculiarities D1 and D{2}\n")
        self.assertEqual(self.problems(), [f"src/egg.hpp:1: D{2} is not an entry of a table in docs/spec"])

    def test_an_entry_without_the_name_of_its_table(self):
        for number, comment in enumerate(("(D{})", "QQ-001, D{}", "// D{}"), start=1):
            self.write(f"src/egg{number}.hpp", comment.format(1))
        self.assertEqual([line.partition(" (")[0] for line in self.problems()],
                         [f"src/egg{number}.hpp:1: D{1} is ambiguous" for number in (1, 2, 3)])

    def test_a_page_that_is_not_there(self):
        self.write("README", f"See docs/{HENS}.\n")
        self.assertEqual(self.problems(), [f"README:1: {HENS} is not a page of this repository"])

    def test_the_table(self):
        self.write("tests/egg_test.cpp", "// QQ-001 to QQ-002\n")
        self.write("src/egg.cpp", "// QQ-006\n")
        self.assertEqual(self.problems(), [])
        table = (self.root / "docs/spec/clauses.md").read_text(encoding="utf-8")
        self.assertIn("| QQ-001 | `tests/egg_test.cpp` |\n| QQ-002 | `tests/egg_test.cpp` |\n", table)
        self.assertIn("- QQ: QQ-006\n", table)
        self.assertNotIn("QQ-004", table)

    def test_a_table_that_is_stale(self):
        self.assertEqual(self.problems(), [])
        self.write("tests/egg_test.cpp", "// QQ-001\n")
        status, said = self.run_it()
        self.assertEqual(status, 1)
        self.assertIn("docs/spec/clauses.md:1: this page is stale", said)


unittest.main()
