"""GNU Mailfromd 8.15: calloutd, its callout server, and mailfromd, which runs filters that ask one.

calloutd always connects to port 25 and asks the system's resolver, so these live in namespaces (`furnish` with
`FILES`).
"""

import shutil
import socket
import subprocess

from . import unpacked
from .process import Process

# Without this folder calloutd starts, but loses the session at the first callout.
FILES = {"/etc/protocols": "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n"}

_COMMON = """\
user mail;
state-directory {folder}/state;
logging {{ syslog no; }}
logger stderr;
"""

_CALLOUTD = _COMMON + """\
server {{ id inet; listen inet://{address}; }}
server {{ id unix; listen unix://{folder}/socket; }}
smtp-timeout soft {{ connection 1; initial-response 1; helo 1; mail 1; rcpt 1; rset 1; quit 1; }}
smtp-timeout hard {{ connection 1; initial-response 1; helo 1; mail 1; rcpt 1; rset 1; quit 1; }}
"""

_MILTER = "server milter {{ listen inet://{0}:{1}; }}\n"


def _make_folder(folder):
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "state").mkdir()
    shutil.chown(folder / "state", "mail", "mail")
    shutil.chown(folder, "mail", "mail")  # calloutd makes its socket here


def _command(program, *words):
    """`program` is a path below /usr."""
    return [unpacked.folder("mailfromd") / "usr" / program, *words]


def _environment():
    return {"LD_LIBRARY_PATH": unpacked.library_path("mailfromd")}


def _language():
    """Returns mailfromd's options for its preprocessor and its modules. With only one of the two paths a filter
    compiles, but its callouts return 1 without asking any server."""
    root = unpacked.folder("mailfromd")
    library = root / "usr/share/mailfromd/8.15"
    return [f"--preprocessor={root}/usr/bin/m4 -s", "-P", library, "-I", library / "include"]


class Calloutd:
    def __init__(self, folder, endpoint, settings=""):
        """`settings` are additional statements of its configuration."""
        _make_folder(folder)
        self.endpoint = endpoint
        self.unix_url = f"unix://{folder}/socket"
        self.inet_url = "inet://{}:{}".format(*endpoint)
        configuration = folder / "calloutd.conf"
        address = "{}:{}".format(*endpoint)
        configuration.write_text(_CALLOUTD.format(folder=folder, address=address) + settings)
        self._process = Process(
            _command("sbin/calloutd", f"--config-file={configuration}", "--foreground", "--stderr"),
            folder / "output", _environment())
        self._process.wait_ready(lambda: _greets(endpoint))

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        return self._process.stop()


class Mailfromd:
    """A filter's text, run for one MAIL command by `mailfromd --test`."""

    def __init__(self, folder):
        _make_folder(folder)
        self._folder = folder
        (folder / "mailfromd.conf").write_text(_COMMON.format(folder=folder))

    def run(self, filter_text, *options):
        """Runs the filter and returns the lines that it echoed."""
        program = self._folder / "filter.mfl"
        program.write_text(filter_text)
        run = subprocess.run(
            [str(word) for word in _command(
                "sbin/mailfromd", f"--config-file={self._folder}/mailfromd.conf", "--stderr", *_language(), *options,
                "--test=envfrom", program, "f=", "i=QID123")],
            env=_environment() | {"PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60)
        return run.stdout.splitlines()


class MailfromdMilter:
    """mailfromd as a milter, and mtasim, the mail server that it comes with."""

    def __init__(self, folder, endpoint, filter_text, *options):
        _make_folder(folder)
        self._listen = "inet:{1}@{0}".format(*endpoint)
        program = folder / "filter.mfl"
        program.write_text(filter_text)
        configuration = folder / "mailfromd.conf"
        configuration.write_text(_COMMON.format(folder=folder) + _MILTER.format(*endpoint))
        self._process = Process(
            _command("sbin/mailfromd", f"--config-file={configuration}", "--stderr", "--foreground", *_language(),
                     *options, program), folder / "output", _environment())
        self._process.wait_ready(lambda: _accepts(endpoint))

    def stop(self):
        return self._process.stop()

    def output(self):
        return self._process.text()

    def simulate(self, *commands):
        """Returns the replies of mtasim to the commands of an SMTP session."""
        run = subprocess.run([str(word) for word in _command("bin/mtasim", "-X", self._listen)],
                             input="\n".join([*commands, "QUIT", ""]), env=_environment(), capture_output=True,
                             text=True, timeout=60)
        return run.stdout.splitlines()


def _greets(endpoint):
    try:
        with socket.create_connection(endpoint, timeout=5) as connection:
            return connection.recv(512).startswith(b"OK ")
    except OSError:
        return False


def _accepts(endpoint):
    try:
        socket.create_connection(endpoint, timeout=5).close()
    except OSError:
        return False
    return True
