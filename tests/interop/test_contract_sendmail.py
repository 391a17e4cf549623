#!/usr/bin/env python3
"""contract_filter with Sendmail 8.17."""

import re
import unittest

import contract_scenarios as contract
from peers.process import wait_until
from peers.sendmail import Sendmail

_UNIX, _INET, _NOREPLY, _MINIMAL, _LEADSPC = range(2525, 2530)
_DOORS = {
    _UNIX: ("unix:{folder}/socket", "default"),
    _INET: ("inet:8891@127.0.0.1", "default"),
    _NOREPLY: ("unix:{folder}/socket", "noreply"),
    _MINIMAL: ("unix:{folder}/socket", "minimal"),
    _LEADSPC: ("unix:{folder}/socket", "leadspc"),
}


def start_sendmail(folder, filters):
    return Sendmail(folder, contract.MTA_HOSTNAME,
                    {("127.0.0.1", port): each.listen for port, each in filters.items()}, relay=contract.SINK)


class SendmailMta:
    tempfail = "451 4.3.2 Please try again later"
    content_reject = "554 5.7.1 Command rejected"
    content_tempfail = tempfail

    def of(self, address, text):
        """Sendmail puts the address into the first line of a 550."""
        return re.sub(r"\A(550 \S+) ", rf"\1 <{address}>... ", text)

    def held(self, token):
        """Returns the control file of the message in the queue, whose name begins with hf while it is quarantined."""
        return wait_until(lambda: self._find_held(token), f"{token} in quarantine")

    def _find_held(self, token):
        files = [path.read_text("latin-1") for path in contract.mta.queue.glob("hf*")]
        return next((text for text in files if token in text), None)


class UnixEnvelope(SendmailMta, contract.Envelope, unittest.TestCase):
    door = _UNIX


class InetEnvelope(SendmailMta, contract.Envelope, unittest.TestCase):
    door = _INET


class UnixContent(SendmailMta, contract.Content, unittest.TestCase):
    door = _UNIX


class InetContent(SendmailMta, contract.Content, unittest.TestCase):
    door = _INET


class UnixModifications(SendmailMta, contract.Modifications, unittest.TestCase):
    door = _UNIX


class InetModifications(SendmailMta, contract.Modifications, unittest.TestCase):
    door = _INET


class UnixNoReply(SendmailMta, contract.NoReply, unittest.TestCase):
    door = _NOREPLY


class UnixMinimal(SendmailMta, contract.Minimal, unittest.TestCase):
    door = _MINIMAL


class UnixLeadingBlanks(SendmailMta, contract.LeadingBlanks, unittest.TestCase):
    door = _LEADSPC


if __name__ == "__main__":
    contract.main(["sendmail"], _DOORS, start_sendmail)
