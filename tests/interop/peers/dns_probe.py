"""Checks whether a name server answers yet."""

import socket
import struct


def answers(endpoint, zone):
    """Returns whether the zone's SOA is answered without an error."""
    name = b"".join(struct.pack("B", len(label)) + label.encode() for label in zone.split(".")) + b"\0"
    recursion_desired = 0x0100
    question = struct.pack(">6H", 1, recursion_desired, 1, 0, 0, 0) + name + struct.pack(">2H", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(1)
        try:
            udp.connect(endpoint)
            udp.send(question)
            answer = udp.recv(512)
        except OSError:
            return False
    return answer[:2] == question[:2] and answer[3] & 0x0F == 0
