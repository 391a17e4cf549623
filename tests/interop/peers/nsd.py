"""nsd, NLnet Labs' authoritative name server."""

from . import unpacked
from .dns_probe import answers
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
        self._process.wait_ready(lambda: answers(endpoint, zone))

    def stop(self):
        return self._process.stop()
