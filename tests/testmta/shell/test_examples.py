"""The scripts of the specification and of the documentation, played against the contract's filter as their reader would."""

import os
import pathlib
import unittest

from processes import run, tempfile

DOCS = pathlib.Path(__file__).parents[3] / "docs"
MESSAGE = "From: alice@example.org\nSubject: plain\n\nHello.\n"


def scripts_of(page, begins, ends):
    text = (DOCS / page).read_text()
    text = text[text.index(begins):text.index(ends)]
    return [block for block in text.split("\n```\n")[1::2] if "\ntest " in "\n" + block]


class Examples(unittest.TestCase):
    def play(self, script, profile):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "example.mts").write_text(script)
            pathlib.Path(folder, "plain.eml").write_text(MESSAGE)
            socket = f"unix:{folder}/filter.sock"
            filter_ = f"{os.environ['CONTRACT_FILTER']} --socket {socket} --profile {profile}"
            return run("run", "--milter", socket, "--start", filter_, "example.mts", cwd=folder)

    def test_those_of_the_specification_pass(self):
        scripts = scripts_of("spec/testmta.md", "## 13. Example", "## 14.")
        self.assertEqual(len(scripts), 10)
        for script in scripts:
            profile = "noreply" if "no-reply-header" in script else "default"
            with self.subTest(script.splitlines()[0]):
                self.assertNotIn("SKIP", self.play(script, profile))

    def test_the_parallel_one_of_the_documentation_passes(self):
        parallel = [one for one in scripts_of("testmta_run.md", "## Blocks", "## Steps") if "parallel" in one]
        self.assertEqual(len(parallel), 1)
        self.assertNotIn("SKIP", self.play(parallel[0], "default"))


if __name__ == "__main__":
    unittest.main()
