#!/usr/bin/env python3
"""Compiles each header of a folder after no other header of ours.

usage: each_alone.py FOLDER MADE -- COMPILER [OPTION...]

What the headers include from elsewhere is compiled once, into the folder MADE, and comes before each of them; a full read
would take a second and a half for each. So an #include of the standard library that is missing is not found.
"""

import pathlib
import re
import subprocess
import sys

folder, made, separator, *compiler = sys.argv[1:]
assert separator == "--" and compiler, __doc__
headers = sorted(pathlib.Path(folder).rglob("*.hpp"))
if not headers:
    sys.exit(f"{folder} has no header")
elsewhere = pathlib.Path(made, "elsewhere.hpp")
elsewhere.parent.mkdir(parents=True, exist_ok=True)
outside = {line for header in headers for line in re.findall(r"^#include <.*>", header.read_text(), re.M)}
elsewhere.write_text("\n".join(sorted(outside)) + "\n")
suffix = ".pch" if "clang" in compiler[0] else ".gch"
subprocess.run([*compiler, "-x", "c++-header", elsewhere, "-o", f"{elsewhere}{suffix}"], check=True)
wrong = 0
for header in headers:
    done = subprocess.run([*compiler, "-fsyntax-only", "-x", "c++", "-include", elsewhere, "-include", header, "/dev/null"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        wrong += 1
        print(f"{header} needs another header before it:\n{done.stderr}")
print(f"{len(headers) - wrong} of {len(headers)} headers compile alone")
sys.exit(wrong != 0)
