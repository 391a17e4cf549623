#!/usr/bin/env python3
"""contract_filter with Postfix 3.7, in every protocol version that Postfix speaks."""

import unittest

import contract_scenarios as contract
from peers.postfix import Postfix
from peers.process import wait_until

_UNIX, _INET, _NOREPLY, _MINIMAL, _LEADSPC, _V4, _V3, _V2 = range(2525, 2533)
_DOORS = {
    _UNIX: ("unix:{folder}/socket", "default"),
    _INET: ("inet:8891@127.0.0.1", "default"),
    _NOREPLY: ("unix:{folder}/socket", "noreply"),
    _MINIMAL: ("unix:{folder}/socket", "minimal"),
    _LEADSPC: ("unix:{folder}/socket", "leadspc"),
    _V4: ("unix:{folder}/socket", "default"),
    _V3: ("unix:{folder}/socket", "noreply"),
    _V2: ("unix:{folder}/socket", "leadspc"),
}
_VERSIONS = {_V4: 4, _V3: 3, _V2: 2}


def start_postfix(folder, filters):
    return Postfix(
        folder,
        {("127.0.0.1", port): f"-o smtpd_peername_lookup=yes -o smtpd_milters={_spell(each.listen)}"
                              f" -o milter_protocol={_VERSIONS.get(port, 6)}"
         for port, each in filters.items()},
        {
            "myhostname": contract.MTA_HOSTNAME,
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[{}]:{}".format(*contract.SINK),
            # A dead filter must not look like one that accepts.
            "milter_default_action": "tempfail",
        })


def _spell(listen):
    """Returns the socket as Postfix writes it, inet:HOST:PORT."""
    family, _, place = listen.partition(":")
    return listen if family == "unix" else "inet:{1}:{0}".format(*place.partition("@")[::2])


class PostfixMta:
    tempfail = "451 4.7.1 Service unavailable - try again later"
    content_reject = "550 5.7.1 Command rejected"
    content_tempfail = tempfail

    def held(self, token):
        """Returns the queue file, which is not text but contains the fields as they are."""
        return wait_until(lambda: self._find_held(token), f"{token} on hold")

    def _find_held(self, token):
        files = [path.read_bytes().decode("latin-1") for path in (contract.mta.queue / "hold").iterdir()]
        return next((text for text in files if token in text), None)


class UnixEnvelope(PostfixMta, contract.Envelope, unittest.TestCase):
    door = _UNIX


class InetEnvelope(PostfixMta, contract.Envelope, unittest.TestCase):
    door = _INET


class UnixContent(PostfixMta, contract.Content, unittest.TestCase):
    door = _UNIX


class InetContent(PostfixMta, contract.Content, unittest.TestCase):
    door = _INET


class UnixModifications(PostfixMta, contract.Modifications, unittest.TestCase):
    door = _UNIX


class InetModifications(PostfixMta, contract.Modifications, unittest.TestCase):
    door = _INET


class UnixNoReply(PostfixMta, contract.NoReply, unittest.TestCase):
    door = _NOREPLY


class UnixMinimal(PostfixMta, contract.Minimal, unittest.TestCase):
    door = _MINIMAL


class UnixLeadingBlanks(PostfixMta, contract.LeadingBlanks, unittest.TestCase):
    door = _LEADSPC


class OldProtocol(PostfixMta, contract.Contract):
    """Postfix offers all actions in every version (peculiarity D43), but only the steps that the version has."""

    version = None
    steps = None
    events = None

    def test_events_are_those_of_the_version(self):
        client = self.connect()
        self.assertEqual(client.say("XOTHER").code // 100, 5)
        delivery = self.assert_works(client)
        client.quit()
        lines = self.only_connection()
        self.assertEqual(contract.arguments(lines, "negotiate"),  # MP-030, MP-037
                         [f"version={self.version} actions=0x1ff steps=0x{self.steps:x}"])
        self.assertEqual(contract.shape(lines), self.events)
        self.trace(delivery)

    def test_modifications(self):
        delivery, lines = self.deliver("X-Contract: add-header X-Added a",
                                       "X-Contract: insert-header 0 X-Top b",
                                       "X-Contract: change-header 1 Subject c", "X-Contract: replace-body d",
                                       "X-Contract: add-rcpt dora@inbox.test")
        self.trace(delivery)
        self.assertEqual(delivery.fields[0], ("X-Top", " b"))
        self.assertEqual([delivery.values(name) for name in ("X-Added", "Subject")], [[" a"], [" c"]])
        self.assertEqual(delivery.body, b"d\r\n")
        self.assertEqual(sorted(delivery.recipients), [contract.RECIPIENT, "dora@inbox.test"])

    def test_quarantine_is_there_when_the_offer_has_it(self):
        token, reply, lines = self.send("X-Contract: quarantine held for a look")
        self.assertEqual(reply.code, 250)
        self.assertIn(token, self.held(token))  # peculiarity D43

    def test_skip_means_continue(self):
        body = b"0123456789 and so on to the end of the line\r\n" * 3000
        delivery, lines = self.deliver("X-Contract-Body: skip", body=body)
        self.assertEqual(sum(map(int, contract.arguments(lines, "body"))), len(body))  # MP-198

    def test_verdicts(self):
        client = self.connect()
        self.assertEqual(client.say("MAIL FROM:<multi@client.example>").text,
                         "550 5.7.8 line one\n550 5.7.8 line two\n550 5.7.8 line three")
        self.begin(client)
        self.assertEqual(client.say("RCPT TO:<full@inbox.test>").text, "552 5.2.2 mailbox 99% full")
        self.assertEqual(client.say("RSET").code, 250)
        # In these versions every event is answered, whatever the profile, so verdicts have an effect.
        for field in ("X-Contract-Now", "X-Contract-Eoh", "X-Contract-Body"):
            self.begin(client)
            reply = self.finish(client, field.lower(), f"{field}: reply 554 5.7.7 {field}")
            self.assertEqual(reply.text, f"554 5.7.7 {field}")
        client.quit()


class UnixVersion4(OldProtocol, unittest.TestCase):
    door, version, steps = _V4, 4, 0x37f
    events = "negotiate connect helo unknown mail rcpt data header eoh body eom close"


class UnixVersion3(OldProtocol, unittest.TestCase):
    door, version, steps = _V3, 3, 0x17f
    events = "negotiate connect helo unknown mail rcpt header eoh body eom close"


class UnixVersion2(OldProtocol, unittest.TestCase):
    door, version, steps = _V2, 2, 0x7f
    events = "negotiate connect helo mail rcpt header eoh body eom close"


if __name__ == "__main__":
    contract.main(["postfix"], _DOORS, start_postfix)
