"""aiosmtpd, Python's SMTP server: a server that callouts ask, driven by callout/aiosmtpd_server.py."""

import pathlib
import sys

from . import unpacked
from .process import Process, greets

_SERVER = pathlib.Path(__file__).resolve().parent.parent / "callout" / "aiosmtpd_server.py"


class Aiosmtpd:
    """`listeners` are {(host, port): never, may or require}."""

    def __init__(self, folder, listeners, certificate):
        folder.mkdir()
        doors = [f"{host}:{port}:{tls}" for (host, port), tls in listeners.items()]
        self._process = Process(
            [sys.executable, "-u", _SERVER, certificate.certificate, certificate.key, *doors],
            folder / "output",
            {"PYTHONPATH": str(unpacked.folder("aiosmtpd") / "usr/lib/python3/dist-packages")})
        for endpoint in listeners:
            self._process.wait_ready(lambda: greets(endpoint))

    def stop(self):
        return self._process.stop()

    def log(self):
        return self._process.text()
