#!/usr/bin/env python3
"""contract_filter with `testmta smtp`, which asks filters as Postfix does.."""

import smtplib
import unittest

import contract_scenarios as contract
from peers import namespaces
from peers.certificate import Certificate
from peers.maildir import Maildir
from peers.process import wait_until
from peers.testmta_smtp import TestmtaSmtp

_UNIX, _INET, _NOREPLY, _MINIMAL, _LEADSPC = range(2525, 2530)
_DOORS = {
    _UNIX: ("unix:{folder}/socket", "default"),
    _INET: ("inet:8891@127.0.0.1", "default"),
    _NOREPLY: ("unix:{folder}/socket", "noreply"),
    _MINIMAL: ("unix:{folder}/socket", "minimal"),
    _LEADSPC: ("unix:{folder}/socket", "leadspc"),
}
_FOLDER = namespaces.SCRATCH / "mta"


def start_testmta(folder, filters):
    folder.mkdir()
    certificate = Certificate(folder / "certificate", contract.MTA_HOSTNAME)
    return TestmtaSmtp(folder, {("127.0.0.1", port): ["--milter", each.listen] for port, each in filters.items()},
                       "--hostname", contract.MTA_HOSTNAME, "--relay", "{}:{}".format(*contract.SINK),
                       "--tls-certificate", certificate.certificate, "--tls-key", certificate.key)


class Testmta:
    tempfail = "451 4.7.1 Service unavailable - try again later"
    content_reject = "550 5.7.1 Command rejected"
    content_tempfail = tempfail
    after_refused_greeting = 503

    def held(self, token):
        return wait_until(lambda: self._find_held(token), f"{token} to be held")

    def _find_held(self, token):
        files = [path.read_text("latin-1") for path in (_FOLDER / "maildir/.held/new").iterdir()]
        return next((text for text in files if token in text), None)


class Keeps(Testmta, contract.Contract, unittest.TestCase):
    door = _UNIX

    def test_what_is_relayed_is_also_in_the_maildir(self):
        delivery, _ = self.deliver("X-Contract: add-rcpt dora@inbox.test", "X-Contract: add-header X-Added a")
        kept = Maildir(_FOLDER / "maildir").wait(delivery.values("X-Token")[0].strip())
        self.assertEqual((kept.sender, kept.recipients, kept.content),
                         (delivery.sender, delivery.recipients, delivery.content))

    def test_a_message_that_nobody_is_left_to_get_goes_nowhere(self):
        token, reply, _ = self.send(f"X-Contract: delete-rcpt {contract.RECIPIENT}")
        self.assertEqual(reply.code, 250)
        self.assert_not_delivered(token)


class Tls(Testmta, contract.Contract, unittest.TestCase):
    door = _INET

    def test_the_client_greets_anew(self):
        with smtplib.SMTP("127.0.0.1", self.door, local_hostname="client.example") as client:
            client.ehlo()
            client.starttls()
            client.sendmail(contract.SENDER, [contract.RECIPIENT], "X-Token: in-tls\r\n\r\nbody\r\n")
        self.assertIn(" with ESMTPS id ", contract.sink.wait("in-tls").values("Received")[0])
        lines = self.only_connection()
        self.assertEqual(contract.arguments(lines, "helo"), ["client.example"] * 2)
        self.assert_callbacks(f"helo {contract.MESSAGE}", lines)


class UnixEnvelope(Testmta, contract.Envelope, unittest.TestCase):
    door = _UNIX


class InetEnvelope(Testmta, contract.Envelope, unittest.TestCase):
    door = _INET


class UnixContent(Testmta, contract.Content, unittest.TestCase):
    door = _UNIX


class UnixModifications(Testmta, contract.Modifications, unittest.TestCase):
    door = _UNIX


class UnixNoReply(Testmta, contract.NoReply, unittest.TestCase):
    door = _NOREPLY


class UnixMinimal(Testmta, contract.Minimal, unittest.TestCase):
    door = _MINIMAL


class UnixLeadingBlanks(Testmta, contract.LeadingBlanks, unittest.TestCase):
    door = _LEADSPC


if __name__ == "__main__":
    contract.main(["openssl"], _DOORS, start_testmta)
