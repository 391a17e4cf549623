"""Makes, splits and prints milter packets."""

import dataclasses
import struct

NO_BITS = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40, "U": 0x100, "T": 0x200}
NR_BITS = {"L": 0x80, "C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "U": 0x20000,
           "N": 0x40000, "B": 0x80000}
SKIP = 0x400
LEADSPC = 0x100000
ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF

ANSWERED = frozenset("OCHMRTLNBEU")
VERDICTS = frozenset(b"cartdys4O")


def packet(letter, payload=b""):
    return struct.pack(">I", len(payload) + 1) + letter.encode() + payload


def strings(*texts):
    return b"".join(text.encode("latin-1") + b"\0" for text in texts)


def split(octets):
    """Returns (whole packets without their lengths, the remaining bytes)."""
    packets = []
    while len(octets) >= 4:
        length = struct.unpack(">I", octets[:4])[0]
        if len(octets) < 4 + length:
            break
        packets.append(octets[4:4 + length])
        octets = octets[4 + length:]
    return packets, octets


@dataclasses.dataclass(frozen=True)
class Item:
    """What is sent at once: a packet, or bytes that are not one."""

    octets: bytes

    @property
    def letter(self):
        """Returns the command, or "" if this is not exactly one packet of a plausible length."""
        packets, rest = split(self.octets)
        return chr(packets[0][0]) if len(packets) == 1 and packets[0] and not rest else ""

    @property
    def payload(self):
        return self.octets[5:]

    def __str__(self):
        if self.letter == "O" and len(self.payload) >= 12:
            words = struct.unpack(">III", self.payload[:12])
            return "O version={} actions=0x{:x} steps=0x{:x}".format(*words)
        return f"{self.letter} {shown(self.payload)}" if self.letter else f"bytes {shown(self.octets)}"


def shown(octets, most=120):
    """Returns the bytes as text, with a middle dot for NUL, and cut if they are long."""
    text = "".join("·" if octet == 0 else chr(octet) if 0x20 <= octet <= 0x7e and octet != 0x5c
                   else f"\\x{octet:02x}" for octet in octets[:most])
    return text if len(octets) <= most else f"{text}... ({len(octets)} bytes)"
