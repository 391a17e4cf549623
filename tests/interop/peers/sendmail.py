"""Sendmail, from its folder."""

import subprocess

from . import unpacked
from .process import Process, greets

_CONFIGURATION = """\
divert(-1)
divert(0)dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`ALIAS_FILE', `')dnl
define(`confDOMAIN_NAME', `{hostname}')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/switch')dnl
define(`confHOSTS_FILE', `/etc/hosts')dnl
define(`confTO_IDENT', `0')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`promiscuous_relay')dnl
{listeners}
define(`SMART_HOST', `relay:[{relay_address}]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {relay_port}')dnl
MAILER(`smtp')dnl
"""

# F=T: a filter that cannot be reached is a temporary failure, so a dead filter does not look like one that accepts.
_LISTENER = """\
MAIL_FILTER(`{name}', `S={milter}, F=T, T={timeouts}')dnl
DAEMON_OPTIONS(`Name={name}, Family=inet, Addr={address}, Port={port}, InputMailFilters={name}')dnl"""

# A host name without a dot has been seen to cost Sendmail 60 silent seconds, so the namespace has one with a dot.
_SWITCH = "hosts files\naliases files\npasswd files\n"


class Sendmail:
    def __init__(self, folder, hostname, listeners, relay, timeouts="C:5s;S:10s;R:10s;E:20s"):
        """`listeners` are {(host, port): the milter's socket as Sendmail writes it}; `timeouts` are those of filters."""
        root, libraries = unpacked.folder("sendmail"), unpacked.library_path("sendmail")
        cf = root / "usr/share/sendmail/cf"
        folder.mkdir()
        (folder / "queue").mkdir(0o700)
        (folder / "switch").write_text(_SWITCH)
        source = folder / "sendmail.mc"
        source.write_text(_CONFIGURATION.format(
            cf=cf, folder=folder, hostname=hostname, relay_address=relay[0], relay_port=relay[1],
            listeners="\n".join(_LISTENER.format(name=f"door{port}", milter=milter, address=host, port=port, timeouts=timeouts)
                                for (host, port), milter in listeners.items())))
        configuration = folder / "sendmail.cf"
        configuration.write_bytes(subprocess.check_output(
            [root / "usr/bin/m4", f"-D_CF_DIR_={cf}/", source], stderr=subprocess.DEVNULL))
        self._transcript = folder / "transcript"
        self.queue = folder / "queue"
        self._command = [root / "usr/libexec/sendmail/sendmail", f"-C{configuration}"]
        self._libraries = str(libraries)
        self._process = Process(
            [*self._command, "-bD", "-X", self._transcript],
            folder / "output", {"LD_LIBRARY_PATH": libraries})
        for endpoint in listeners:
            self._process.wait_ready(lambda: greets(endpoint))

    def converse(self, listener, *commands):
        """Has an SMTP dialogue on standard input and output (-bs), as a program on this machine does, with the milter
        of that listener. Returns the greeting and the replies."""
        sendmail = [*self._command, f"-OInputMailFilters=door{listener[1]}", "-bs"]
        with subprocess.Popen(sendmail, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env={"LD_LIBRARY_PATH": self._libraries}) as process:
            replies = [_reply(process.stdout)]
            for command in commands:
                process.stdin.write(command + "\r\n")
                process.stdin.flush()
                replies.append(_reply(process.stdout))
        return replies

    def stop(self):
        return self._process.stop()

    def log(self):
        """Returns every SMTP dialogue that it had."""
        return self._transcript.read_text(errors="backslashreplace") if self._transcript.exists() else ""


def _reply(stream):
    text = ""
    for line in stream:
        text += line
        if line[3:4] != "-":
            break
    return text
