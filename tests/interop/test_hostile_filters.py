#!/usr/bin/env python3
"""Plays the hostile filters of testmta/hostile to Postfix, Sendmail, `testmta smtp` and, if Go is installed, to go-milter,
and judges what becomes of them.

With `--table` it prints the table of docs/testmta_filter.md.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import unittest

from peers import go_milter, namespaces
from peers.postfix import Postfix
from peers.sendmail import Sendmail
from peers.sink import Sink
from peers.testmta_smtp import TestmtaSmtp

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SCRIPTS = sorted((_ROOT / "testmta/hostile").glob("*.mts"))
_FOLDER = namespaces.SCRATCH
_HOSTNAME = "mta.example.test"
_SINK = ("127.0.0.1", 10025)
_DOORS = {"postfix": ("127.0.0.1", 2525), "sendmail": ("127.0.0.1", 2526), "testmta smtp": ("127.0.0.1", 2527)}
_PATIENCE = 1  # seconds that each MTA gives a filter
_HUNG = 15     # seconds after which a client gives up: the MTA does not answer

# What real ones are known to do worse than to refuse: with these their client waits in vain, hears a line that is not a
# reply, or is cut off without a word. Anything else of that kind lets the test fail.
_KNOWN = {
    "postfix": {"a last line that says another follows", "a reply of 60,000 bytes, whose lines have no code"},
    "sendmail": {"a last line that says another follows", "a reply of 60,000 bytes, whose lines have no code",
                 "a packet that claims 0 bytes and has 1", "a packet that claims 4294967295 bytes and has 1",
                 "random bytes in place of the answers", "a recipient to add with arguments that are none"},
    "go-milter": {"a packet of length 0", "a packet that claims 0 bytes and has 1"},
}
# An old Postfix may crash at these; Debian's has not been seen to.
_MAY_CRASH = "an enhanced status code without a text"


def _socket(mta):
    return _FOLDER / f"{mta.replace(' ', '.')}.filter"


class Session:
    """What a client heard: one message to two recipients."""

    def __init__(self, endpoint):
        self.replies = []
        self.ending = None
        self._socket = socket.create_connection(endpoint, _HUNG)
        self._file = self._socket.makefile("rb")
        with contextlib.closing(self._socket):
            self._talk()

    def _talk(self):
        if not self._hear("greeting"):
            return
        for line in ("EHLO client.example", "MAIL FROM:<ann@client.example>", "RCPT TO:<bob@inbox.test>",
                     "RCPT TO:<carol@inbox.test>", "DATA"):
            if not self._say(line):
                return
        if self.replies[-1][1] == 354:
            self._send(f"Subject: hello\r\n\r\n{'a line of the body' * 3}\r\n.\r\n")
            if not self._hear("message"):
                return
        self._say("QUIT")

    def _say(self, line):
        self._send(line + "\r\n")
        return self._hear(line.split()[0])

    def _send(self, text):
        with contextlib.suppress(OSError):
            self._socket.sendall(text.encode())

    def _hear(self, to):
        """Takes a reply. Returns whether the session goes on."""
        line = b"   -"
        while line[3:4] == b"-":
            try:
                line = self._file.readline()
            except TimeoutError:
                self.ending = "hung"
                return False
            except OSError:
                line = b""
            if not line.endswith(b"\n"):
                self.ending = "dropped"
                return False
            if not re.match(rb"[2-5]\d\d[ \r-]", line):
                self.ending = "garbled"
                return False
        self.replies.append((to, int(line[:3])))
        if line.startswith(b"421"):
            self.ending = "421"
        return self.ending is None

    def refusal(self):
        """Returns what was refused first, and the code."""
        return next((each for each in self.replies if each[1] >= 400), None)


def judge(session, log):
    if re.search(r"killed by signal|panic:|Segmentation|AddressSanitizer", log):
        return "crashed"
    if session.ending in ("hung", "garbled", "dropped"):
        return session.ending
    return "refused" if session.refusal() else "survived"


class Player(threading.Thread):
    """Plays all items to one MTA, one after the other. `show` lets the MTA have one message filtered, and judges."""

    def __init__(self, name, show):
        super().__init__(daemon=True)
        self.name, self._show = name, show
        self.results = {}
        self.problem = None

    def run(self):
        try:
            self._play()
        except Exception as problem:  # the main thread reports it
            self.problem = problem

    def _play(self):
        with subprocess.Popen(
                [os.environ["TESTMTA"], "filter", *map(str, _SCRIPTS), "--once", "--tap", "--transcript", "never",
                 "--timeout", "20s", "--listen", f"unix:{_socket(self.name)}", "--socket-mode", "0666"],
                stdout=subprocess.PIPE, text=True) as filters:
            plan = next(line for line in filters.stdout if line.startswith("1.."))
            next(line for line in filters.stdout if line.startswith("# listening"))
            for _ in range(int(plan[3:])):
                what = self._show()
                line = next(line for line in filters.stdout if re.match(r"(not )?ok \d", line))
                item = line.split(" - ", 1)[1].strip().replace("\\\\", "\\").replace("\\#", "#")
                self.results[item] = what


def _by_smtp(name, mta):
    def show():
        log_before = len(mta.log())
        session = Session(_DOORS[name])
        return judge(session, mta.log()[log_before:])
    return show


def _by_go(folder):
    program = go_milter.build(folder)

    def show():
        line = go_milter.play(program, _socket("go-milter"), _HUNG)
        words = {"took": "survived", "refused:": "refused", "error:": "refused", "crashed:": "crashed", "hung": "hung"}
        return words[line.split()[0]]
    return show


def _start_postfix():
    return Postfix(_FOLDER / "postfix", {_DOORS["postfix"]: ""}, {
        "myhostname": _HOSTNAME, "mynetworks": "127.0.0.0/8", "relay_domains": "inbox.test",
        "relayhost": "[{}]:{}".format(*_SINK),
        "smtpd_milters": f"unix:{_socket('postfix')}", "milter_default_action": "tempfail",
        **{f"milter_{stage}_timeout": f"{_PATIENCE}s" for stage in ("connect", "command", "content")},
    })


def _start_sendmail():
    return Sendmail(_FOLDER / "sendmail", _HOSTNAME,
                    {_DOORS["sendmail"]: f"unix:{_socket('sendmail')}"}, relay=_SINK,
                    timeouts=f"C:{_PATIENCE}s;S:{_PATIENCE}s;R:{_PATIENCE}s;E:{_PATIENCE}s")


def _start_testmta():
    return TestmtaSmtp(_FOLDER / "testmta", {_DOORS["testmta smtp"]: [
        "--milter", f"unix:{_socket('testmta smtp')}", "--milter-timeout", str(_PATIENCE),
        "--hostname", _HOSTNAME, "--relay", "{}:{}".format(*_SINK)]})


_STARTS = {"postfix": _start_postfix, "sendmail": _start_sendmail, "testmta smtp": _start_testmta}


def play_all():
    """Returns {MTA: {item: what became of it}}."""
    with contextlib.ExitStack() as stack:
        stack.callback(Sink(_SINK).stop)
        players = []
        # Sanitizers say nothing of programs that are not ours.
        ours_alone = os.environ.get("VOUCH_SANITIZED") == "1"
        for name, start in _STARTS.items():
            if ours_alone and name != "testmta smtp":
                continue
            mta = start()
            stack.callback(mta.stop)
            players.append(Player(name, _by_smtp(name, mta)))
        if go_milter.available() and not ours_alone:
            players.append(Player("go-milter", _by_go(_FOLDER / "go")))
        for each in players:
            each.start()
        for each in players:
            each.join()
            if each.problem:
                raise each.problem
        return {each.name: each.results for each in players}


class HostileFilters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = play_all()
        cls.harmed = {mta: {item for item, what in results.items() if what not in ("refused", "survived")}
                      for mta, results in cls.results.items()}

    def test_every_mta_got_every_item_and_was_there_for_the_next(self):
        items = [list(results) for results in self.results.values()]
        self.assertGreaterEqual(len(items[0]), 180)
        for each in items[1:]:
            self.assertEqual(items[0], each)

    def test_ours_refuses_or_survives(self):  # TM-140
        self.assertEqual(self.harmed["testmta smtp"], set())

    def test_real_ones_are_harmed_by_nothing_new(self):
        for mta in set(self.results) - {"testmta smtp"}:
            harmed = {item for item in self.harmed[mta] if not item.startswith(_MAY_CRASH)}
            self.assertEqual(harmed - _KNOWN[mta], set(), mta)


def print_table():
    results = play_all()
    lines = ["| what the filter does | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for item in next(iter(results.values())):
        words = [each[item] for each in results.values()]
        name = item.replace("|", "\\|")
        lines.append(f"| {name} | " + " | ".join(words) + " |")
    print("\n".join(lines))


def main():
    if "TESTMTA" not in os.environ:
        sys.exit("TESTMTA must name the testmta to test; \"ctest -L interop\" sets it")
    namespaces.move_in("postfix", "sendmail")
    namespaces.furnish(_HOSTNAME, "127.0.0.1")
    if sys.argv[1:] == ["--table"]:
        return print_table()
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
