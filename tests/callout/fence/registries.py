"""What IANA's registries say about addresses, and what follows for somebody who may only connect to the Internet.

The rows are those of the "IPv4 Special-Purpose Address Registry" and the "IPv6 Special-Purpose Address Registry", which RFC
6890 began, with the column "Globally Reachable". What the rest is comes from the registries of the two address spaces.
"""

import ipaddress
from typing import NamedTuple

GLOBAL, LOCAL, NOT_APPLICABLE = "True", "False", "N/A"  # the words of the column "Globally Reachable"


class Row(NamedTuple):
    block: ipaddress.IPv4Network | ipaddress.IPv6Network
    name: str
    source: str
    reach: str


def row(block, name, source, reach):
    return Row(ipaddress.ip_network(block), name, source, reach)


SPECIAL_PURPOSE = [
    row("0.0.0.0/8", "This network", "RFC 791 3.2", LOCAL),
    row("0.0.0.0/32", "This host on this network", "RFC 1122 3.2.1.3", LOCAL),
    row("10.0.0.0/8", "Private-Use", "RFC 1918", LOCAL),
    row("100.64.0.0/10", "Shared Address Space", "RFC 6598", LOCAL),
    row("127.0.0.0/8", "Loopback", "RFC 1122 3.2.1.3", LOCAL),
    row("169.254.0.0/16", "Link Local", "RFC 3927", LOCAL),
    row("172.16.0.0/12", "Private-Use", "RFC 1918", LOCAL),
    row("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890 2.1", LOCAL),
    row("192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335", LOCAL),
    row("192.0.0.8/32", "IPv4 dummy address", "RFC 7600", LOCAL),
    row("192.0.0.9/32", "Port Control Protocol Anycast", "RFC 7723", GLOBAL),
    row("192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "RFC 8155", GLOBAL),
    row("192.0.0.170/32", "NAT64/DNS64 Discovery", "RFC 8880", LOCAL),
    row("192.0.0.171/32", "NAT64/DNS64 Discovery", "RFC 8880", LOCAL),
    row("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737", LOCAL),
    row("192.31.196.0/24", "AS112-v4", "RFC 7535", GLOBAL),
    row("192.52.193.0/24", "AMT", "RFC 7450", GLOBAL),
    row("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526", NOT_APPLICABLE),
    row("192.88.99.2/32", "6a44-relay anycast address", "RFC 6751", LOCAL),
    row("192.168.0.0/16", "Private-Use", "RFC 1918", LOCAL),
    row("192.175.48.0/24", "Direct Delegation AS112 Service", "RFC 7534", GLOBAL),
    row("198.18.0.0/15", "Benchmarking", "RFC 2544", LOCAL),
    row("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737", LOCAL),
    row("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737", LOCAL),
    row("240.0.0.0/4", "Reserved", "RFC 1112 4", LOCAL),
    row("255.255.255.255/32", "Limited Broadcast", "RFC 8190, RFC 919 7", LOCAL),
    row("::1/128", "Loopback Address", "RFC 4291", LOCAL),
    row("::/128", "Unspecified Address", "RFC 4291", LOCAL),
    row("::ffff:0:0/96", "IPv4-mapped Address", "RFC 4291", LOCAL),
    row("64:ff9b::/96", "IPv4-IPv6 Translat.", "RFC 6052", GLOBAL),
    row("64:ff9b:1::/48", "IPv4-IPv6 Translat.", "RFC 8215", LOCAL),
    row("100::/64", "Discard-Only Address Block", "RFC 6666", LOCAL),
    row("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780", LOCAL),
    row("2001::/23", "IETF Protocol Assignments", "RFC 2928", LOCAL),
    row("2001::/32", "TEREDO", "RFC 4380, RFC 8190", NOT_APPLICABLE),
    row("2001:1::1/128", "Port Control Protocol Anycast", "RFC 7723", GLOBAL),
    row("2001:1::2/128", "Traversal Using Relays around NAT Anycast", "RFC 8155", GLOBAL),
    row("2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "RFC 9665", GLOBAL),
    row("2001:2::/48", "Benchmarking", "RFC 5180", LOCAL),
    row("2001:3::/32", "AMT", "RFC 7450", GLOBAL),
    row("2001:4:112::/48", "AS112-v6", "RFC 7535", GLOBAL),
    row("2001:10::/28", "Deprecated (previously ORCHID)", "RFC 4843", NOT_APPLICABLE),
    row("2001:20::/28", "ORCHIDv2", "RFC 7343", GLOBAL),
    row("2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374", GLOBAL),
    row("2001:db8::/32", "Documentation", "RFC 3849", LOCAL),
    row("2002::/16", "6to4", "RFC 3056", NOT_APPLICABLE),
    row("2620:4f:8000::/48", "Direct Delegation AS112 Service", "RFC 7534", GLOBAL),
    row("3fff::/20", "Documentation", "RFC 9637", LOCAL),
    row("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602", LOCAL),
    row("fc00::/7", "Unique-Local", "RFC 4193, RFC 8190", LOCAL),
    row("fe80::/10", "Link-Local Unicast", "RFC 4291", LOCAL),
]

# Blocks of the registries of the address spaces: no single machine answers there, or nobody may use it yet.
IPV4_MULTICAST = row("224.0.0.0/4", "Multicast", "RFC 5771", LOCAL)
IPV6_GLOBAL_UNICAST = row("2000::/3", "Global Unicast", "RFC 4291 2.4", GLOBAL)
IPV6_SITE_LOCAL = row("fec0::/10", "Site-local, deprecated", "RFC 3879", LOCAL)
IPV6_MULTICAST = row("ff00::/8", "Multicast", "RFC 4291 2.7", LOCAL)

ALL_BLOCKS = SPECIAL_PURPOSE + [IPV4_MULTICAST, IPV6_GLOBAL_UNICAST, IPV6_SITE_LOCAL, IPV6_MULTICAST]


def row_of(address):
    """Returns the narrowest row of a special purpose that holds the address, or None."""
    rows = [one for one in SPECIAL_PURPOSE if address.version == one.block.version and address in one.block]
    return max(rows, key=lambda one: one.block.prefixlen, default=None)


def is_global(address):
    """Returns whether the registries say that the address itself, whatever it carries, is reached from everywhere."""
    special = row_of(address)
    if special:
        return special.reach == GLOBAL
    return address not in IPV4_MULTICAST.block if address.version == 4 else address in IPV6_GLOBAL_UNICAST.block


def may_be_called(address):
    """Returns whether a connection to the address ends at a machine of the Internet, whichever tunnel or translator it takes."""
    if address.version == 4:
        return is_global(address)
    packed = address.packed
    last_four = ipaddress.IPv4Address(packed[12:])
    if packed[:12] in (MAPPED, NAT64):
        return is_global(last_four)
    if packed[:2] == SIX_TO_FOUR:
        reached = is_global(ipaddress.IPv4Address(packed[2:6]))  # by the relay; the rest is its own network
    else:
        reached = is_global(address)
    return reached and (packed[8:12] not in ISATAP or is_global(last_four))


MAPPED = ipaddress.IPv6Address("::ffff:0:0").packed[:12]  # RFC 4291 2.5.5.2
COMPATIBLE = bytes(12)  # RFC 4291 2.5.5.1
TRANSLATED = ipaddress.IPv6Address("::ffff:0:0:0").packed[:12]  # RFC 2765 2.1
NAT64 = ipaddress.IPv6Address("64:ff9b::").packed[:12]  # RFC 6052 2.1
LOCAL_NAT64 = ipaddress.IPv6Address("64:ff9b:1::").packed[:6]  # RFC 8215
SIX_TO_FOUR = b"\x20\x02"  # RFC 3056 2
TEREDO = b"\x20\x01\x00\x00"  # RFC 4380 2.6
ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")  # RFC 5214 6.1: of any IPv4 address, and of a global one
