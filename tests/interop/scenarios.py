"""How a site sees vouchd, whatever its mail server: the scenarios that every real MTA goes through.

A test file defines in a mixin how its MTA is started and reached, and inherits the scenarios once for each way in
which vouchd listens. Every test has senders of its own, so that none sees what another left in the cache.
"""

import contextlib
import os
import smtplib
import socket
import struct
import sys
import unittest

from peers import evidence, namespaces, swaks
from peers.process import PeerFailed
from peers.vouchd import Vouchd
from peers.world import NAME_SERVER, RECIPIENT, World

MTA_HOSTNAME = "mta.example.test"
MTA = ("127.0.0.1", 2525)
OWN_NETWORK = "127.0.0.1/32"

# The same place in the form of vouchd's configuration and of the MTA under test.
UNIX = "unix:{folder}/milter.sock"
INET = "inet:127.0.0.1:8891"

world = None


class Scenarios:
    """One vouchd and one MTA for all tests of a class; subclasses choose which."""

    mode = 'mode = "enforce"'
    listen = UNIX

    @classmethod
    def setUpClass(cls):
        cls.folder = namespaces.SCRATCH / cls.__name__
        cls.folder.mkdir()
        cls.listen = cls.listen.format(folder=cls.folder)
        cls.vouchd = Vouchd(cls.folder / "vouchd", cls.mode, cls.listen, NAME_SERVER, OWN_NETWORK)
        cls.addClassCleanup(cls._stop_vouchd)
        cls.mta = cls.start_mta()
        cls.addClassCleanup(cls.mta.stop)

    @classmethod
    def _stop_vouchd(cls):
        status = cls.vouchd.stop()
        if status != 0:
            raise PeerFailed(f"vouchd ended with {status}; its output:\n{cls.vouchd.log()}")

    # What an MTA's test file adds.

    @classmethod
    def start_mta(cls):
        """Starts the MTA at `MTA` with the milter at `cls.listen`, relaying to the world's inbox."""
        raise NotImplementedError

    def send_from_outside(self, sender, *options):
        """Sends one message as a client that is not ours."""
        raise NotImplementedError

    def connect_from_outside(self):
        """Returns an smtplib.SMTP after EHLO, as a client that is not ours."""
        raise NotImplementedError

    # What the scenarios are written in.

    def known(self, name):
        """Returns the address of a mailbox that exists, which no other class of tests uses."""
        return f"known.{name}.{type(self).__name__}@example.test"

    def unknown(self, name):
        return f"un{self.known(name)}"

    def assert_delivered(self, transcript):
        self.assertTrue(transcript.accepted, transcript.text)
        self.assertIn("This is a test mailing", world.delivered(transcript.message_id).get_payload())

    def assert_refused(self, transcript, address):
        """The message is refused at RCPT, in words that name the sender's server and quote its reply."""
        self.assertFalse(transcript.accepted, transcript.text)
        self.assertRegex(transcript.text,
                         rf"<\*\* 550 5\.1\.8 .*<{address}>.*mx\.example\.test.*550 5\.1\.1")

    def assert_never_asked(self, address):
        self.assertEqual(self.vouchd.events("callout", address), [])
        self.assertEqual(world.questions(address), [])

    def setUp(self):
        self._logs_before = [len(log) for log in (self.vouchd.log(), self.mta.log())]

    def evidence(self):
        """Returns what vouchd and the MTA logged during this test."""
        logs = (self.vouchd.log(), self.mta.log())
        vouchd, mta = (log[start:] for log, start in zip(logs, self._logs_before))
        return f"--- vouchd\n{vouchd}--- {type(self.mta).__name__}\n{mta}---\n"


class EnforceScenarios(Scenarios):
    def test_mail_of_a_known_sender_is_delivered(self):
        address = self.known("delivered")
        self.assert_delivered(self.send_from_outside(address))
        decision = self.vouchd.decision(address)
        self.assertEqual((decision["verdict"], decision["effective"]), ("success", "continue"))
        self.assertEqual(len(world.questions(address)), 1)

    def test_callout_asks_with_the_null_sender_and_our_name(self):
        address = self.known("asked")
        self.assert_delivered(self.send_from_outside(address))
        self.assertRegex(world.questions(address)[0], r"from=<> .* helo=<vouch\.example\.test>")

    def test_unknown_sender_is_refused_in_the_words_of_its_server(self):
        address = self.unknown("refused")
        self.assert_refused(self.send_from_outside(address), address)
        decision = self.vouchd.decision(address)
        self.assertEqual((decision["verdict"], decision["action"], decision["effective"]),
                         ("not_found", "reject", "reject"))

    def test_server_that_cannot_be_reached_does_not_stop_mail(self):
        address = "someone@unreachable.example.test"
        self.assert_delivered(self.send_from_outside(address))
        self.assertEqual(self.vouchd.decision(address)["verdict"], "temp_failure")

    def test_greylisting_server_does_not_stop_mail(self):
        address = "greylisted@example.test"
        self.assert_delivered(self.send_from_outside(address))
        self.assertEqual(self.vouchd.decision(address)["verdict"], "temp_failure")

    def test_bounce_causes_no_callout(self):
        before = world.connections()
        self.assert_delivered(self.send_from_outside("<>"))
        self.assertEqual(world.connections(), before)

    def test_client_on_our_own_network_causes_no_callout(self):
        address = self.unknown("colleague")
        self.assert_delivered(swaks.send(MTA, address, RECIPIENT))
        self.assertEqual(self.vouchd.decision(address)["rule"], "own-networks")
        self.assert_never_asked(address)

    def test_sender_seen_before_is_not_asked_about_again(self):
        address = self.known("twice")
        self.assert_delivered(self.send_from_outside(address))
        before = world.connections()
        self.assert_delivered(self.send_from_outside(address))
        self.assertEqual(world.connections(), before)
        self.assertEqual(len(world.questions(address)), 1)

    def test_refusal_is_remembered_too(self):
        address = self.unknown("twice")
        self.assert_refused(self.send_from_outside(address), address)
        self.assert_refused(self.send_from_outside(address), address)
        self.assertEqual(len(world.questions(address)), 1)

    def test_every_recipient_of_a_refused_sender_is_refused_by_one_callout(self):
        address = self.unknown("to-many")
        with self.connect_from_outside() as client:
            client.mail(address)
            replies = [client.rcpt(RECIPIENT) for _ in range(3)]
        self.assertEqual([code for code, text in replies], [550, 550, 550])
        self.assertEqual(len(world.questions(address)), 1)

    def test_client_that_vanishes_does_not_disturb_others(self):
        for stage in ("mail", "rcpt", "data"):
            with self.subTest(stage=stage):
                client = self.connect_from_outside()
                client.mail(self.known("vanished"))
                if stage != "mail":
                    client.rcpt(RECIPIENT)
                if stage == "data":
                    client.docmd("DATA")
                    client.send("Subject: never finished\r\n\r\nhalf a li")
                _reset(client)
                address = self.unknown(f"after-{stage}")
                self.assert_refused(self.send_from_outside(address), address)

    def test_transaction_after_rset_is_decided_by_its_own_sender(self):
        with self.connect_from_outside() as client:
            client.mail(self.unknown("reset"))
            self.assertEqual(client.rcpt(RECIPIENT)[0], 550)
            client.rset()
            client.mail(self.known("reset"))
            self.assertEqual(client.rcpt(RECIPIENT)[0], 250)
            client.rset()
            client.mail(self.unknown("reset"))
            self.assertEqual(client.rcpt(RECIPIENT)[0], 550)

    def test_messages_of_one_connection_are_decided_each_by_its_own(self):
        with self.connect_from_outside() as client:
            for address in (self.known("first"), self.unknown("second"), self.known("third")):
                text = f"Message-Id: <{address}>\r\n\r\nThis is a test mailing\r\n"
                if address.startswith("known"):
                    client.sendmail(address, RECIPIENT, text)
                    self.assert_delivered(swaks.Transcript(f"<{address}>", True, text))
                else:
                    with self.assertRaises(smtplib.SMTPRecipientsRefused):
                        client.sendmail(address, RECIPIENT, text)


class MonitorScenarios(Scenarios):
    """Everything is delivered, and the log says what would have been."""

    mode = "# monitor is the default"

    def test_unknown_sender_is_delivered_and_logged(self):
        address = self.unknown("monitored")
        self.assert_delivered(self.send_from_outside(address))
        decision = self.vouchd.decision(address)
        expected = {"verdict": "not_found", "action": "reject", "effective": "continue", "mode": "monitor"}
        self.assertEqual({key: decision[key] for key in expected}, expected)

    def test_known_sender_is_delivered(self):
        address = self.known("monitored")
        self.assert_delivered(self.send_from_outside(address))
        self.assertEqual(self.vouchd.decision(address)["action"], "continue")

    def test_unreachable_and_greylisting_servers_do_not_stop_mail(self):
        for address in ("someone@unreachable.example.test", "greylisted@example.test"):
            self.assert_delivered(self.send_from_outside(address))


def _reset(client):
    """Closes like a client that crashed: no QUIT, and a TCP reset."""
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def main(*peers):
    """Runs the test file that calls it, in namespaces, with those peers in addition to the world's."""
    global world
    if "VOUCHD" not in os.environ:
        sys.exit("VOUCHD must name the vouchd to test; \"ctest -L interop\" sets it")
    namespaces.move_in("nsd", "unbound", "postfix", "swaks", *peers)
    namespaces.furnish(MTA_HOSTNAME, NAME_SERVER[0])
    with contextlib.ExitStack() as stack:
        world = World(namespaces.SCRATCH / "world")
        stack.callback(world.stop)
        runner = unittest.TextTestRunner(verbosity=2, resultclass=evidence.Result)
        program = unittest.main(module="__main__", testRunner=runner, exit=False)
    sys.exit(not program.result.wasSuccessful())
