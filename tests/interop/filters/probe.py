"""The probe on python3-milter, and so on libmilter: verdicts by address, every change, a log of its callbacks.

usage: probe.py SOCKET LOG        SOCKET as libmilter writes it
"""

import os
import sys

import Milter


class Probe(Milter.Base):
    def __init__(self):
        self.fields = []

    def log_callback(self, *words):
        with open(sys.argv[2], "a") as log:
            log.write(" ".join(words) + "\n")
        return Milter.CONTINUE

    def connect(self, hostname, family, address):
        return self.log_callback("connect", hostname)

    def hello(self, hostname):
        return self.log_callback("helo", hostname)

    def envfrom(self, path, *parameters):
        self.log_callback("mail", path)
        self.sender, self.recipients, self.fields, self.content = path, [], [], b""
        if path.startswith("<refused@"):
            self.setreply("550", "5.7.1", "refused by the probe", "in two lines")
            return Milter.REJECT
        return Milter.TEMPFAIL if path.startswith("<later@") else Milter.CONTINUE

    def envrcpt(self, path, *parameters):
        self.log_callback("rcpt", path)
        if path.startswith("<nobody@"):
            return Milter.REJECT
        self.recipients.append(path)
        return Milter.DISCARD if path.startswith("<swallowed@") else Milter.CONTINUE

    def data(self):
        return self.log_callback("data")

    def header(self, name, value):
        self.fields.append(name)
        return self.log_callback("header", name)

    def eoh(self):
        return self.log_callback("eoh")

    def body(self, chunk):
        self.content += chunk
        return self.log_callback("body", str(len(chunk)))

    def eom(self):
        self.log_callback("eom")
        if b"virus" in self.content:
            return Milter.REJECT
        self.progress()
        self.addheader("X-Probe", f"{self.sender} {len(self.recipients)} {len(self.fields)}"
                                  f" {len(self.content)} {self.getsymval('i')}")
        self.addheader("X-Top", "first", 0)
        self.chgheader("Subject", 1, "probed")
        self.chgheader("X-Remove", 1, "")
        self.chgfrom("<probe@x.test>")
        self.addrcpt("<added@x.test>")
        self.delrcpt("<removed@x.test>")
        if b"replace" in self.content:
            self.replacebody(b"replaced\r\n" * 10000)
        if b"hold" in self.content:
            self.quarantine("held by the probe")
        return Milter.ACCEPT

    def abort(self):
        return self.log_callback("abort")

    def close(self):
        return self.log_callback("close")


os.umask(0)
Milter.factory = Probe
Milter.runmilter("probe", sys.argv[1], 60)
