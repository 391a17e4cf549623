"""A maildir into which an MTA delivers: finds its messages as the sink of `peers.sink` does."""

import re

from .sink import Delivery, Waiting


class Maildir(Waiting):
    def __init__(self, folder):
        self.folder = folder
        self._read = {}

    def stop(self):
        """A folder has nothing to stop."""

    def deliveries(self):
        for path in (self.folder / "new").glob("*"):
            if path.name not in self._read:
                self._read[path.name] = _delivery(path.read_bytes())
        return self._read.values()


def _delivery(octets):
    """Returns the message without the fields in which its envelope was kept."""
    sender, recipients = None, []
    while found := re.match(rb"(Return-Path|Delivered-To|X-Held): <?(.*?)>?\r\n", octets):
        if found[1] == b"Return-Path":
            sender = found[2].decode()
        else:
            recipients.append(found[2].decode())
        octets = octets[found.end():]
    return Delivery(sender, recipients, octets)
