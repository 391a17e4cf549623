"""Takes the blocks of C or C++ out of a page of documentation and compiles them as one file, in their order.

compile_blocks.py PAGE LANGUAGE FILE -- COMPILER ARGUMENT...

Exits with 77 where a header of the blocks is not installed; with CI=true that is a failure.
"""

import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cannot_run import must_run  # noqa: E402

SKIPPED = 77


def blocks_of(page, language):
    """The lines of each block, and where they stand."""
    block, begun = None, 0
    for number, line in enumerate(open(page, encoding="utf-8"), start=1):
        if block is not None and line.rstrip() == "```":
            yield begun, block
            block = None
        elif block is not None:
            block.append(line)
        elif line.rstrip() == "```" + language:
            block, begun = [], number


def main():
    page, language, path = sys.argv[1:4]
    command = sys.argv[sys.argv.index("--") + 1:]
    blocks = list(blocks_of(page, language))
    if not blocks:
        sys.exit(f"{page} has no block of {language}")
    with open(path, "w", encoding="utf-8") as out:
        for begun, lines in blocks:
            out.write(f'#line {begun + 1} "{page}"\n' + "".join(lines))
    text = "".join(line for _, lines in blocks for line in lines)
    for header in re.findall(r"^#include <(libmilter/.*)>", text, re.MULTILINE):
        probe = subprocess.run([*command, "-"], input=f"#include <{header}>\n", text=True, capture_output=True)
        if probe.returncode != 0:
            print(f"{'FAILED' if must_run() else 'skipped'}: <{header}> is not installed")
            sys.exit(1 if must_run() else SKIPPED)
    sys.exit(subprocess.run([*command, path]).returncode)


main()
