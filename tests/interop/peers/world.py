"""The Internet of the tests: a zone in nsd, unbound in front of it, and a Postfix that is the senders' server and the inbox."""

import itertools
import mailbox
import shutil
import smtplib

from .nsd import Nsd
from .postfix import Postfix
from .process import wait_until
from .unbound import Unbound

NAME_SERVER = ("127.0.0.53", 53)
INBOX = ("127.0.0.1", 10025)
RECIPIENT = "bob@inbox.test"

_AUTHORITY = ("127.0.0.1", 53)
_ZONE_NAME = "example.test"
_MX = ("127.7.0.1", 25)

_ZONE = """\
$ORIGIN example.test.
$TTL 60
@           SOA  ns hostmaster 1 3600 600 86400 60
@           NS   ns
ns          A    127.0.0.1
@           MX   10 mx
mx          A    127.7.0.1
unreachable MX   10 away
away        A    127.7.0.2
"""

# Every local part that begins with "known" has a mailbox, so that each test can have a sender that is in no cache.
_MAILBOXES = "/^known.*@example\\.test$/ nobody\n/^bob@inbox\\.test$/ bob\n"

_SETTINGS = {
    "myhostname": "mx.example.test",
    "mynetworks": "",
    "virtual_mailbox_domains": "example.test inbox.test",
    "virtual_mailbox_maps": "regexp:{folder}/mailboxes",
    "virtual_mailbox_base": "{folder}/mail",
    "virtual_uid_maps": "static:65534",
    "virtual_gid_maps": "static:65534",
    "greylisting":
        "check_recipient_access inline:{{ {{greylisted@example.test = 450 4.2.0 Greylisted, come again}} }}",
    # Logs every address that it is asked about.
    "asked": "check_recipient_access static:{{INFO asked}}",
    "mx_restrictions": "$asked, $greylisting, reject_unauth_destination",
}


class World:
    def __init__(self, folder):
        self._marks = itertools.count(1)
        folder.mkdir()
        (folder / "mailboxes").write_text(_MAILBOXES)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "nobody")
        self._inbox = folder / "mail/bob"
        self._nsd = Nsd(folder / "nsd", _AUTHORITY, _ZONE_NAME, _ZONE)
        self._unbound = Unbound(folder / "unbound", NAME_SERVER, {_ZONE_NAME: _AUTHORITY}, probe=_ZONE_NAME)
        self._postfix = Postfix(
            folder / "postfix",
            {_MX: "-o syslog_name=mx -o smtpd_recipient_restrictions=$mx_restrictions",
             INBOX: "-o syslog_name=inbox"},
            {name: value.format(folder=folder) for name, value in _SETTINGS.items()})

    def stop(self):
        self._postfix.stop()
        self._unbound.stop()
        self._nsd.stop()

    def connections(self):
        """Returns how many connections the senders' server has had."""
        self._settle()
        return len(self._postfix.logged(r"mx/smtpd\[.* connect from "))

    def questions(self, address):
        """Returns the lines that the senders' server logged for RCPT commands with that address."""
        self._settle()
        return self._postfix.logged(rf"mx/smtpd\[.* info: RCPT .* to=<{address}>")

    def delivered(self, message_id):
        """Returns the message in the recipient's file, once it is there."""
        return wait_until(lambda: self._find(message_id), f"{message_id} in the inbox")

    def _settle(self):
        """Leaves a mark in the log and waits for it, so that all that happened before is in the log, too."""
        mark = f"mark-{next(self._marks)}@inbox.test"
        with smtplib.SMTP(*INBOX, local_hostname="mark.test") as client:
            client.helo()
            client.mail("")
            client.rcpt(mark)
        wait_until(lambda: self._postfix.logged(mark), f"{mark} in the log")

    def _find(self, message_id):
        if not self._inbox.exists():
            return None
        messages = mailbox.mbox(self._inbox)
        return next((message for message in messages if message["Message-Id"] == message_id), None)
