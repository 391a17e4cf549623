#!/usr/bin/env python3
"""Puts the conformance suites of testmta to filters: ours, and three on libmilter, in C and in Python.

What fails is compared with what is known of the implementation. Of libmilter it is what docs/spec/milter-protocol.md marks as "our rule;
libmilter differs". TESTMTA and CONTRACT_FILTERS name the programs.
"""

import contextlib
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from peers import filters, unpacked

_SUITES = pathlib.Path(__file__).resolve().parents[2] / "testmta/conformance"
_SECONDS = 600  # ends a run that hangs; no test measures time by it

# libmilter keeps silent where a command is out of order, and hangs at a greeting without an end.
_LIBMILTER = {
    "MP-055 a second offer closes the connection",
    "MP-081 a greeting without its NUL closes the connection",
    "MP-150 the connection is kept after a client that left in its message",
    "MP-159 RCPT without MAIL does not hang",
    "MP-162 a second end of message is answered",
    "MP-163 a second client closes the connection",
    "MP-164 C before the offer closes the connection",
    "MP-164 H before the offer closes the connection",
    "MP-164 M before the offer closes the connection",
}

# libmilter reads on after the end of the packet, so what it does depends on what lies there.
_VARIES = {"MP-081 a greeting without its NUL closes the connection"}

_BEFORE_OFFER = {one for one in _LIBMILTER if "before the offer" in one}
# Both close the connection where libmilter would keep it for another client, because of what their close callbacks return.
_CLOSES = {"MP-149 the connection is kept for another client", "MP-149 the connection is kept for five clients"}

# A test of ours must not depend on what random packets do to a library of others.
_NOT_RANDOM = ("--without-tag", "fuzz")

_stack = contextlib.ExitStack()
_folder = None


def setUpModule():
    global _folder
    _folder = pathlib.Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="vouch.")))
    _folder.chmod(0o755)


def tearDownModule():
    _stack.close()


class Conformance:
    kind = None
    known = frozenset()  # names of items, or globs, that fail
    options = ()

    def test_what_fails_is_what_is_known(self):
        place = _folder / type(self).__name__
        peer = self.kind(place, f"unix:{place}.socket")
        self.addCleanup(peer.end)
        command = [os.environ["TESTMTA"], "run", "--milter", peer.listen, "--jobs", "8", "--transcript", "fail",
                   *self.options, *sorted(str(one) for one in _SUITES.glob("*.mts"))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        said = done.stdout + done.stderr
        results = re.findall(r"^(ok|not ok) \d+ - (.*)$", done.stdout, re.MULTILINE)
        self.assertGreater(len(results), 200, said)
        self.assertEqual(len(results), int(re.match(r"1\.\.(\d+)", done.stdout)[1]), said)
        failed = {name for word, name in results if word == "not ok"}
        unknown = {name for name in failed if not any(fnmatch.fnmatchcase(name, one) for one in self.known)}
        self.assertEqual(unknown, set(), said)
        healed = {one for one in self.known - _VARIES if not fnmatch.filter(failed, one)}
        self.assertEqual(healed, set(), "these are said to fail, and pass")


def _contracts():
    for program in filter(None, os.environ.get("CONTRACT_FILTERS", "").split(":")):
        name = "".join(word.capitalize() for word in pathlib.Path(program).name.split("_"))
        known = _LIBMILTER if "twin" in pathlib.Path(program).name else frozenset()
        yield name, (staticmethod(filters.ContractKind(program)), known, _NOT_RANDOM if known else ())


_KINDS = {
    **dict(_contracts()),
    "PythonMilter": (staticmethod(filters.python_milter), _LIBMILTER | _CLOSES, _NOT_RANDOM),
    # MAIL before the offer ends the process of OpenDKIM 2.11.0 beta 2, and so do packets that were changed at random (seed 7 does).
    "Opendkim": (staticmethod(filters.opendkim), ((_LIBMILTER | _CLOSES) - _BEFORE_OFFER) | {
        # It asks libmilter to skip, which libmilter sends even where no piece of a body was sent.
        "MP-166 a last piece of the body with the end of the message"}, (*_NOT_RANDOM, "--without-tag", "before-offer")),
}

for _name, (_kind, _known, _options) in _KINDS.items():
    globals()[_name] = type(_name, (Conformance, unittest.TestCase),
                            {"kind": _kind, "known": frozenset(_known), "options": _options})

if __name__ == "__main__":
    if "TESTMTA" not in os.environ:
        sys.exit('TESTMTA must name testmta; "ctest -L interop" sets it')
    unpacked.fetch("opendkim", "pymilter")
    unittest.main(verbosity=2)
