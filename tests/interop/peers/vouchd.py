"""The vouchd under test: its configuration, and what its log says."""

import os
import re
import shlex

from .daemon import INTERVAL, Daemon
from .process import wait_until

HOSTNAME = "vouch.example.test"

_CONFIGURATION = """\
config_version = 1

[server]
{mode}
hostname = "{hostname}"
{interval}
state_dir = "{folder}"

[milter]
listen = ["{listen}"]
socket_mode = "0666"

[callout]
client_rate = "10000/1m"  # all tests are one client, which asks one site
domain_rate = "10000/1m"
address_rate = "10000/1m"
organisation_rate = "10000/1m"

[callout.soft]
connect = "2s"
greeting = "2s"

[destinations]
allow = ["127.0.0.0/8"]

[dns]
servers = ["{name_server[0]}:{name_server[1]}"]

[cache]
backend = "memory"

[lists]
own_networks = ["{own_network}"]

[log]
target = "stderr"

[control]
listen = "unix:{folder}/control.sock"
"""

_LOG_SECONDS = 10
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


class Vouchd:
    def __init__(self, folder, mode, listen, name_server, own_network, more=""):
        """`more` contains additional sections of the configuration."""
        folder.mkdir()
        (folder / "vouchd.toml").write_text(_CONFIGURATION.format(
            folder=folder, mode=mode, listen=listen, hostname=HOSTNAME, interval=INTERVAL, name_server=name_server,
            own_network=own_network) + more)
        self._process = Daemon([os.environ["VOUCHD"], "-c", folder / "vouchd.toml", "serve"], folder / "log",
                               folder / "control.sock")
        self._process.wait_ready(lambda: self.events("ready"))

    def stop(self):
        """Returns the exit status. Fails if the loop stood still."""
        return self._process.stop()

    def log(self):
        return self._process.text()

    def events(self, name, address=None):
        """Returns the log lines of that event, about that sender, as dictionaries."""
        wanted = {"event": name} if address is None else {"event": name, "address": f"<{address}>"}
        return [line for line in map(_parse, self.log().splitlines()) if wanted.items() <= line.items()]

    def decision(self, address):
        """Returns the newest decision on the sender `address`. It waits: the log is written after the answer."""
        what = f"a decision on {address} in the log"
        return wait_until(lambda: self.events("decision", address), what, _LOG_SECONDS)[-1]


def _parse(line):
    """Returns a logfmt line as a dictionary; {} for any other line."""
    try:
        words = shlex.split(line)
    except ValueError:
        return {}
    pairs = (word.partition("=") for word in words)
    return {key: _unescape(value) for key, equals, value in pairs if equals}


def _unescape(value):
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
