"""unbound, NLnet Labs' recursive resolver, which we ask for the zones."""

from . import unpacked
from .dns_probe import answers
from .process import Process

_CONFIGURATION = """\
server:
  interface: {address}
  port: {port}
  do-ip6: no
  do-tcp: {tcp}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  logfile: ""
  num-threads: 1
  module-config: "validator iterator"
  root-hints: ""
  # Ask name servers on loopback, and do not answer for .test ourselves.
  do-not-query-localhost: no
  local-zone: "test." nodefault
  access-control: 127.0.0.0/8 allow
  domain-insecure: "test."
{anchors}
remote-control:
  control-enable: no
"""

_STUB = """\
stub-zone:
  name: "{zone}"
  stub-addr: {host}@{port}
"""

# A key that no zone has: names below such an anchor fail validation.
_ANCHOR = '  trust-anchor: "{zone}. DS 12345 8 2 {digest}"\n'


class Unbound:
    def __init__(self, folder, endpoint, stubs, probe, bogus=(), tcp=True):
        """`stubs` are {zone: (host, port) of its name server}; `probe` is a zone whose SOA is answered.

        The zones in `bogus` fail DNSSEC validation. Without `tcp` a truncated answer stays truncated.
        """
        folder.mkdir()
        configuration = folder / "unbound.conf"
        anchors = "".join(_ANCHOR.format(zone=zone, digest="ab" * 32) for zone in bogus)
        configuration.write_text(
            _CONFIGURATION.format(folder=folder, address=endpoint[0], port=endpoint[1], anchors=anchors,
                                  tcp="yes" if tcp else "no")
            + "".join(_STUB.format(zone=zone, host=host, port=port) for zone, (host, port) in stubs.items()))
        self._process = Process([unpacked.folder("unbound") / "usr/sbin/unbound", "-d", "-c", configuration],
                                folder / "output", {"LD_LIBRARY_PATH": unpacked.library_path("unbound")})
        self._process.wait_ready(lambda: answers(endpoint, probe))

    def stop(self):
        return self._process.stop()

    def log(self):
        return self._process.text()
