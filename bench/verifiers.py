"""Programs that say whether a mailbox exists, each with a function that asks it about addresses.

Each runs as its documentation shows. All but vouchd live in namespaces, with a name server at 127.0.0.1 and mail
servers at port 25, which is the only port that they ask.
"""

import concurrent.futures
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import shutil
import subprocess

from peers import namespaces, unpacked
from peers.callout_session import Session
from peers.exim import Exim
from peers.mailfromd import Calloutd
from peers.postfix import Postfix
from peers.smtp_client import Client
from processes import Failure

HERE = pathlib.Path(__file__).resolve().parent
HOSTNAME = "vouch.example.test"  # as the replies name it
AT_ONCE = 8
LIMIT_S = 300
SAYS_MORE = ("deep-email-validator", "email-existence")  # besides a boolean
NPM = {"deep-email-validator": "0.1.27", "email-verify": "0.2.1", "email-existence": "0.1.6"}

# What vouchd says of us, in the reasons of its records: such a verdict is kept against more than one address.
US = {"policy", "blocked", "helo", "sender_refused", "auth_required", "tls_required", "tls_policy", "mutual_callout",
      "smtputf8_unsupported", "relay_denied", "null_refused", "protocol"}

_serial = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Answer:
    missing: bool  # it says that there is no such mailbox
    words: str
    exists: bool = False  # it says that there is one
    about_us: bool = False  # it says that we are refused, whatever the mailbox


class Unavailable(Exception):
    """A verifier that cannot be had on this machine."""


class Vouchd:
    name = "vouchd"

    def __init__(self, program):
        self._program = program

    def ask(self, world, addresses):
        configuration = world.folder / "vouchd.toml"
        # A sender is verified without a second, made-up recipient; "verify" makes reports, which have one.
        configuration.write_text(world.configuration() + '\n[callout.catch_all]\nprobe = "never"\n')
        lines = _output([self._program, "-c", configuration, "verify", "--standalone", "--json", "--jobs", AT_ONCE],
                        addresses)
        return {line["address"]: self._answer(line) for line in map(json.loads, lines)}

    @staticmethod
    def _answer(line):
        word, reason = line["result"], line["reason"]
        return Answer(missing=word in ("not_found", "no_mx"), words=f"{word}/{reason}",
                      exists=word in ("success", "catch_all"),
                      about_us=reason in US and word not in ("temp_failure", "timeout"))


class EximCallout:
    """`purpose` is what Exim verifies: the sender of a message or its recipient."""

    _SETTINGS = """\
primary_hostname = {hostname}
queue_only = true
tls_advertise_hosts =
smtp_accept_max = 100
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  require verify = {purpose}/callout=30s,no_cache
  accept

begin routers
there:
  driver = dnslookup
  transport = away

begin transports
away:
  driver = smtp
  hosts_avoid_tls = *
  helo_data = {hostname}
"""

    def __init__(self, purpose):
        self._purpose = purpose
        self.name = f"Exim {version('exim', 'exim4-daemon-light')}, {purpose} callout"

    def ask(self, world, addresses):
        place = ("127.0.0.1", 2525)
        settings = self._SETTINGS.format(hostname=HOSTNAME, purpose=self._purpose)
        return _ask_mta(lambda folder: Exim(folder, [place], settings), place, addresses, self._purpose)


class PostfixVerification:
    def __init__(self):
        self.name = f"Postfix {version('postfix', 'postfix')}, address verification"

    # The code is the one that ADDRESS_VERIFICATION_README advises for whoever trusts its judgement; the default, 450,
    # lets the client come back until it gives up. Polls are more frequent than by default, and so many that a probe
    # can end.
    _SETTINGS = {
        "myhostname": HOSTNAME,
        "mynetworks": "127.0.0.0/8",
        "smtp_dns_support_level": "enabled",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "smtpd_sender_restrictions": "reject_unverified_sender",
        "unverified_sender_reject_code": "550",
        "address_verify_poll_count": "20",
        "address_verify_poll_delay": "1s",
    }

    def ask(self, world, addresses):
        place = ("127.0.0.1", 2526)
        return _ask_mta(lambda folder: Postfix(folder, {place: ""}, self._SETTINGS), place, addresses, "sender")


class MailfromdCallout:
    # Its default soft timers; those of the tests' calloutd are a second.
    _SETTINGS = ("smtp-timeout soft { connection 10; initial-response 30; helo 30; mail 30; rcpt 30; rset 30;"
                 " quit 30; }\n"
                 "database cache { enable no; }\n")

    def __init__(self):
        self.name = f"GNU Mailfromd {version('mailfromd', 'mailfromd')}, calloutd"

    def ask(self, world, addresses):
        place = ("127.0.0.1", 3535)
        with _stopping(Calloutd(_new_folder(), place, self._SETTINGS)):
            return _each(addresses, lambda address: self._ask_one(place, address))

    @staticmethod
    def _ask_one(place, address):
        with Session(place) as session:
            word = session.ask(address).word
        return Answer(missing=word == "not_found", words=word, exists=word == "success")


class NpmVerifier:
    """`reading` is "documented", the boolean that its documentation shows, or "kind", only what can mean no other than
    that there is no such mailbox."""

    needs_leniency = True

    def __init__(self, package, reading="documented"):
        self._package = package
        self._reading = reading
        self.name = f"{package} {NPM[package]} (npm){', read kindly' if reading == 'kind' else ''}"

    def ask(self, world, addresses):
        lines = _output(["node", HERE / "npm_verifiers.cjs", npm_folder(), self._package], addresses)
        return {line["address"]: self._answer(line) for line in map(json.loads, lines)}

    def _answer(self, line):
        missing = line["missing"] if self._reading == "kind" else not line["valid"]
        return Answer(missing=missing, words=line["words"], exists=line["valid"])


def version(peer, package):
    """Returns the upstream version of a peer's package."""
    stamp = unpacked.folder(peer) / ".stamp"
    packages = dict(line.split() for line in stamp.read_text().splitlines()) if stamp.exists() else {}
    return packages.get(package, "").partition("-")[0].partition("+")[0]


def npm_folder():
    cache = os.environ.get("VOUCH_NPM") or pathlib.Path.home() / ".cache/vouch/npm"
    return pathlib.Path(cache).resolve()


def fetch_npm():
    """Installs the packages into a folder of their own, unless they are there. No package runs a script."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Unavailable(f"there is no {program} on this machine")
    if all(_installed(package) == wanted for package, wanted in NPM.items()):
        return
    npm_folder().mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "install", "--prefix", npm_folder(), "--ignore-scripts", "--no-audit", "--no-fund", "--no-save",
         *(f"{package}@{wanted}" for package, wanted in NPM.items())], capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        why = ", ".join(line.removeprefix("npm error ") for line in done.stderr.splitlines()[:2])
        raise Unavailable(f"npm install ended with {done.returncode} ({why})")


def _installed(package):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((npm_folder() / "node_modules" / package / "package.json").read_text())["version"]
    return None


def _new_folder():
    return namespaces.SCRATCH / f"verifier-{next(_serial)}"


@contextlib.contextmanager
def _stopping(running):
    try:
        yield
    finally:
        running.stop()


def _each(addresses, ask):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(addresses, pool.map(ask, addresses)))


def _ask_mta(start, place, addresses, purpose):
    """Asks by mail: the reply to RCPT says what became of the verification."""
    def one(address):
        sender, recipient = (address, "bob@example.net") if purpose == "sender" else ("", address)
        with Client(place) as client:
            client.say(f"EHLO client.{HOSTNAME}")
            client.say(f"MAIL FROM:<{sender}>")
            reply = client.say(f"RCPT TO:<{recipient}>")
            client.quit()
        return Answer(missing=reply.code // 100 == 5, words=reply.text, exists=reply.code // 100 == 2)
    with _stopping(start(_new_folder())):
        return _each(addresses, one)


def _output(command, addresses):
    """Returns the lines that a program prints about the addresses that it reads."""
    done = subprocess.run([str(word) for word in command], input="".join(f"{address}\n" for address in addresses),
                          capture_output=True, text=True, timeout=LIMIT_S)
    lines = done.stdout.splitlines()
    if len(lines) != len(addresses):
        raise Failure(f"{command[0]} answered {len(lines)} of {len(addresses)} questions: {done.stderr[-500:]}")
    return lines
