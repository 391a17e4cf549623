#!/usr/bin/env python3
"""Sendmail 8.17 with vouchd as its milter; clients that are not ours connect from another loopback address."""

import smtplib
import unittest

import scenarios
from peers import swaks
from peers.sendmail import Sendmail
from peers.world import INBOX, RECIPIENT

_OUTSIDE = "127.66.0.9"


class SendmailMta:
    @classmethod
    def start_mta(cls):
        return Sendmail(cls.folder / "sendmail", scenarios.MTA_HOSTNAME, {scenarios.MTA: _spell(cls.listen)},
                        relay=INBOX)

    def send_from_outside(self, sender, *options):
        return swaks.send(scenarios.MTA, sender, RECIPIENT, "--local-interface", _OUTSIDE, *options)

    def connect_from_outside(self):
        client = smtplib.SMTP(*scenarios.MTA, local_hostname="client.example", source_address=(_OUTSIDE, 0))
        client.ehlo()
        return client


def _spell(listen):
    """Turns inet:HOST:PORT, which vouchd and Postfix read, into Sendmail's inet:PORT@HOST."""
    family, place = listen.split(":", 1)
    return listen if family == "unix" else "inet:{1}@{0}".format(*place.rsplit(":", 1))


class LocalPrograms:
    def test_mail_of_a_local_program_causes_no_callout(self):
        address = self.unknown("handed-in")
        said = self.mta.converse(scenarios.MTA, "EHLO x.example", f"MAIL FROM:<{address}>", f"RCPT TO:<{RECIPIENT}>",
                                 "QUIT")
        self.assertRegex(said[3], "^250 ", said)
        decision = self.vouchd.decision(address)
        self.assertEqual((decision["rule"], decision.get("client")), ("own-networks", None), said)
        self.assert_never_asked(address)


class EnforceByUnixSocket(SendmailMta, LocalPrograms, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class EnforceByInet(SendmailMta, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.INET


class MonitorByUnixSocket(SendmailMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class MonitorByInet(SendmailMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.INET


if __name__ == "__main__":
    scenarios.main("sendmail")
