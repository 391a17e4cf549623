"""nsd, NLnet Labs' authoritative name server."""

import socket
import struct

from . import unpacked
from .process import Process

_CONFIGURATION = """\
server:
  ip-address: {address}
  port: {port}
  username: ""
  chroot: ""
  database: ""
  server-count: 1
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "zone"
"""


class Nsd:
    def __init__(self, folder, endpoint, zone, records):
        address, port = endpoint
        folder.mkdir()
        (folder / "zone").write_text(records)
        (folder / "nsd.conf").write_text(
            _CONFIGURATION.format(folder=folder, address=address, port=port, zone=zone))
        self._process = Process([unpacked.folder("nsd") / "usr/sbin/nsd", "-d", "-c", folder / "nsd.conf"],
                                folder / "output", {"LD_LIBRARY_PATH": unpacked.library_path("nsd")})
        self._process.wait_ready(lambda: _answers(endpoint, zone))

    def stop(self):
        return self._process.stop()


def _answers(endpoint, zone):
    """True when the zone's SOA is answered without an error."""
    name = b"".join(struct.pack("B", len(label)) + label.encode() for label in zone.split(".")) + b"\0"
    question = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + name + struct.pack(">2H", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(1)
        try:
            udp.connect(endpoint)
            udp.send(question)
            answer = udp.recv(512)
        except OSError:
            return False
    return answer[:2] == question[:2] and answer[3] & 0x0F == 0
