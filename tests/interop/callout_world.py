"""The Internet of the callout tests: a zone in nsd, unbound in front of it, and the address of each mail server.

A peer `postfix` has a domain for each way in which it speaks TLS, and one that it does not relay for:

    never.postfix.peers.test    may.postfix.peers.test    require.postfix.peers.test    relay.postfix.peers.test
"""

from peers.nsd import Nsd
from peers.unbound import Unbound

RESOLVER = ("127.0.0.53", 53)
RESOLVER_WITHOUT_TCP = ("127.0.0.54", 53)
_AUTHORITY = ("127.0.0.1", 53)

ZONE = "peers.test"
PEERS = ("postfix", "exim", "opensmtpd", "aiosmtpd")
DOORS = ("never", "may", "require", "odd")  # how it speaks TLS; at "odd" each peer has an oddity of its own

# Domains that need no mail server of their own.
_SHAPES = """\
$ORIGIN peers.test.
$TTL 60
@            SOA   ns hostmaster 1 3600 600 86400 60
@            NS    ns
ns           A     127.0.0.1
nothing      TXT   "neither MX nor address"
null         MX    0 .
implicit     A     {may}
alias        CNAME may.aiosmtpd
loop-a       CNAME loop-b
loop-b       CNAME loop-a
to-alias     MX    10 mx-alias
mx-alias     CNAME mx-may.aiosmtpd
to-nowhere   MX    10 no-such-host
private      MX    10 mx-private
mx-private   A     10.0.0.1
bogus        MX    10 mx-may.aiosmtpd
backup       MX    10 mx-closed
backup       MX    20 mx-may.aiosmtpd
mx-closed    A     127.7.9.9
three-faults MX    10 no-such-host
three-faults MX    20 nothing
three-faults MX    30 mx-closed
three-faults MX    40 mx-may.aiosmtpd
relay-later.postfix MX 10 mx-never.postfix
1.0.0.127.blocklist A   127.0.0.2
1.0.0.127.blocklist TXT "listed for the test"
"""


def endpoint(peer, door):
    return (f"127.7.{PEERS.index(peer) + 1}.{DOORS.index(door) + 1}", 25)


def endpoints(peer, *doors):
    return [endpoint(peer, door) for door in doors]


def _zone():
    lines = [_SHAPES.format(may=endpoint("aiosmtpd", "may")[0])]
    for peer in PEERS:
        for door in DOORS:
            lines.append(f"{door}.{peer} MX 10 mx-{door}.{peer}\nmx-{door}.{peer} A {endpoint(peer, door)[0]}\n")
        lines.append(f"relay.{peer} MX 10 mx-may.{peer}\n")
    # Too long for a datagram: 60 exchanges with long names.
    for number in range(60):
        lines.append(f"huge MX {number + 10} mx-{number}.with-a-name-that-fills-the-answer.huge\n")
        lines.append(f"mx-{number}.with-a-name-that-fills-the-answer.huge A {endpoint('aiosmtpd', 'may')[0]}\n")
    return "".join(lines)


class World:
    def __init__(self, folder):
        folder.mkdir()
        stubs = {ZONE: _AUTHORITY, "unserved.test": _AUTHORITY}  # the authority refuses queries for the second
        self._nsd = Nsd(folder / "nsd", _AUTHORITY, ZONE, _zone())
        self._unbound = Unbound(folder / "unbound", RESOLVER, stubs, probe=ZONE, bogus=[f"bogus.{ZONE}"])
        self._without_tcp = Unbound(folder / "without-tcp", RESOLVER_WITHOUT_TCP, stubs, probe=ZONE, tcp=False)

    def stop(self):
        self._without_tcp.stop()
        self._unbound.stop()
        self._nsd.stop()
