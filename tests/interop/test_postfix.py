#!/usr/bin/env python3
"""Postfix 3.7 with vouchd as its milter; clients that are not ours connect by means of XCLIENT."""

import smtplib
import unittest

import scenarios
from peers import swaks
from peers.postfix import Postfix
from peers.world import INBOX, RECIPIENT

_OUTSIDE = "ADDR=192.0.2.9 NAME=client.example"


class PostfixMta:
    parameters = {}

    @classmethod
    def start_mta(cls):
        return Postfix(cls.folder / "postfix", {scenarios.MTA: ""}, {
            "myhostname": scenarios.MTA_HOSTNAME,
            "mynetworks": "127.0.0.0/8",
            "smtpd_authorized_xclient_hosts": "127.0.0.1",
            "relay_domains": "inbox.test",
            "relayhost": "[{}]:{}".format(*INBOX),
            "smtpd_milters": cls.listen,
            # A dead filter must not look like one that accepts.
            "milter_default_action": "tempfail",
            **cls.parameters,
        })

    def send_from_outside(self, sender, *options):
        return swaks.send(scenarios.MTA, sender, RECIPIENT, "--xclient", _OUTSIDE, *options)

    def connect_from_outside(self):
        client = smtplib.SMTP(*scenarios.MTA, local_hostname="client.example")
        client.ehlo()
        client.docmd("XCLIENT", _OUTSIDE)
        client.ehlo()
        return client


class Authenticated:
    def test_authenticated_client_causes_no_callout(self):
        address = self.unknown("authenticated")
        who = f"{_OUTSIDE} LOGIN=ann"
        self.assert_delivered(swaks.send(scenarios.MTA, address, RECIPIENT, "--xclient", who))
        self.assertEqual(self.vouchd.decision(address)["rule"], "authenticated")
        self.assert_never_asked(address)


class QueueId:
    def test_a_decision_is_found_by_the_queue_id(self):
        address = self.known("queued")
        self.assert_delivered(self.send_from_outside(address))
        decision = self.vouchd.decision(address)
        self.assertNotIn("qid", decision)  # Postfix has none before it has accepted the first recipient
        queued = [line for line in self.vouchd.events("queued") if line["id"] == decision["id"]]
        self.assertEqual(len(queued), 1)
        self.assertIn(f"{queued[0]['qid']}: from=<{address}>", self.mta.log())


class EnforceByUnixSocket(PostfixMta, Authenticated, QueueId, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class EnforceByInet(PostfixMta, Authenticated, scenarios.EnforceScenarios, unittest.TestCase):
    listen = scenarios.INET


class EnforceWithMacrosOfTheSite(PostfixMta, Authenticated, QueueId, scenarios.Scenarios, unittest.TestCase):
    """The site's own lists name no macro that vouchd reads."""

    parameters = {"milter_mail_macros": "{mail_addr} {client_addr} {client_name}",
                  "milter_rcpt_macros": "{rcpt_addr}",
                  "milter_end_of_data_macros": "{mail_addr}"}


class MonitorByUnixSocket(PostfixMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.UNIX


class MonitorByInet(PostfixMta, scenarios.MonitorScenarios, unittest.TestCase):
    listen = scenarios.INET


if __name__ == "__main__":
    scenarios.main()
