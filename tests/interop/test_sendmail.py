#!/usr/bin/env python3
"""Sendmail 8.17 with vouchd as its milter; a client that is not ours comes from another loopback address."""

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
    """vouchd's and Postfix's inet:HOST:PORT is Sendmail's inet:PORT@HOST."""
    family, place = listen.split(":", 1)
    return listen if family == "unix" else "inet:{1}@{0}".format(*place.rsplit(":", 1))


class EnforceByUnixSocket(SendmailMta, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class EnforceByInet(SendmailMta, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.INET


class MonitorByUnixSocket(SendmailMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class MonitorByInet(SendmailMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.INET


if __name__ == "__main__":
    scenarios.main("sendmail")
