"""The fence against a second implementation: IANA's registries (registries.py) and Python's ipaddress.

Asked are the bounds of each block, their neighbours, and random addresses (of one seed), each of IPv4 also in all forms of
IPv6 that carry one. CO-027 to CO-031, RS-045, RS-121.
"""

import ipaddress
import itertools
import os
import random
import subprocess
import unittest

import registries
from registries import row, GLOBAL, LOCAL

SEED = 12
RANDOM_OF_IPV4 = 3000
RANDOM_OF_IPV6 = 3000
RANDOM_IN_EACH_BLOCK = 20

NEIGHBOUR_OF_GOOGLE = ipaddress.IPv6Address("2a00:1450:4001:81b::").packed[:8]  # any prefix that is global
LINK_LOCAL = ipaddress.IPv6Address("fe80::").packed[:8]
PUBLIC_6TO4 = ipaddress.IPv6Address("2002:808:808:1::").packed[:8]
PRIVATE_6TO4 = ipaddress.IPv6Address("2002:a00:1:1::").packed[:8]


def obscured(packed):
    """Returns the address of a client as Teredo writes it, with all bits inverted (RFC 4380 4)."""
    return bytes(byte ^ 0xff for byte in packed)


# How an address of IPv6 carries one of IPv4: `four` are its bytes, and `rest(n)` fills what is free.
EMBEDDINGS = {
    "mapped": lambda four, rest: registries.MAPPED + four,
    "compatible": lambda four, rest: registries.COMPATIBLE + four,
    "translated": lambda four, rest: registries.TRANSLATED + four,
    "NAT64": lambda four, rest: registries.NAT64 + four,
    "local NAT64 of /48": lambda four, rest:
        registries.LOCAL_NAT64 + four[:2] + b"\0" + four[2:] + rest(5),
    "local NAT64 of /96": lambda four, rest: registries.LOCAL_NAT64 + rest(6) + four,
    "6to4": lambda four, rest: registries.SIX_TO_FOUR + four + rest(10),
    "Teredo server": lambda four, rest: registries.TEREDO + four + rest(8),
    "Teredo client": lambda four, rest: registries.TEREDO + rest(8) + obscured(four),
    "ISATAP": lambda four, rest: NEIGHBOUR_OF_GOOGLE + registries.ISATAP[0] + four,
    "ISATAP of a global address": lambda four, rest: NEIGHBOUR_OF_GOOGLE + registries.ISATAP[1] + four,
    "ISATAP of a link": lambda four, rest: LINK_LOCAL + registries.ISATAP[0] + four,
    "ISATAP in 6to4": lambda four, rest: PUBLIC_6TO4 + registries.ISATAP[0] + four,
    "ISATAP in private 6to4": lambda four, rest: PRIVATE_6TO4 + registries.ISATAP[1] + four,
}
LEAD_TO_THE_INTERNET = {"mapped", "NAT64", "6to4", "ISATAP", "ISATAP of a global address", "ISATAP in 6to4"}

# What the registries call globally reachable, and the fence refuses all the same: no machine there is a mail server.
STRICTER = [
    row("192.0.0.9/32", "a port mapper next to us", "RFC 7723", GLOBAL),
    row("192.0.0.10/32", "a TURN server next to us", "RFC 8155", GLOBAL),
    row("2001:1::1/128", "a port mapper next to us", "RFC 7723", GLOBAL),
    row("2001:1::2/128", "a TURN server next to us", "RFC 8155", GLOBAL),
    row("2001:1::3/128", "a registrar of services next to us", "RFC 9665", GLOBAL),
    row("2001:3::/32", "relays of multicast", "RFC 7450", GLOBAL),
    row("2001:4:112::/48", "name servers for reverse names of private addresses", "RFC 7535", GLOBAL),
    row("2001:20::/28", "hashes of keys, to which nothing is routed", "RFC 7343", GLOBAL),
    row("2001:30::/28", "names of drones, to which nothing is routed", "RFC 9374", GLOBAL),
]

# Where the fence refuses, and Python's `is_global` is true in one version or another.
PYTHON_ALLOWS = [
    row("192.0.0.0/24", "of the block, older versions know only parts", "RFC 6890", LOCAL),
    row("192.88.99.0/24", "no row of Python's", "RFC 7526", LOCAL),
    row("224.0.0.0/4", "`is_global` does not look at multicast", "RFC 5771", LOCAL),
    row("::/3", "what is not assigned is not asked for, nor what is carried", "RFC 4291 2.4", LOCAL),
    row("2001::/23", "newer versions know the rows that are globally reachable (STRICTER)", "RFC 8190", LOCAL),
    row("2002::/16", "what 6to4 carries is not looked at", "RFC 3056", LOCAL),
    row("3fff::/20", "is newer than many versions", "RFC 9637", LOCAL),
    row("4000::/2", "what is not assigned is not asked for", "RFC 4291 2.4", LOCAL),
    row("8000::/1", "what is not assigned is not asked for, nor multicast", "RFC 4291 2.4, 2.7", LOCAL),
    row("2a00:1450:4001:81b::/64", "what ISATAP carries is not looked at", "RFC 5214", LOCAL),
]
# Where the fence allows, and Python's `is_global` is false in one version or another.
PYTHON_REFUSES = [
    row("::ffff:0:0/96", "a mapped address is the one of IPv4 (CO-204), which older versions do not look at", "RFC 4291",
        GLOBAL),
    row("2002::/16", "newer versions refuse all of 6to4, of which the registry says N/A", "RFC 3056", GLOBAL),
]


def bounds(block):
    """Returns the first and the last address of a block, and those next to it."""
    first, last = int(block.network_address), int(block.broadcast_address)
    kind = type(block.network_address)
    return [kind(value) for value in (first - 1, first, last, last + 1) if 0 <= value < 2 ** block.max_prefixlen]


def is_in(address, rows):
    return any(address.version == one.block.version and address in one.block for one in rows)


class Samples:
    """The addresses that are asked about."""

    def __init__(self):
        self.chance = random.Random(SEED)
        blocks = [one.block for one in registries.ALL_BLOCKS]
        plain = list(itertools.chain.from_iterable(bounds(block) for block in blocks))
        plain += [self.within(block) for block in blocks for _ in range(RANDOM_IN_EACH_BLOCK)]
        plain += [self.within(ipaddress.ip_network("0.0.0.0/0")) for _ in range(RANDOM_OF_IPV4)]
        for space in (registries.IPV6_GLOBAL_UNICAST.block, ipaddress.ip_network("::/0")):
            plain += [self.within(space) for _ in range(RANDOM_OF_IPV6)]
        self.plain = plain
        ipv4 = [address for address in plain if address.version == 4]
        self.carried = {name: [ipaddress.IPv6Address(put(one.packed, rest))
                               for one in ipv4 for rest in (bytes, self.chance.randbytes)]
                        for name, put in EMBEDDINGS.items()}
        prefixes = {address.packed[:12] for name in LEAD_TO_THE_INTERNET for address in self.carried[name]}
        ends = [ipaddress.ip_network((prefix + bytes(4), 96)) for prefix in sorted(prefixes)[:2000]]
        self.ends = list(itertools.chain.from_iterable(bounds(block) for block in ends))

    def within(self, block):
        start, size = int(block.network_address), block.num_addresses
        return type(block.network_address)(start + self.chance.randrange(size))

    def all(self):
        return self.plain + self.ends + list(itertools.chain.from_iterable(self.carried.values()))


def judged(addresses):
    """Returns what the fence says of each address: whether it may be called, and why."""
    asked = "".join(f"{address}\n" for address in addresses)
    said = subprocess.run([os.environ["FENCE_JUDGE"]], input=asked, capture_output=True, text=True, check=True, timeout=300)
    words = [line.split(" ", 1) for line in said.stdout.splitlines()]
    assert len(words) == len(addresses), "an answer for each address"
    return {address: (word == "allowed", rule) for address, (word, rule) in zip(addresses, words)}


class Fence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.samples = Samples()
        cls.verdicts = judged(cls.samples.all())

    def assert_none(self, wrong):
        shown = "".join(f"\n  {address}: {self.verdicts[address][1]}" for address in wrong[:20])
        self.assertEqual(len(wrong), 0, f"{len(wrong)} addresses, among them:{shown}")

    def test_what_the_registries_do_not_call_global_is_never_called(self):
        self.assert_none([address for address, (allowed, _) in self.verdicts.items()
                          if allowed and not registries.may_be_called(address)])

    def test_what_is_global_is_called_unless_we_are_stricter(self):
        refused = [address for address, (allowed, _) in self.verdicts.items()
                   if not allowed and registries.may_be_called(address)]
        self.assert_none([address for address in refused if not self.is_stricter(address)])
        for one in STRICTER:
            self.assertIn(one.block, [known.block for known in registries.SPECIAL_PURPOSE if known.reach == GLOBAL])
            self.assertFalse(self.verdicts[one.block.network_address][0], f"{one.block} need not be listed")

    def test_each_form_carries_both_kinds_if_it_leads_to_the_internet_and_none_else(self):
        for name, carried in self.samples.carried.items():
            allowed = sum(self.verdicts[address][0] for address in carried)
            with self.subTest(form=name, allowed=allowed, of=len(carried)):
                self.assertLess(allowed, len(carried))
                self.assertEqual(allowed > 0, name in LEAD_TO_THE_INTERNET)

    def test_differences_to_python_are_listed(self):
        by_python = {address: address.is_global for address in self.verdicts}
        self.assert_none([address for address, (allowed, _) in self.verdicts.items()
                          if not allowed and by_python[address] and not is_in(address, PYTHON_ALLOWS)])
        self.assert_none([address for address, (allowed, _) in self.verdicts.items()
                          if allowed and not by_python[address] and not is_in(address, PYTHON_REFUSES)])

    @staticmethod
    def is_stricter(address):
        """Holds also for an address of IPv6 that leads to one of IPv4 where we are stricter."""
        four = [ipaddress.IPv4Address(part) for part in
                ((address.packed[2:6], address.packed[12:]) if address.version == 6 else ())]
        return is_in(address, STRICTER) or any(is_in(one, STRICTER) for one in four)


unittest.main()
