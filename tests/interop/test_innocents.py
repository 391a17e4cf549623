#!/usr/bin/env python3
"""Nine senders who exist, whose servers refuse or stall every callout: which of them a real Exim and vouchd refuse.

Both verify by callout against the same `testmta world`. Each row of the printed table is one sender.
"""

import contextlib
import json
import os
import subprocess
import sys
import unittest

from peers import namespaces
from peers.exim import Exim
from peers.process import Process, wait_until
from peers.smtp_client import Client

_WORLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../testmta/zoo/nine.world")
_SENDERS = {  # why a callout gets a negative answer, and vouchd's result
    "ann@n1.example": ("the banner refuses our address", "policy_block"),
    "ann@n2.example": ("EHLO and HELO are refused", "policy_block"),
    "ann@n3.example": ("MAIL FROM:<> is refused because of our address", "policy_block"),
    "ann@n4.example": ("MAIL FROM:<> is refused, other senders are welcome", "catch_all"),
    "ann@n5.example": ("RCPT is refused because of our address", "policy_block"),
    "ann@n6.example": ("RCPT is refused because our address has no name", "policy_block"),
    "ann@n7.example": ("the mailbox is full", "temp_failure"),
    "ann@n8.example": ("the peer verifies our sender in turn, and fails", "policy_block"),
    "ann@n9.example": ("the peer greylists unknown clients", "temp_failure"),
}
_NAME_SERVER = ("127.0.0.1", 53)
_EXIM = ("127.0.0.1", 2525)
_EXIM_SETTINGS = """
primary_hostname = verifier.example.net
queue_only = true
tls_advertise_hosts =
log_selector = -all
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  require verify = sender/callout=10s,no_cache
  accept

begin routers
there:
  driver = dnslookup
  transport = away

begin transports
away:
  driver = smtp
  port = 25
  hosts_avoid_tls = *
  helo_data = verifier.example.net
"""
_REFUSED_BY_DEFAULT = {"not_found", "no_mx"}

exim = None
configuration = None


def exim_says(sender):
    """Returns Exim's reply to RCPT, which the verification of the sender decides."""
    with Client(_EXIM) as client:
        client.say("EHLO client.example.net")
        client.say(f"MAIL FROM:<{sender}>")
        return client.say("RCPT TO:<bob@verifier.example.net>")


def vouchd_says(senders):
    """Returns {sender: result} of one run."""
    done = subprocess.run([os.environ["VOUCHD"], "-c", configuration, "verify", "--standalone", "--json"],
                          input="".join(f"{sender}\n" for sender in senders), capture_output=True, text=True)
    answers = map(json.loads, done.stdout.splitlines())
    return {answer["address"]: answer["result"] for answer in answers}


class Innocents(unittest.TestCase):
    maxDiff = None

    def test_exim_refuses_many_and_vouchd_none(self):
        ours = vouchd_says(_SENDERS)
        self.assertEqual(ours, {sender: result for sender, (_, result) in _SENDERS.items()})
        theirs = {sender: exim_says(sender) for sender in _SENDERS}
        for sender, (why, _) in _SENDERS.items():
            print(f"{why:52}  Exim {theirs[sender].code}  vouchd {ours[sender]}", file=sys.stderr)
        self.assertFalse(_REFUSED_BY_DEFAULT.intersection(ours.values()))
        refused = [sender for sender, reply in theirs.items() if reply.code // 100 == 5]
        print(f"refused: {len(refused)} by Exim, 0 by vouchd", file=sys.stderr)
        self.assertGreater(len(refused), 5, exim.log())  # otherwise the comparison would show nothing

    def test_a_sender_that_does_not_exist_is_refused(self):
        """Otherwise vouchd could spare the innocent by never refusing anything."""
        self.assertEqual(vouchd_says(["ann@nowhere.n9.example"]), {"ann@nowhere.n9.example": "no_mx"})


def main():
    global exim, configuration
    namespaces.move_in("exim")
    namespaces.furnish("verifier.example.net", _NAME_SERVER[0])
    with contextlib.ExitStack() as stack:
        folder = namespaces.SCRATCH / "innocents"
        folder.mkdir()
        configuration = folder / "vouchd.toml"
        world = Process([os.environ["TESTMTA"], "world", _WORLD, "--port", "25", "--dns-port", str(_NAME_SERVER[1]),
                         "--write-config", configuration], folder / "world")
        stack.callback(world.stop)
        wait_until(lambda: configuration.exists() and configuration.read_text(), "a world")
        # A fallback sender for servers that accept no bounces, as docs/operating.md recommends.
        written = configuration.read_text()
        configuration.write_text(written.replace(
            "[callout]\n", '[callout]\nmail_from = ["<>", "probe@verifier.example.net"]\n'))
        exim = Exim(folder / "exim", [_EXIM], _EXIM_SETTINGS)
        stack.callback(exim.stop)
        program = unittest.main(exit=False, verbosity=2)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
