"""How a mail server and its clients see a filter that keeps the contract of contract_filter.

A test file chooses by mixins the MTA that calls the filter and the listener through which it is reached. The
filter's log shows which callbacks it had. MP numbers name the clauses of docs/spec/milter-protocol.md that an
expectation is based on.
"""

import contextlib
import itertools
import os
import re
import sys
import time
import unittest
import zlib

from peers import evidence, namespaces
from cannot_run import only_where
from peers.contract_filter import ContractFilter
from peers.sink import Sink
from peers.smtp_client import Client

MTA_HOSTNAME = "mta.example.test"
SINK = ("127.0.0.1", 10025)

# The clients' addresses; their names are in /etc/hosts.
CLIENT = "127.66.0.1"
NAMELESS = "127.66.0.9"
_NAMES = {
    CLIENT: "client.example",
    "127.66.0.2": "reject-connect.example",
    "127.66.0.3": "tempfail-connect.example",
    "127.66.0.4": "accept-connect.example",
}
_SOURCES = {name: address for address, name in _NAMES.items()}

SENDER = "ann@client.example"
RECIPIENT = "bob@inbox.test"
BODY = b"hello\r\n"

MESSAGE = "mail rcpt data header eoh body eom"

_FIELDS = ("From: ann@client.example", "Date: Sun, 22 Nov 2026 12:00:00 +0000", "Subject: contract")

# libmilter itself does not fulfil what these tests require.
unless_libmilter = only_where("twin" not in os.path.basename(os.environ.get("CONTRACT_FILTER", "")))

sink = None
mta = None
filters = {}  # by door
_tokens = (f"t{number}" for number in itertools.count(1))


def shape(lines):
    """Returns the names of the events, with a run of fields or chunks only once."""
    return " ".join(name for name, _ in itertools.groupby(line.split()[0] for line in lines))


def arguments(lines, event):
    return [line.partition(" ")[2] for line in lines if line.split()[0] == event]


class Contract:
    """Subclasses name a door: an address of the MTA that has one filter."""

    door = None

    # What an MTA's test file defines.
    reject = "550 5.7.1 Command rejected"
    after_refused_greeting = 550
    tempfail = None
    content_reject = None
    content_tempfail = None

    def of(self, address, text):
        """Returns the words in which the MTA gives the reply `text` to MAIL or RCPT."""
        return text

    def held(self, token):
        """Returns the text that the MTA keeps of the message `token` while it is quarantined, or None."""
        raise NotImplementedError

    # What the scenarios are written in.

    def setUp(self):
        self.filter = filters[self.door]
        self.mark = self.filter.mark()
        self._mta_log = len(mta.log())

    def evidence(self):
        return (f"--- filter\n{self.filter.log(self.mark)}{self.filter.output()}"
                f"--- {type(mta).__name__}\n{mta.log()[self._mta_log:]}---\n")

    def greet(self, source=CLIENT):
        """Opens a connection on which nothing was said yet."""
        client = Client(("127.0.0.1", self.door), source)
        self.addCleanup(client.leave)
        return client

    def connect(self, source=CLIENT, helo="client.example"):
        client = self.greet(source)
        self.assertEqual(client.say(f"EHLO {helo}").code, 250)
        return client

    def begin(self, client, sender=SENDER, recipients=(RECIPIENT,)):
        self.assertEqual(client.say(f"MAIL FROM:<{sender}>").code, 250)
        for recipient in recipients:
            self.assertEqual(client.say(f"RCPT TO:<{recipient}>").code, 250)

    def finish(self, client, token, *fields, body=BODY):
        """Sends DATA and the message with additional fields. Returns the reply to the final dot."""
        self.assertEqual(client.say("DATA").code, 354)
        header = "".join(f"{field}\r\n" for field in (*_FIELDS, f"Message-Id: <{token}@client.example>",
                                                      f"X-Token: {token}", *fields))
        return client.content(header.encode("latin-1") + b"\r\n" + body)

    def send(self, *fields, sender=SENDER, recipients=(RECIPIENT,), body=BODY):
        """Sends one message on a connection of its own. Returns (token, reply to the final dot, lines of the log)."""
        token = next(_tokens)
        client = self.connect()
        self.begin(client, sender, recipients)
        reply = self.finish(client, token, *fields, body=body)
        client.quit()
        return token, reply, self.only_connection()

    def deliver(self, *fields, **how):
        """Sends a message that is accepted. Returns (as it was delivered, lines of the filter's log)."""
        token, reply, lines = self.send(*fields, **how)
        self.assertEqual(reply.code, 250, reply)
        return sink.wait(token), lines

    def only_connection(self):
        connections = self.filter.connections(self.mark)
        self.assertEqual(len(connections), 1, connections)
        # MP-147: the close callback runs exactly once.
        self.assertEqual(arguments(connections[0], "close"), [""])
        return connections[0]

    def assert_callbacks(self, events, lines=None):
        """Between connect and close the filter had these callbacks."""
        lines = self.only_connection() if lines is None else lines
        self.assertEqual(shape(lines), " ".join(f"negotiate connect {events} close".split()))

    def assert_not_delivered(self, *tokens):
        """Waits for a message that was sent after those, so that they cannot arrive later either."""
        client = self.connect()
        later = next(_tokens)
        self.begin(client)
        self.assertEqual(self.finish(client, later).code, 250)
        client.quit()
        sink.wait(later)
        self.assertEqual([token for token in tokens if sink.find(token)], [])

    def assert_works(self, client):
        """A whole message passes on that connection."""
        token = next(_tokens)
        self.begin(client)
        self.assertEqual(self.finish(client, token).code, 250)
        return sink.wait(token)

    def trace(self, delivery):
        values = delivery.values("X-Trace")
        self.assertEqual(len(values), 1, delivery.fields)
        # Exactly one blank after the colon, also in the profile with leading blanks.
        self.assertRegex(values[0], r"^ v=1 ")
        return dict(word.split("=", 1) for word in values[0].split())


class Envelope(Contract):
    """Verdicts before the content, and what a connection goes through."""

    def test_message_reaches_the_filter_whole_and_is_traced(self):
        body = b"one\r\n.two\r\n\r\nthree\r\n"
        client = self.connect()
        self.begin(client)
        token = next(_tokens)
        reply = self.finish(client, token, body=body)
        client.quit()
        delivery, lines = sink.wait(token), self.only_connection()
        self.assert_callbacks(f"helo {MESSAGE}", lines)  # MP-126
        self.assertEqual(arguments(lines, "connect"), [f"client.example {CLIENT}"])  # MP-072
        self.assertEqual(arguments(lines, "helo"), ["client.example"])
        self.assertEqual([words.split()[0] for words in arguments(lines, "mail")], [f"<{SENDER}>"])  # MP-083
        self.assertEqual([words.split()[0] for words in arguments(lines, "rcpt")], [f"<{RECIPIENT}>"])
        self.assertEqual(arguments(lines, "body"), [str(len(body))])
        self.assertEqual(delivery.body, body)
        trace = self.trace(delivery)
        self.assertIn(trace.pop("i"), reply.text)  # the queue id; MP-110
        self.assertEqual(trace, {
            "v": "1", "conn": f"client.example/{CLIENT}", "helo": "client.example", "msg": "1",
            "from": f"<{SENDER}>", "rcpts": "1/1", "hdrs": str(len(arguments(lines, "header"))),
            "body": str(len(body)), "adler": f"{zlib.adler32(body):08x}", "aborts": "0"})

    def test_negotiation_is_the_one_of_protocol_6(self):
        self.greet().quit()
        self.assertEqual(arguments(self.only_connection(), "negotiate"),
                         ["version=6 actions=0x1ff steps=0x1fffff"])

    def test_client_without_a_name_has_its_address_as_name(self):
        client = self.connect(NAMELESS)
        delivery = self.assert_works(client)
        client.quit()
        self.assertEqual(self.trace(delivery)["conn"], f"[{NAMELESS}]/{NAMELESS}")

    def test_parameters_of_mail_reach_the_filter(self):
        client = self.connect()
        self.assertEqual(client.say(f"MAIL FROM:<{SENDER}> SIZE=1000 BODY=8BITMIME").code, 250)
        client.quit()
        # MP-083
        self.assertEqual(arguments(self.only_connection(), "mail"), [f"<{SENDER}> SIZE=1000 BODY=8BITMIME"])

    def test_null_sender(self):
        delivery, lines = self.deliver(sender="")
        self.assertEqual(self.trace(delivery)["from"], "<>")  # MP-084
        self.assertEqual(delivery.sender, "")

    # connect

    def test_refused_at_connect(self):
        client = self.greet(_SOURCES["reject-connect.example"])
        self.assertEqual(client.greeting.code, 554)  # MP-184, MP-209
        client.say("EHLO client.example")
        self.assertEqual(client.say(f"MAIL FROM:<{SENDER}>").code, self.after_refused_greeting)
        client.quit()
        self.assert_callbacks("")  # MP-143, MP-145

    def test_tempfailed_at_connect(self):
        client = self.connect(_SOURCES["tempfail-connect.example"])
        self.assertEqual(client.greeting.code, 220)
        self.assertEqual(client.say(f"MAIL FROM:<{SENDER}>").code, 451)  # MP-184
        client.quit()
        self.assert_callbacks("")

    def test_accepted_at_connect_is_filtered_no_more(self):
        client = self.connect(_SOURCES["accept-connect.example"])
        self.assertEqual(self.assert_works(client).values("X-Trace"), [])  # MP-184
        client.quit()
        self.assert_callbacks("")

    def test_client_that_only_connects(self):
        self.greet().leave()
        self.assert_callbacks("")  # MP-147

    # helo

    def test_refused_helo_refuses_from_mail_on(self):
        client = self.connect(helo="reject.helo.example")
        reply = client.say(f"MAIL FROM:<{SENDER}>")
        self.assertEqual(reply.text, "550 5.7.1 helo refused by contract")  # MP-187
        client.quit()
        self.assert_callbacks("helo")

    def test_tempfailed_helo(self):
        client = self.connect(helo="tempfail.helo.example")
        self.assertEqual(client.say(f"MAIL FROM:<{SENDER}>").text, self.tempfail)
        client.quit()
        self.assert_callbacks("helo")

    def test_the_last_helo_counts(self):
        client = self.connect(helo="first.example")
        self.assertEqual(client.say("EHLO second.example").code, 250)
        self.assertEqual(self.trace(self.assert_works(client))["helo"], "second.example")
        client.quit()
        # MP-128
        self.assertEqual(arguments(self.only_connection(), "helo"), ["first.example", "second.example"])

    def test_helo_in_a_transaction_aborts_it(self):
        client = self.connect()
        self.begin(client)
        self.assertEqual(client.say("EHLO again.example").code, 250)
        trace = self.trace(self.assert_works(client))
        client.quit()
        self.assertEqual((trace["helo"], trace["aborts"], trace["msg"]), ("again.example", "1", "2"))
        self.assert_callbacks(f"helo mail rcpt abort helo {MESSAGE}")  # MP-129, MP-133

    # mail

    def assert_refused_at_mail(self, local_part, expected):
        client = self.connect()
        address = f"{local_part}@client.example"
        reply = client.say(f"MAIL FROM:<{address}>")
        # A new MAIL may come, and the verdict on the first does not affect it. MP-172
        self.assertEqual(self.trace(self.assert_works(client))["msg"], "2")
        client.quit()
        self.assert_callbacks(f"helo {MESSAGE}")  # MP-136: no abort
        self.assertEqual(reply.text, self.of(address, expected))

    def test_sender_refused(self):
        self.assert_refused_at_mail("reject", self.reject)

    def test_sender_tempfailed(self):
        self.assert_refused_at_mail("temp", self.tempfail)

    def test_sender_refused_in_the_filters_words(self):
        self.assert_refused_at_mail("reply", "554 5.7.7 sender refused by contract")  # MP-187

    def test_sender_refused_in_three_lines(self):
        # MP-194, MP-196
        self.assert_refused_at_mail("multi", "550 5.7.8 line one\n550 5.7.8 line two\n550 5.7.8 line three")

    def test_local_part_is_compared_without_case(self):
        self.assert_refused_at_mail("RePly", "554 5.7.7 sender refused by contract")

    def test_discarded_at_mail(self):
        token, reply, lines = self.send(sender="discard@client.example")
        self.assertEqual(reply.code, 250)
        self.assert_callbacks("helo mail", lines)  # MP-136
        self.assert_not_delivered(token)

    def test_accepted_at_mail_is_filtered_no_more(self):
        delivery, lines = self.deliver(sender="accept@client.example")
        self.assertEqual(delivery.values("X-Trace"), [])
        self.assert_callbacks("helo mail", lines)

    # rcpt

    def test_each_recipient_is_judged_alone(self):
        client = self.connect()
        self.begin(client)
        replies = {name: client.say(f"RCPT TO:<{name}@inbox.test>").text
                   for name in ("bad", "later", "nouser", "grey", "full")}
        self.assertEqual(client.say("RCPT TO:<carol@inbox.test>").code, 250)
        token = next(_tokens)
        self.assertEqual(self.finish(client, token).code, 250)
        client.quit()
        expected = {
            "bad": self.reject,
            "later": self.tempfail,
            "nouser": "550 5.1.1 no such user",
            "grey": "451 4.7.1 greylisted, try later",
            "full": "552 5.2.2 mailbox 99% full",  # MP-197
        }
        self.assertEqual(replies, {name: self.of(f"{name}@inbox.test", text)
                                   for name, text in expected.items()})
        delivery = sink.wait(token)
        self.assertEqual(sorted(delivery.recipients), [RECIPIENT, "carol@inbox.test"])
        self.assertEqual(self.trace(delivery)["rcpts"], "2/7")
        self.assert_callbacks(f"helo {MESSAGE}")

    def test_all_recipients_refused_then_reset_is_an_abort(self):
        client = self.connect()
        self.begin(client, recipients=())
        self.assertEqual(client.say("RCPT TO:<bad@inbox.test>").code, 550)
        self.assertEqual(client.say("RSET").code, 250)
        client.quit()
        self.assert_callbacks("helo mail rcpt abort")  # MP-137

    def test_discarded_at_rcpt(self):
        token, reply, lines = self.send(recipients=(RECIPIENT, "drop@inbox.test"))
        self.assertEqual(reply.code, 250)
        self.assert_callbacks("helo mail rcpt", lines)  # MP-138
        self.assert_not_delivered(token)

    def test_accepted_at_rcpt_is_filtered_no_more(self):
        delivery, lines = self.deliver(recipients=(RECIPIENT, "pass@inbox.test"))
        self.assertEqual(delivery.values("X-Trace"), [])
        self.assert_callbacks("helo mail rcpt", lines)  # MP-139

    # data and unknown commands

    def test_data_refused(self):
        client = self.connect()
        self.begin(client, sender="datareject@client.example")
        self.assertEqual(client.say("DATA").text, "550 5.7.9 data refused by contract")
        self.assertEqual(client.say("RSET").code, 250)
        self.assert_works(client)
        client.quit()
        self.assert_callbacks(f"helo mail rcpt data {MESSAGE}")  # MP-136

    @unless_libmilter
    def test_recipient_after_refused_data_is_answered_at_once(self):
        client = self.connect()
        self.begin(client, sender="datareject@client.example")
        client.say("DATA")
        begin = time.monotonic()
        self.assertEqual(client.say("RCPT TO:<carol@inbox.test>").code, 250)  # MP-160
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(client.say("RSET").code, 250)
        self.assert_works(client)
        client.quit()

    def test_unknown_commands(self):
        client = self.connect()
        replies = [client.say(command).text for command in ("XBAD with words", "XREJ", "XTMP", "XOTHER")]
        self.assertEqual(replies[:3], ["500 5.5.1 XBAD refused by contract", self.reject, self.tempfail])
        self.assertRegex(replies[3], "^50[02] 5.5.")  # MP-153: the MTA's own
        self.assertEqual(self.trace(self.assert_works(client))["aborts"], "0")
        client.quit()
        lines = self.only_connection()
        self.assertEqual([words.split()[0] for words in arguments(lines, "unknown")],  # MP-092
                         ["XBAD", "XREJ", "XTMP", "XOTHER"])
        self.assert_callbacks(f"helo unknown {MESSAGE}", lines)

    def test_unknown_command_in_a_transaction_changes_nothing(self):
        client = self.connect()
        self.begin(client)
        self.assertEqual(client.say("XBAD").code, 500)
        token = next(_tokens)
        self.assertEqual(self.finish(client, token).code, 250)  # MP-153
        client.quit()
        self.assertEqual(self.trace(sink.wait(token))["rcpts"], "1/1")
        self.assert_callbacks("helo mail rcpt unknown data header eoh body eom")

    @unless_libmilter
    def test_client_that_vanishes_after_an_unknown_command(self):
        client = self.connect()
        self.begin(client)
        self.assertEqual(client.say("XOTHER").code // 100, 5)
        client.crash()
        # MP-154
        self.assert_callbacks("helo mail rcpt unknown abort")

    # one connection after another, and in parts

    def test_second_message_starts_afresh(self):
        client = self.connect()
        first, second = next(_tokens), next(_tokens)
        self.begin(client, recipients=(RECIPIENT, "carol@inbox.test"))
        replies = [self.finish(client, first, "X-Contract: add-header X-Once 1", "X-Contract-Eoh: continue",
                               body=b"a long body\r\n" * 100)]
        self.begin(client, sender="eve@client.example")
        replies.append(self.finish(client, second))
        client.quit()
        trace = self.trace(sink.wait(second))
        self.assertEqual(sink.wait(second).values("X-Once"), [])
        # MP-131, MP-172
        self.assertEqual((trace["msg"], trace["from"], trace["rcpts"], trace["body"], trace["aborts"]),
                         ("2", "<eve@client.example>", "1/1", str(len(BODY)), "0"))
        ids = [self.trace(sink.wait(token))["i"] for token in (first, second)]
        self.assertNotEqual(*ids)
        for identifier, reply in zip(ids, replies):
            self.assertIn(identifier, reply.text)
        self.assert_callbacks(f"helo {MESSAGE} {MESSAGE}")

    def test_reset_aborts_and_the_next_message_starts_afresh(self):
        client = self.connect()
        self.begin(client)
        self.assertEqual(client.say("RSET").code, 250)
        trace = self.trace(self.assert_works(client))
        client.quit()
        self.assertEqual((trace["msg"], trace["rcpts"], trace["aborts"]), ("2", "1/1", "1"))
        self.assert_callbacks(f"helo mail rcpt abort {MESSAGE}")  # MP-132, MP-140

    def test_reset_without_a_message_has_no_effect(self):
        client = self.connect()
        client.say("RSET")
        self.assert_works(client)
        client.say("RSET")
        client.say("RSET")
        client.quit()
        # MP-133
        self.assert_callbacks(f"helo {MESSAGE}")

    def test_quit_in_a_transaction(self):
        client = self.connect()
        self.begin(client)
        client.quit()
        self.assert_callbacks("helo mail rcpt abort")  # MP-142

    def test_client_that_vanishes(self):
        for stage, events in (("mail", "mail abort"), ("rcpt", "mail rcpt abort")):
            for leave in (Client.leave, Client.crash):
                with self.subTest(stage=stage, leave=leave.__name__):
                    self.mark = self.filter.mark()
                    client = self.connect()
                    self.begin(client, recipients=(RECIPIENT,) if stage == "rcpt" else ())
                    leave(client)
                    self.assert_callbacks(f"helo {events}")  # MP-144

    def test_client_that_vanishes_inside_the_message(self):
        for leave in (Client.leave, Client.crash):
            with self.subTest(leave=leave.__name__):
                self.mark = self.filter.mark()
                client = self.connect()
                self.begin(client)
                client.say("DATA")
                client.send(b"Subject: half\r\n\r\nhalf a li")
                leave(client)
                # MTAs pass on the content only after its end, so the filter sees none of it. MP-014, MP-144
                self.assert_callbacks("helo mail rcpt data abort")

    def test_two_connections_at_once_do_not_mix(self):
        first, second = self.connect(helo="one.example"), self.connect(helo="two.example")
        self.begin(first)
        self.begin(second, sender="reset@client.example")
        self.assertEqual(second.say("RSET").code, 250)
        self.assertEqual(self.trace(self.assert_works(second))["aborts"], "1")
        token = next(_tokens)
        self.assertEqual(self.finish(first, token).code, 250)
        trace = self.trace(sink.wait(token))
        self.assertEqual((trace["helo"], trace["msg"], trace["aborts"]), ("one.example", "1", "0"))
        first.quit()
        second.quit()
        self.assertEqual(sorted(map(shape, self.filter.connections(self.mark))), [
            "negotiate connect helo mail rcpt abort mail rcpt data header eoh body eom close",
            "negotiate connect helo mail rcpt data header eoh body eom close"])


class Content(Contract):
    """Verdicts on header, end of header, body and end of message."""

    stages = {  # the field that asks for a verdict, and the last event that the filter then sees
        "X-Contract-Now": "header",
        "X-Contract-Eoh": "header eoh",
        "X-Contract-Body": "header eoh body",
        "X-Contract": "header eoh body eom",
    }

    def at_every_stage(self, verdict):
        """Yields (stage, token, reply, lines) of four messages, each decided at another stage."""
        for field, events in self.stages.items():
            with self.subTest(field=field):
                self.mark = self.filter.mark()
                said = f"verdict {verdict}" if field == "X-Contract" else verdict
                token, reply, lines = self.send(f"{field}: {said}")
                self.assert_callbacks(f"helo mail rcpt data {events}", lines)  # MP-136
                yield field, token, reply, lines

    def test_refused(self):
        tokens = []
        for field, token, reply, lines in self.at_every_stage("reject"):
            self.assertEqual(reply.text, self.content_reject)  # MP-184
            tokens.append(token)
        self.assert_not_delivered(*tokens)

    def test_tempfailed(self):
        tokens = []
        for field, token, reply, lines in self.at_every_stage("tempfail"):
            self.assertEqual(reply.text, self.content_tempfail)
            tokens.append(token)
        self.assert_not_delivered(*tokens)

    def test_refused_in_the_filters_words(self):
        for field, token, reply, lines in self.at_every_stage("reply 554 5.7.7 100% refused, go away"):
            self.assertEqual(reply.text, "554 5.7.7 100% refused, go away")  # MP-185, MP-197

    def test_tempfailed_in_the_filters_words(self):
        for field, token, reply, lines in self.at_every_stage("reply 451 4.7.1 come again"):
            self.assertEqual(reply.text, "451 4.7.1 come again")  # MP-186

    def test_discarded(self):
        tokens = []
        for field, token, reply, lines in self.at_every_stage("discard"):
            self.assertEqual(reply.code, 250)
            tokens.append(token)
        self.assert_not_delivered(*tokens)

    def test_accepted(self):
        for field, token, reply, lines in self.at_every_stage("accept"):
            self.assertEqual(reply.code, 250)
            # Accepted before the end, a message is not modified; at the end it is.
            self.assertEqual(len(sink.wait(token).values("X-Trace")), 1 if field == "X-Contract" else 0)

    def test_continue_decides_nothing(self):
        for field in self.stages:
            with self.subTest(field=field):
                self.mark = self.filter.mark()
                said = "verdict continue" if field == "X-Contract" else "continue"
                delivery, lines = self.deliver(f"{field}: {said}")
                self.trace(delivery)
                self.assert_callbacks(f"helo {MESSAGE}", lines)

    def test_skip_means_continue_but_at_the_body(self):
        delivery, lines = self.deliver("X-Contract-Now: skip", "X-Contract-Eoh: skip",
                                       "X-Contract: verdict skip")
        self.trace(delivery)  # MP-198
        self.assert_callbacks(f"helo {MESSAGE}", lines)

    def test_skip_at_the_body_ends_the_chunks(self):
        body = b"0123456789 and so on to the end of the line\r\n" * 3000
        delivery, lines = self.deliver("X-Contract-Body: skip", body=body)
        self.assertEqual(arguments(lines, "body"), ["65535"])  # MP-198
        trace = self.trace(delivery)
        self.assertEqual((trace["body"], trace["adler"]), ("65535", f"{zlib.adler32(body[:65535]):08x}"))
        self.assertEqual(delivery.body, body)

    def test_large_body_comes_in_chunks_and_passes_unchanged(self):
        body = b"".join(b"%d: caf\xe9 \x01\x7f\xff\r\n" % number for number in range(12000))
        delivery, lines = self.deliver(body=body)
        chunks = [int(size) for size in arguments(lines, "body")]
        # MP-006, MP-024
        self.assertEqual((sum(chunks), set(chunks[:-1])), (len(body), {65535}))
        trace = self.trace(delivery)
        self.assertEqual((trace["body"], trace["adler"]), (str(len(body)), f"{zlib.adler32(body):08x}"))
        self.assertEqual(delivery.body, body)

    def test_message_without_a_body(self):
        delivery, lines = self.deliver(body=b"")
        self.assert_callbacks("helo mail rcpt data header eoh eom", lines)
        trace = self.trace(delivery)
        self.assertEqual((trace["body"], trace["adler"]), ("0", "00000001"))

    def test_fields_come_as_they_are(self):
        fields = ("X-Folded: one\r\n two\r\n\tthree", "X-None:", "X-Tight:tight", "X-Tab:\ttab",
                  "X-Wide:  wide", r"X-Back: \slash", "X-Eight: caf\xe9")
        delivery, lines = self.deliver(*fields)
        headers = arguments(lines, "header")
        for expected in (r"X-Folded:one\x0a two\x0a\x09three",  # MP-090
                         "X-None:",  # MP-087, MP-271
                         "X-Tight:tight", r"X-Tab:\x09tab", "X-Wide: wide", r"X-Back:\x5cslash",
                         r"X-Eight:caf\xe9"):
            self.assertIn(expected, headers)
        self.assertEqual(int(self.trace(delivery)["hdrs"]), len(headers))


class Modifications(Contract):
    """End of message: what the directives do to the message that is delivered."""

    def test_add_header(self):
        delivery, lines = self.deliver("X-Contract: add-header X-Added one two  three")
        self.assertEqual(delivery.values("X-Added"), [" one two  three"])  # MP-218, MP-223

    def test_insert_header(self):
        delivery, lines = self.deliver("X-Contract: insert-header 0 X-Top first",
                                       "X-Contract: insert-header 1000 X-Bottom last")
        self.assertEqual(delivery.fields[0], ("X-Top", " first"))  # MP-219
        names = [name for name, value in delivery.fields]
        self.assertGreater(names.index("X-Bottom"), names.index("X-Token"))
        self.assertEqual(delivery.values("X-Bottom"), [" last"])

    def test_change_header(self):
        delivery, lines = self.deliver("X-Many: one", "X-Many: two", "X-Many: three",
                                       "X-Contract: change-header 1 Subject changed by contract",
                                       "X-Contract: change-header 2 x-many second")
        self.assertEqual(delivery.values("Subject"), [" changed by contract"])  # MP-220
        self.assertEqual(delivery.values("X-Many"), [" one", " second", " three"])

    def test_change_header_that_is_not_there_adds_it(self):
        delivery, lines = self.deliver("X-Contract: change-header 1 X-New made")
        self.assertEqual(delivery.values("X-New"), [" made"])

    def test_delete_header(self):
        delivery, lines = self.deliver("X-Many: one", "X-Many: two", "X-Many: three",
                                       "X-Contract: delete-header 3 X-Many",
                                       "X-Contract: delete-header 1 X-Many",
                                       "X-Contract: delete-header 1 X-Away")
        self.assertEqual(delivery.values("X-Many"), [" two"])  # MP-220

    def test_replace_body(self):
        delivery, lines = self.deliver("X-Contract: replace-body another text", body=b"the old one\r\n" * 10)
        self.assertEqual(delivery.body, b"another text\r\n")

    def test_fill_body(self):
        delivery, lines = self.deliver("X-Contract: fill-body 3000")
        self.assertEqual(delivery.body, (b"x" * 78 + b"\r\n") * 3000)  # MP-228, MP-229

    def test_fill_body_with_nothing(self):
        delivery, lines = self.deliver("X-Contract: fill-body 0")
        self.assertEqual(delivery.body, b"")  # MP-227

    def test_change_from(self):
        delivery, lines = self.deliver("X-Contract: change-from new@client.example")
        self.assertEqual(delivery.sender, "new@client.example")  # MP-224

    def test_add_and_delete_rcpt(self):
        delivery, lines = self.deliver("X-Contract: add-rcpt dora@inbox.test",
                                       "X-Contract: delete-rcpt carol@inbox.test",
                                       recipients=(RECIPIENT, "carol@inbox.test"))
        self.assertEqual(sorted(delivery.recipients), [RECIPIENT, "dora@inbox.test"])  # MP-225, MP-226

    def test_quarantine_by_directive(self):
        token, reply, lines = self.send("X-Contract: quarantine held for a look")
        self.assertEqual(reply.code, 250)
        self.assertIn(token, self.held(token))  # MP-230, MP-231
        self.assert_not_delivered(token)

    def test_quarantine_by_recipient(self):
        token, reply, lines = self.send(recipients=("quarantine@inbox.test",))
        self.assertEqual(reply.code, 250)
        self.assertIn(token, self.held(token))
        self.assert_not_delivered(token)

    def test_progress_and_sleep(self):
        begin = time.monotonic()
        delivery, lines = self.deliver("X-Contract: progress 3", "X-Contract: sleep 300",
                                       "X-Contract: progress 2")
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.trace(delivery)  # MP-253

    def test_everything_at_once(self):
        delivery, lines = self.deliver(
            "X-Del: gone", "X-Contract: progress 1", "X-Contract: add-header X-Added a",
            "X-Contract: insert-header 0 X-Top b", "X-Contract: change-header 1 Subject c",
            "X-Contract: delete-header 1 X-Del", "X-Contract: change-from new@client.example",
            "X-Contract: add-rcpt dora@inbox.test", "X-Contract: delete-rcpt carol@inbox.test",
            "X-Contract: fill-body 1700", "X-Contract: add-header X-After d", "X-Contract: verdict accept",
            recipients=(RECIPIENT, "carol@inbox.test"))
        self.trace(delivery)
        self.assertEqual(delivery.fields[0], ("X-Top", " b"))
        self.assertEqual([delivery.values(name) for name in ("X-Added", "Subject", "X-Del", "X-After")],
                         [[" a"], [" c"], [], [" d"]])
        self.assertEqual((delivery.sender, sorted(delivery.recipients)),
                         ("new@client.example", [RECIPIENT, "dora@inbox.test"]))
        self.assertEqual(delivery.body, (b"x" * 78 + b"\r\n") * 1700)  # MP-229, MP-232

    def test_refused_after_modifications(self):
        token, reply, lines = self.send("X-Contract: add-header X-Added a", "X-Contract: quarantine held",
                                        "X-Contract: verdict reply 550 5.7.1 refused after all")
        self.assertEqual(reply.text, "550 5.7.1 refused after all")  # MP-231
        self.assert_not_delivered(token)

    def test_the_last_verdict_counts(self):
        token, reply, lines = self.send("X-Contract: verdict reject",
                                        "X-Contract: verdict reply 451 4.7.1 later")
        self.assertEqual(reply.text, "451 4.7.1 later")

    def test_malformed_directives_are_ignored(self):
        delivery, lines = self.deliver(
            "X-Contract: add-header", "X-Contract: insert-header x X-Bad 1",
            "X-Contract: delete-header one X-Token", "X-Contract: change-header Subject",
            "X-Contract: fill-body many", "X-Contract: frobnicate",
            "X-Contract: verdict", "X-Contract: verdict maybe", "X-Contract: progress", "X-Contract:")
        self.trace(delivery)
        self.assertEqual((delivery.body, delivery.values("X-Bad"), delivery.values("Subject")),
                         (BODY, [], [" contract"]))


class NoReply(Contract):
    """Nothing but mail, rcpt and end of message is answered: verdicts elsewhere have no effect."""

    def test_verdicts_of_unanswered_events_have_no_effect(self):
        client = self.connect(_SOURCES["reject-connect.example"], helo="reject.helo.example")
        self.assertEqual(client.greeting.code, 220)
        for command in ("XBAD", "XREJ", "XTMP"):
            self.assertRegex(client.say(command).text, "^50[02] 5.5.(?!.*contract)")
        self.begin(client, sender="datareject@client.example")
        token = next(_tokens)
        reply = self.finish(client, token, "X-Contract-Now: reject", "X-Contract-Eoh: tempfail",
                            "X-Contract-Body: discard")
        client.quit()
        self.assertEqual(reply.code, 250)
        trace = self.trace(sink.wait(token))  # MP-200, MP-201
        self.assertEqual((trace["conn"], trace["helo"], trace["body"]),
                         ("reject-connect.example/127.66.0.2", "reject.helo.example", str(len(BODY))))
        self.assert_callbacks(f"helo unknown {MESSAGE}")

    def test_answered_events_still_decide(self):
        client = self.connect()
        self.assertEqual(client.say("MAIL FROM:<reply@client.example>").code, 554)
        self.begin(client)
        self.assertEqual(client.say("RCPT TO:<nouser@inbox.test>").text,
                         self.of("nouser@inbox.test", "550 5.1.1 no such user"))
        reply = self.finish(client, next(_tokens), "X-Contract: verdict reply 550 5.7.1 refused at the end")
        self.assertEqual(reply.text, "550 5.7.1 refused at the end")
        self.assert_works(client)
        client.quit()

    def test_large_message(self):
        body = b"line after line\r\n" * 20000
        delivery, lines = self.deliver(*(f"X-Field-{number}: value" for number in range(200)), body=body)
        self.assertEqual(sum(map(int, arguments(lines, "body"))), len(body))
        self.assertEqual(self.trace(delivery)["adler"], f"{zlib.adler32(body):08x}")

    @unless_libmilter  # sometimes it drops the unanswered DATA of a client that is gone
    def test_client_that_vanishes(self):
        client = self.connect()
        self.begin(client)
        client.say("DATA")
        client.crash()
        self.assert_callbacks("helo mail rcpt data abort")


class Minimal(Contract):
    """No helo, data, unknown, end of header or body events."""

    def test_only_the_events_that_were_asked_for_come(self):
        client = self.connect(helo="reject.helo.example")
        self.assertRegex(client.say("XBAD").text, "^50[02] 5.5.(?!.*contract)")
        self.begin(client, sender="datareject@client.example")
        token = next(_tokens)
        reply = self.finish(client, token, "X-Contract-Eoh: reject", "X-Contract-Body: reject",
                            "X-Contract: add-header X-Added a")
        client.quit()
        self.assertEqual(reply.code, 250)
        delivery, lines = sink.wait(token), self.only_connection()
        trace = self.trace(delivery)
        self.assertEqual((trace["helo"], trace["body"], trace["adler"]), ("-", "0", "00000001"))
        self.assertEqual(delivery.values("X-Added"), [" a"])
        self.assert_callbacks("mail rcpt header eom", lines)

    def test_header_and_end_still_decide(self):
        for fields, text in ((("X-Contract-Now: reply 550 5.7.7 at once",), "550 5.7.7 at once"),
                             (("X-Contract: verdict reply 450 4.7.7 at last",), "450 4.7.7 at last")):
            with self.subTest(text=text):
                self.mark = self.filter.mark()
                token, reply, lines = self.send(*fields)
                self.assertEqual(reply.text, text)

    def test_two_messages_and_an_abort(self):
        client = self.connect()
        self.begin(client)
        client.say("RSET")
        self.assertEqual(self.trace(self.assert_works(client))["aborts"], "1")
        self.assert_works(client)
        client.quit()
        self.assert_callbacks("mail rcpt abort mail rcpt header eom mail rcpt header eom")


class LeadingBlanks(Contract):
    """Values arrive with the blanks after the colon, and go out with exactly one."""

    def test_values_come_exactly(self):
        delivery, lines = self.deliver("X-Tight:tight", "X-Wide:  wide", "X-Tab:\ttab")
        headers = arguments(lines, "header")
        for expected in ("Subject: contract", "X-Tight:tight", "X-Wide:  wide", r"X-Tab:\x09tab"):  # MP-270
            self.assertIn(expected, headers)
        self.trace(delivery)

    def test_values_go_out_with_one_blank(self):
        delivery, lines = self.deliver("X-Contract: add-header X-Added a",
                                       "X-Contract: insert-header 0 X-Top b",
                                       "X-Contract: change-header 1 Subject c")
        self.trace(delivery)  # MP-223
        self.assertEqual([delivery.values(name) for name in ("X-Added", "X-Top", "Subject")],
                         [[" a"], [" b"], [" c"]])

    def test_verdicts_are_read_after_the_blank(self):
        token, reply, lines = self.send("X-Contract-Eoh: reply 550 5.7.7 at the end of the header")
        self.assertEqual(reply.text, "550 5.7.7 at the end of the header")


def main(peers, doors, start_mta):
    """Runs the test file that calls it.

    `doors` are {port: (socket, profile)}; `start_mta` gets a folder and {port: filter}, and starts the
    MTA with a listener for each filter, relaying to SINK.
    """
    global sink, mta
    if "CONTRACT_FILTER" not in os.environ:
        sys.exit("CONTRACT_FILTER must name the filter to test; \"ctest -L interop\" sets it")
    namespaces.move_in(*peers)
    hosts = "".join(f"{address} {name}\n" for address, name in _NAMES.items())
    namespaces.furnish(MTA_HOSTNAME, "127.0.0.1", hosts)
    with contextlib.ExitStack() as stack:
        sink = Sink(SINK)
        stack.callback(sink.stop)
        for port, (listen, profile) in doors.items():
            folder = namespaces.SCRATCH / f"filter{port}"
            filters[port] = ContractFilter(folder, listen.format(folder=folder), profile)
            stack.callback(filters[port].stop)
        mta = start_mta(namespaces.SCRATCH / "mta", filters)
        stack.callback(mta.stop)
        runner = unittest.TextTestRunner(verbosity=2, resultclass=evidence.Result)
        program = unittest.main(module="__main__", testRunner=runner, exit=False)
        stopped = {port: each.stop() for port, each in filters.items()}
    print("filters ended with", stopped)
    # The contract: SIGTERM ends a filter with status 0.
    sys.exit(not program.result.wasSuccessful() or any(stopped.values()))
