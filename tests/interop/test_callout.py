#!/usr/bin/env python3
"""The engine asks real mail servers about addresses, through a real resolver.

usage: test_callout.py [Resolver|Postfix|Exim|OpenSmtpd|Aiosmtpd]...

A comment with an ID (CO-070) names the clause of docs/spec/smtp-callout.md that an expectation proves.
"""

import contextlib
import os
import shutil
import socket
import sys
import unittest

from callout_world import DOORS, RESOLVER, RESOLVER_WITHOUT_TCP, World, endpoint, endpoints
from peers import evidence, namespaces
from peers.aiosmtpd import Aiosmtpd as AiosmtpdServer
from peers.asker import HELO, ask
from peers.certificate import Certificate
from peers.exim import USER as EXIM_USER
from peers.exim import Exim as EximServer
from peers.opensmtpd import OpenSmtpd as OpenSmtpdServer
from peers.postfix import Postfix as PostfixServer

HOSTNAME = "tester.peers.test"

certificate = None


class Asking(unittest.TestCase):
    """What the tests are written in."""

    maxDiff = None

    def ask(self, address, resolver=RESOLVER, **options):
        self.answer = ask(resolver, address, **options)
        return self.answer

    def evidence(self):
        """Returns the last answer, and what its server logged."""
        answer = f"{self.answer}\n" if hasattr(self, "answer") else ""
        return answer + (self.server.log()[-4000:] + "\n" if hasattr(self, "server") else "")

    def assert_verdict(self, address, verdict, message=None, **options):
        """Asks, and compares; `message` is a part of the reply."""
        answer = self.ask(address, **options)
        self.assertEqual(answer.verdict, verdict, answer)
        if message is not None:
            self.assertIn(message, answer.message)
        return answer


class Resolver(Asking):
    """What unbound answers for the zones, and how the engine uses it. One server takes the mail of all zones."""

    @classmethod
    def setUpClass(cls):
        cls.server = AiosmtpdServer(namespaces.SCRATCH / "server", {endpoint("aiosmtpd", "may"): "may"},
                                certificate)
        cls.addClassCleanup(cls.server.stop)

    def test_mx_leads_to_the_server(self):
        answer = self.assert_verdict("known@may.aiosmtpd.peers.test", "pass/accepted")
        self.assertEqual(answer.asked, ["may.aiosmtpd.peers.test"] + 2 * ["mx-may.aiosmtpd.peers.test"])

    def test_no_mx_leads_to_the_address_of_the_domain(self):  # CO-015
        answer = self.assert_verdict("known@implicit.peers.test", "pass/accepted")
        self.assertEqual(answer.host, "implicit.peers.test")

    def test_neither_mx_nor_address(self):
        self.assert_verdict("known@nothing.peers.test", "fail/mx_unresolvable", "550 5.1.2")

    def test_null_mx_is_not_followed(self):  # CO-013
        answer = self.assert_verdict("known@null.peers.test", "fail/null_mx", "556 5.1.10")
        self.assertEqual((answer.asked, answer.connections), (["null.peers.test"], 0))

    def test_nxdomain(self):  # CO-017
        answer = self.assert_verdict("known@no-such-domain.peers.test", "fail/no_domain", "550 5.1.2")
        self.assertEqual(answer.asked, ["no-such-domain.peers.test"])

    def test_refused_by_the_authority_is_servfail_here(self):  # CO-018
        answer = self.assert_verdict("known@unserved.test", "transient/dns", "451 4.4.3")
        self.assertEqual(answer.asked, ["unserved.test"])

    def test_bogus_by_dnssec_is_servfail_here(self):
        answer = self.assert_verdict("known@bogus.peers.test", "transient/dns", "SERVFAIL")
        self.assertEqual(answer.asked, ["bogus.peers.test"])

    def test_silent_resolver(self):  # CO-019
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.99", 53))
            answer = self.assert_verdict("known@may.aiosmtpd.peers.test", "transient/dns", "no answer in time",
                                         resolver=silent.getsockname(), dns_total=1000)
        self.assertGreaterEqual(answer.elapsed_ms, 1000)
        self.assertLess(answer.elapsed_ms, 2000)

    def test_cname_at_the_domain_is_followed_and_rcpt_keeps_the_domain(self):  # CO-022
        answer = self.assert_verdict("known@alias.peers.test", "pass/accepted")
        self.assertEqual(answer.host, "mx-may.aiosmtpd.peers.test")
        self.assertEqual(answer.poll["sent"], "RCPT TO:<known@alias.peers.test>")

    def test_cname_loop(self):  # CO-023
        self.assert_verdict("known@loop-a.peers.test", "transient/dns")

    def test_mx_that_is_a_cname(self):  # CO-024
        answer = self.assert_verdict("known@to-alias.peers.test", "pass/accepted")
        self.assertEqual(answer.host, "mx-alias.peers.test")

    def test_mx_without_an_address_does_not_fall_back_to_the_domain(self):  # CO-016, CO-021
        answer = self.assert_verdict("known@to-nowhere.peers.test", "fail/mx_unresolvable")
        self.assertEqual(answer.connections, 0)

    def test_private_address_is_not_connected_to(self):  # CO-029
        answer = self.assert_verdict("known@private.peers.test", "error/forbidden_target", "10.0.0.1")
        self.assertEqual(answer.connections, 0)

    def test_backup_is_asked_where_the_best_is_closed(self):
        self.assert_verdict("known@backup.peers.test", "pass/via_backup weak")

    def test_hosts_are_asked_in_order_of_preference(self):  # CO-011
        answer = self.assert_verdict("known@three-faults.peers.test", "pass/via_backup weak")
        hosts = [name for before, name in zip([None, *answer.asked], answer.asked) if name != before]
        self.assertEqual(hosts, ["three-faults.peers.test", "no-such-host.peers.test", "nothing.peers.test",
                                 "mx-closed.peers.test", "mx-may.aiosmtpd.peers.test"])

    def test_truncated_answer_comes_by_tcp(self):  # CO-026
        self.assert_verdict("known@huge.peers.test", "pass/accepted")

    def test_truncated_answer_that_does_not_come_by_tcp(self):
        """Shows that the answer above came by TCP: the same question without TCP."""
        self.assert_verdict("known@huge.peers.test", "transient/dns", resolver=RESOLVER_WITHOUT_TCP,
                            dns_total=2000)


class Greetings:
    """What the engine must record about every peer; a mixin defines what to expect."""

    peer = None
    banner = None  # regular expressions of the first lines
    helo = None

    def known(self, door):
        return f"{self.mailbox}@{door}.{self.peer}.peers.test"

    mailbox = "known"

    def test_existing_mailbox_and_poll_details(self):  # CO-067, CO-110, CO-111
        answer = self.assert_verdict(self.known("never"), "pass/accepted")
        host = f"mx-never.{self.peer}.peers.test"
        address = endpoint(self.peer, "never")[0]
        self.assertEqual((answer.host, answer.ip, answer.exists), (host, address, "yes"))
        self.assertEqual(answer.poll["host"], f"{host} [{address}]")
        self.assertRegex(answer.poll["greeting"], self.banner)
        self.assertRegex(answer.poll["helo"], self.helo)
        self.assertEqual(answer.poll["sent"], f"RCPT TO:<{self.known('never')}>")
        self.assertEqual(answer.poll["received"], answer.message)
        self.assertEqual(answer.commands(), ["EHLO", "MAIL", "RCPT", "QUIT"])  # CO-126: nothing else

    def test_unknown_mailbox_shows_the_same_details(self):  # CO-111
        answer = self.assert_verdict(*self.unknown)
        self.assertRegex(answer.poll["greeting"], self.banner)
        self.assertRegex(answer.poll["helo"], self.helo)
        self.assertEqual(answer.poll["sent"], f"RCPT TO:<{self.unknown[0]}>")
        self.assertEqual(answer.poll["received"], answer.message)


class Tls:
    """STARTTLS with a peer that never offers it, offers it, or requires it. Its certificate is self-signed, for another
    name.

    A mixin to be used with `Greetings`.
    """

    def assert_passed(self, mode, door, *commands):
        """The address passes, in TLS if `commands` contain STARTTLS."""
        answer = self.assert_verdict(self.known(door), "pass/accepted", tls=mode)
        self.assertEqual(answer.commands(), [*commands, "QUIT"])
        if "STARTTLS" in commands:
            self.assertRegex(answer.tls, r"^TLSv1\.[23]$")
        else:
            self.assertEqual(answer.tls, "")
        self.assertEqual(answer.connections, 1)

    def test_never(self):  # CO-051, CO-052
        self.assert_passed("never", "never", "EHLO", "MAIL", "RCPT")
        self.assert_passed("never", "may", "EHLO", "MAIL", "RCPT")
        answer = self.assert_verdict(self.known("require"), "error/tls_required", "STARTTLS", tls="never")
        self.assertNotIn("STARTTLS", answer.commands())

    def test_may(self):  # CO-047, CO-054
        self.assert_passed("may", "never", "EHLO", "MAIL", "RCPT")
        self.assert_passed("may", "may", "EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT")
        self.assert_passed("may", "require", "EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT")

    def test_ondemand(self):  # CO-051
        self.assert_passed("ondemand", "never", "EHLO", "MAIL", "RCPT")
        self.assert_passed("ondemand", "may", "EHLO", "MAIL", "RCPT")
        self.assert_passed("ondemand", "require", *self.refused_in_clear, "STARTTLS", "EHLO", "MAIL", "RCPT")

    def test_require(self):
        self.assert_passed("require", "may", "EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT")
        self.assert_passed("require", "require", "EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT")
        answer = self.assert_verdict(self.known("never"), "error/tls_policy", tls="require")
        self.assertEqual(answer.commands(), ["EHLO", "QUIT"])

    refused_in_clear = ("EHLO", "MAIL", "RCPT")  # with PIPELINING; without it RCPT is not sent

    def test_unknown_mailbox_in_tls(self):
        answer = self.assert_verdict(*self.unknown_in_tls, tls="may")
        self.assertIn("STARTTLS", answer.commands())
        self.assertRegex(answer.poll["helo"], self.helo)  # the reply to the second EHLO
        self.assertEqual(answer.poll["received"], answer.message)


_POSTFIX_MAILBOXES = "known full later on_blocklist without_name without_helo no_bounces"


class Postfix(Greetings, Tls, Asking):
    peer = "postfix"
    banner = r"^220 mx\.postfix\.test ESMTP Postfix$"
    helo = r"^250-mx\.postfix\.test$"
    unknown = ("unknown@may.postfix.peers.test", "fail/no_mailbox", "550 5.1.1 ")  # CO-070
    unknown_in_tls = unknown

    @classmethod
    def setUpClass(cls):
        cls.server = PostfixServer(
            namespaces.SCRATCH / "postfix",
            {endpoint("postfix", "never"): "-o smtpd_relay_restrictions=defer_unauth_destination",
             endpoint("postfix", "may"): "-o smtpd_tls_security_level=may",
             endpoint("postfix", "require"): "-o smtpd_tls_security_level=encrypt",
             endpoint("postfix", "odd"): "-o smtpd_delay_reject=no"
                                         " -o smtpd_client_restrictions=$on_blocklist"},
            {"myhostname": "mx.postfix.test",
             "mynetworks": "",
             "smtpd_tls_chain_files": f"{certificate.key}, {certificate.certificate}",
             "virtual_mailbox_domains": " ".join(f"{door}.postfix.peers.test" for door in DOORS),
             "virtual_mailbox_maps": "regexp:{ {/^(%s)@/ box} }" % "|".join(_POSTFIX_MAILBOXES.split()),
             # The policies of other sites, each for the mailbox of its name.
             "smtpd_restriction_classes": "on_blocklist without_name without_helo no_bounces",
             "on_blocklist": "reject_rbl_client blocklist.peers.test",
             "without_name": "reject_unknown_client_hostname",
             "without_helo": "reject_unknown_helo_hostname",
             "smtpd_null_access_lookup_key": "<>",
             "no_bounces": "check_sender_access inline:{ {<> = 550 5.7.1 Bounces are not accepted here} }",
             "smtpd_relay_restrictions": "reject_unauth_destination",
             "smtpd_recipient_restrictions":
                 "check_recipient_access regexp:{"
                 " {/^full@/ 452 4.2.2 Mailbox full} {/^later@/ 450 4.2.0 Greylisted, come again}"
                 " {/^(on_blocklist|without_name|without_helo|no_bounces)@/ $$1} }"})
        cls.addClassCleanup(cls.server.stop)

    def test_refuses_to_relay(self):  # CO-090
        self.assert_verdict("x@relay.postfix.peers.test", "fail/relay_denied", "554 5.7.1 ")

    def test_refuses_to_relay_for_the_time_being(self):
        """By default Postfix defers what it will not relay, which says nothing about the address."""
        self.assert_verdict("x@relay-later.postfix.peers.test", "transient/temporary", "Relay access denied")

    def test_blocklist_at_rcpt(self):  # CO-072
        answer = self.assert_verdict("on_blocklist@may.postfix.peers.test", "error/policy", "blocked using")
        self.assertEqual(answer.scope, "self")

    def test_blocklist_at_connect(self):  # CO-092, CO-108
        answer = self.assert_verdict("known@odd.postfix.peers.test", "error/blocked", "blocked using")
        self.assertEqual(answer.poll["greeting"], answer.message)
        self.assertEqual(answer.poll["sent"], "nothing")

    def test_client_without_a_name(self):
        self.assert_verdict("without_name@may.postfix.peers.test", "transient/temporary", "450 4.7.25 ")

    def test_helo_that_does_not_resolve(self):
        self.assert_verdict("without_helo@may.postfix.peers.test", "transient/temporary", "Helo command rejected")

    def test_refused_bounces(self):
        answer = self.assert_verdict("no_bounces@may.postfix.peers.test", "fail/null_refused weak",
                                     "<>: Sender address rejected")
        self.assertTrue(answer.rejects_null)  # CO-064

    def test_greylisting(self):  # CO-076
        self.assert_verdict("later@may.postfix.peers.test", "transient/greylisted", "450 4.2.0 ")

    def test_full_mailbox(self):  # CO-082
        answer = self.assert_verdict("full@may.postfix.peers.test", "transient/mailbox_full")
        self.assertEqual(answer.exists, "yes")

    def test_mail_and_rcpt_go_out_together(self):  # CO-057
        answer = self.ask("unknown@never.postfix.peers.test")
        self.assertEqual([line[:6] for line in answer.dialogue[-5:]],
                         ["> MAIL", "> RCPT", "< 250 ", "< 550 ", "> QUIT"])


_EXIM = r"""
primary_hostname = mx.exim.test
domainlist ours = never.exim.peers.test : may.exim.peers.test : require.exim.peers.test : odd.exim.peers.test
tls_certificate = {certificate}
tls_privatekey = {key}
tls_advertise_hosts = ${{if eq{{$received_ip_address}}{{{never}}}{{}}{{*}}}}
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt

begin acl
mail:
  deny message = 530 5.7.0 Must issue a STARTTLS command first
       condition = ${{if eq{{$received_ip_address}}{{{require}}}}}
       !encrypted = *
  deny message = bounces are not accepted here
       condition = ${{if eq{{$received_ip_address}}{{{odd}}}}}
       senders = :
  accept
rcpt:
  deny message = relay not permitted
       !domains = +ours
  deny message = $sender_host_address is in a black list at $dnslist_domain
       local_parts = blocked
       dnslists = blocklist.peers.test
  defer message = greylisted - please try again later
       local_parts = later
  require verify = recipient
  deny message = Mailbox is full
       !verify = recipient/quota
  accept

begin routers
mailboxes:
  driver = accept
  domains = +ours
  local_parts = known : full : blocked : later
  transport = file

begin transports
file:
  driver = appendfile
  file = {folder}/mail/${{if eq{{$local_part}}{{full}}{{full}}{{other}}}}
  user = Debian-exim
  quota = 1K
"""


class Exim(Greetings, Tls, Asking):
    peer = "exim"
    banner = r"^220 mx\.exim\.test ESMTP Exim 4\.\d+ "
    helo = rf"^250-mx\.exim\.test Hello {HELO} \[127\.0\.0\.1\]$"
    unknown = ("unknown@may.exim.peers.test", "fail/no_mailbox", "550 Unrouteable address")
    unknown_in_tls = unknown

    @classmethod
    def setUpClass(cls):
        folder = namespaces.SCRATCH / "exim"
        own = Certificate(namespaces.SCRATCH / "exim-certificate", "mx.peers.test", EXIM_USER)
        doors = {door: endpoint("exim", door)[0] for door in DOORS}
        cls.server = EximServer(folder, endpoints("exim", *DOORS), _EXIM.format(
            folder=folder, certificate=own.certificate, key=own.key, **doors))
        cls.addClassCleanup(cls.server.stop)
        (folder / "mail/full").write_text("x" * 2000)
        shutil.chown(folder / "mail/full", EXIM_USER, EXIM_USER)

    def test_refuses_to_relay(self):  # CO-090
        self.assert_verdict("x@relay.exim.peers.test", "fail/relay_denied", "550 relay not permitted")

    def test_blocklist(self):
        self.assert_verdict("blocked@may.exim.peers.test", "error/policy", "is in a black list at")

    def test_greylisting_without_an_enhanced_code(self):
        self.assert_verdict("later@may.exim.peers.test", "transient/greylisted", "451 greylisted")

    def test_mailbox_over_its_quota(self):
        self.assert_verdict("full@may.exim.peers.test", "transient/mailbox_full", "550 Mailbox is full")

    def test_refused_bounces(self):
        answer = self.assert_verdict("known@odd.exim.peers.test", "fail/null_refused weak")
        self.assertTrue(answer.rejects_null)  # CO-064

    def test_refused_bounces_and_another_sender(self):  # CO-059, CO-062, CO-064
        answer = self.assert_verdict("known@odd.exim.peers.test", "pass/accepted",
                                     fallback_sender="probe@example.test")
        self.assertTrue(answer.rejects_null)
        self.assertEqual(answer.commands(), ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "QUIT"])
        self.assertIn("< 503 sender not yet given", answer.dialogue)


_OPENSMTPD = """
pki self cert "{certificate}"
pki self key "{key}"
filter "later" phase rcpt-to match rcpt-to {{ "later@may.opensmtpd.peers.test" }} \\
    reject "451 4.7.1 Greylisted, please try again in 2 minutes"
filter "blocked" phase rcpt-to match rcpt-to {{ "blocked@may.opensmtpd.peers.test" }} \\
    reject "550 5.7.1 Your address is listed on our blacklist"
filter "policies" chain {{ "later", "blocked" }}
filter "no-ehlo" phase ehlo match helo {{ "{helo}" }} reject "550 5.7.1 We do not know you"
filter "no-helo" phase helo match helo {{ "{helo}" }} reject "550 5.7.1 We do not know you"
filter "strangers" chain {{ "no-ehlo", "no-helo" }}
listen on {never} port 25 hostname mx.opensmtpd.test
listen on {may} port 25 hostname mx.opensmtpd.test tls pki self filter "policies"
listen on {require} port 25 hostname mx.opensmtpd.test tls-require pki self
listen on {odd} port 25 hostname mx.opensmtpd.test filter "strangers"
table users {{ never.opensmtpd.peers.test }}
table virtuals {{ may.opensmtpd.peers.test, require.opensmtpd.peers.test, odd.opensmtpd.peers.test }}
table accounts {{ nobody = nobody, known = nobody, later = nobody, blocked = nobody }}
action "user" mda "cat >/dev/null"
action "virtual" mda "cat >/dev/null" virtual <accounts>
match from any for domain <users> action "user"
match from any for domain <virtuals> action "virtual"
match from any for any reject
"""


class OpenSmtpd(Greetings, Asking):
    peer = "opensmtpd"
    banner = r"^220 mx\.opensmtpd\.test ESMTP OpenSMTPD$"
    helo = rf"^250-mx\.opensmtpd\.test Hello {HELO} \[127\.0\.0\.1\], pleased to meet you$"
    mailbox = "nobody"  # an account of the system
    unknown = ("unknown@never.opensmtpd.peers.test", "fail/no_mailbox", "550 Invalid recipient")

    @classmethod
    def setUpClass(cls):
        doors = {door: endpoint("opensmtpd", door)[0] for door in DOORS}
        cls.server = OpenSmtpdServer(
            namespaces.SCRATCH / "opensmtpd", endpoints("opensmtpd", *DOORS),
            _OPENSMTPD.format(certificate=certificate.certificate, key=certificate.key, helo=HELO,
                              **doors))
        cls.addClassCleanup(cls.server.stop)

    def test_virtual_mailbox(self):
        self.assert_verdict("known@may.opensmtpd.peers.test", "pass/accepted", "250 2.1.5 ")

    def test_unknown_virtual_mailbox(self):
        """OpenSMTPD calls an unknown virtual user a mailing list that does not expand."""
        self.assert_verdict("unknown@may.opensmtpd.peers.test", "fail/no_mailbox weak", "524 5.2.4 ")

    def test_refuses_to_relay(self):
        """OpenSMTPD uses the same words as for an unknown user."""
        self.assert_verdict("x@relay.opensmtpd.peers.test", "fail/no_mailbox", "550 Invalid recipient")

    def test_blocklist(self):
        self.assert_verdict("blocked@may.opensmtpd.peers.test", "error/policy", "550 5.7.1 ")

    def test_greylisting(self):  # CO-077, CO-078
        answer = self.assert_verdict("later@may.opensmtpd.peers.test", "transient/greylisted")
        self.assertEqual(answer.retry_after, 120)

    # Debian 12's OpenSMTPD offers STARTTLS, but cannot finish a handshake with any client: its library, OpenSSL 3.0,
    # fails with "rsa routines::missing private key", because OpenSMTPD keeps the key in a separate process. So it
    # serves as the server with broken TLS.

    def test_broken_handshake_is_retried_in_clear(self):  # CO-050
        answer = self.assert_verdict("known@may.opensmtpd.peers.test", "pass/accepted", tls="may")
        self.assertEqual(answer.commands(), ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "QUIT"])
        self.assertEqual((answer.tls, answer.connections), ("", 2))

    def test_broken_handshake_where_we_require_tls(self):
        answer = self.assert_verdict("known@may.opensmtpd.peers.test", "error/tls_policy", tls="require")
        self.assertEqual(answer.commands(), ["EHLO", "STARTTLS"])

    def test_broken_handshake_where_the_server_requires_tls(self):
        self.assert_verdict("known@require.opensmtpd.peers.test", "error/tls_required", tls="may")

    def test_refused_for_want_of_tls(self):  # CO-052
        self.assert_verdict("known@require.opensmtpd.peers.test", "error/tls_required", "530 5.5.1 ", tls="never")

    def test_refused_greeting(self):  # CO-095
        answer = self.assert_verdict("known@odd.opensmtpd.peers.test", "error/helo", "550 5.7.1 ")
        self.assertEqual(answer.scope, "self")

    def test_one_command_at_a_time_where_pipelining_is_not_offered(self):  # CO-058
        answer = self.ask("known@may.opensmtpd.peers.test")
        self.assertEqual([line[:6] for line in answer.dialogue[-5:]],
                         ["> MAIL", "< 250 ", "> RCPT", "< 250 ", "> QUIT"])


class Aiosmtpd(Greetings, Tls, Asking):
    peer = "aiosmtpd"
    banner = r"^220 mx\.aiosmtpd\.test aiosmtpd$"
    helo = r"^250-mx\.aiosmtpd\.test$"
    unknown = ("unknown@may.aiosmtpd.peers.test", "fail/no_mailbox", "550 5.1.1 ")
    unknown_in_tls = unknown
    refused_in_clear = ("EHLO", "MAIL")

    @classmethod
    def setUpClass(cls):
        cls.server = AiosmtpdServer(namespaces.SCRATCH / "aiosmtpd",
                                {endpoint("aiosmtpd", door): door for door in ("never", "may", "require")},
                                certificate)
        cls.addClassCleanup(cls.server.stop)

    def test_what_its_handler_says(self):
        expected = {
            "full": "transient/mailbox_full",
            "quota": "transient/mailbox_full",  # CO-083
            "later": "transient/greylisted",  # CO-077
            "policy": "error/policy",
            "moved": "fail/not_local",  # CO-086
            "weak": "pass/unverified weak",  # CO-069
            "shutdown": "transient/busy",  # CO-079
        }
        found = {name: self.ask(f"{name}@may.aiosmtpd.peers.test").verdict for name in expected}
        self.assertEqual(found, expected)

    def test_time_stated_by_greylisting(self):  # CO-078
        self.assertEqual(self.ask("later@may.aiosmtpd.peers.test").retry_after, 300)

    def test_refuses_to_relay(self):
        self.assert_verdict("x@relay.aiosmtpd.peers.test", "fail/relay_denied", "550 5.7.1 ")


def main():
    global certificate
    if "CALLOUT_DRIVER" not in os.environ:
        sys.exit("CALLOUT_DRIVER must name the program that asks; \"ctest -L interop\" sets it")
    namespaces.move_in("nsd", "unbound", "postfix", "exim", "opensmtpd", "aiosmtpd", "openssl")
    namespaces.furnish(HOSTNAME, RESOLVER[0])
    certificate = Certificate(namespaces.SCRATCH / "certificate", "mx.peers.test")
    with contextlib.ExitStack() as stack:
        world = World(namespaces.SCRATCH / "world")
        stack.callback(world.stop)
        runner = unittest.TextTestRunner(verbosity=2, resultclass=evidence.Result)
        program = unittest.main(module="__main__", testRunner=runner, exit=False)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
