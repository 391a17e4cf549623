"""Exim, from its folder: a server that callouts ask."""

import shutil

from . import unpacked
from .namespaces import show
from .process import Process, greets

# The port by its number: a bare Debian has no /etc/services.
_CONFIGURATION = """\
exim_path = {root}/usr/sbin/exim4
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment = LD_LIBRARY_PATH
add_environment = LD_LIBRARY_PATH={libraries}
pid_file_path = {folder}/exim.pid
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
host_lookup =
rfc1413_hosts =
disable_ipv6 = true
daemon_smtp_ports = 25
local_interfaces = {listeners}
{settings}
"""

USER = "Debian-exim"


class Exim:
    """One daemon on all of `listeners`; `settings` is the rest of its configuration."""

    def __init__(self, folder, listeners, settings):
        folder.mkdir()
        root = folder / "root"  # it executes itself again under its own account
        show(unpacked.folder("exim"), root)
        libraries = unpacked.library_path("exim", root)
        for name in ("spool", "log", "mail"):
            (folder / name).mkdir()
            shutil.chown(folder / name, USER, USER)
        self._log = folder / "log/mainlog"
        configuration = folder / "exim.conf"
        configuration.write_text(_CONFIGURATION.format(
            root=root, libraries=libraries, folder=folder,
            listeners=" : ".join(f"{host}.{port}" for host, port in listeners),
            settings=settings.replace("{folder}", str(folder))))
        self._process = Process([root / "usr/sbin/exim4", "-C", configuration, "-bdf"], folder / "output",
                                {"LD_LIBRARY_PATH": libraries})
        for endpoint in listeners:
            self._process.wait_ready(lambda: greets(endpoint))

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        return self._process.stop()

    def log(self):
        return self._log.read_text(errors="backslashreplace") if self._log.exists() else ""
