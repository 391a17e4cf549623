"""Filters that others wrote, each listening on a socket, for our MTA's side to call."""

import os
import pathlib
import socket
import subprocess
import sys

from . import unpacked
from .process import Process

_SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "filters"

_OPENDKIM = """\
Syslog no
Mode sv
Domain example.test
Selector probe
KeyFile {folder}/key
TestPublicKeys {folder}/public
Socket {listen}
Background no
AutoRestart no
RequireSafeKeys no
InternalHosts {folder}/internal
AuthservID mta.example.test
PidFile {folder}/pid
UMask 000
"""


class Filter:
    """One process, and the log of its callbacks, if it writes one."""

    event_word = 0  # the index of the event's name in a line of the log

    def __init__(self, folder, listen, command, environment):
        self.listen = listen
        self._log = folder / "log"
        self._process = Process(command, folder / "output", environment)
        self._process.wait_ready(lambda: _accepts(listen))

    def mark(self):
        return len(self._lines())

    def callbacks(self, mark):
        """Returns the names of its callbacks since `mark`, with repeated ones only once."""
        names = [line.split()[self.event_word] for line in self._lines()[mark:]]
        return " ".join(name for before, name in zip([None, *names], names) if name != before)

    def count(self, name, mark):
        return sum(line.split()[self.event_word] == name for line in self._lines()[mark:])

    def end(self):
        """Kills the process, because those on libmilter need 5 s to end by themselves."""
        self._process.kill()

    def _lines(self):
        return self._log.read_text().splitlines() if self._log.exists() else []


def python_milter(folder, listen):
    folder.mkdir()
    root = unpacked.folder("pymilter")
    return Filter(folder, listen, [sys.executable, "-u", _SCRIPTS / "probe.py", listen, folder / "log"],
                  {"PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
                   "LD_LIBRARY_PATH": unpacked.library_path("pymilter")})


def pmilter(folder, listen):
    folder.mkdir()
    root = unpacked.folder("pmilter")
    modules = [*root.glob("usr/share/perl5"), *root.glob("usr/share/perl/5.*"),
               *root.glob("usr/lib/*-linux-gnu*/perl/5.*"), *root.glob("usr/lib/*-linux-gnu*/perl5/5.*")]
    return Filter(folder, listen, ["perl", _SCRIPTS / "probe.pl", listen, folder / "log"],
                  {"PERL5LIB": ":".join(map(str, modules))})


class ContractKind:
    """Starts a program that keeps the contract of contract_filter."""

    class _Filter(Filter):
        event_word = 1

    def __init__(self, program):
        self._program = program
        self.__name__ = pathlib.Path(program).name

    def __call__(self, folder, listen):
        folder.mkdir()
        return self._Filter(folder, listen, [self._program, "--socket", listen, "--log", folder / "log"], {})


def opendkim(folder, listen):
    """Signs for clients from 127.0.0.0/8, and verifies for others."""
    folder.mkdir()
    root = unpacked.folder("opendkim")
    environment = {"LD_LIBRARY_PATH": unpacked.library_path("opendkim")}
    public = _make_key(root / "usr/bin/openssl", folder / "key", {**os.environ, **environment})
    (folder / "public").write_text(f"probe._domainkey.example.test v=DKIM1; k=rsa; p={public}\n")
    (folder / "internal").write_text("127.0.0.0/8\n")
    configuration = folder / "opendkim.conf"
    configuration.write_text(_OPENDKIM.format(folder=folder, listen=listen.replace("unix:", "local:")))
    return Filter(folder, listen, [root / "usr/sbin/opendkim", "-f", "-x", configuration], environment)


def _make_key(openssl, file, environment):
    """Makes a key and returns its public half in the form of a DNS record."""
    def run(*words):
        return subprocess.run([openssl, *words], env=environment, check=True, capture_output=True,
                              text=True).stdout
    run("genrsa", "-traditional", "-out", file, "2048")
    return "".join(run("rsa", "-in", file, "-pubout").splitlines()[1:-1])


def _accepts(listen):
    family, _, place = listen.partition(":")
    try:
        if family == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(place)
        else:
            port, _, host = place.partition("@")
            socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True
