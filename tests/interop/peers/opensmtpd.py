"""OpenSMTPD, from its folder: a server that callouts ask."""

from . import unpacked
from .namespaces import hide
from .process import Process, greets


class OpenSmtpd:
    """`configuration` is its smtpd.conf; `listeners` are the endpoints that it names."""

    def __init__(self, folder, listeners, configuration):
        folder.mkdir()
        # Compiled-in paths: the chroot of its unprivileged processes, and its queue.
        hide("/var/lib", {"opensmtpd": 0o755, "opensmtpd/empty": 0o711})
        hide("/var/spool", {"smtpd": 0o711})
        file = folder / "smtpd.conf"
        file.write_text(configuration)
        self._process = Process([unpacked.folder("opensmtpd") / "usr/sbin/smtpd", "-d", "-f", file],
                                folder / "output", {"LD_LIBRARY_PATH": unpacked.library_path("opensmtpd")})
        for endpoint in listeners:
            self._process.wait_ready(lambda: greets(endpoint))

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        return self._process.stop()

    def log(self):
        return self._process.text()
