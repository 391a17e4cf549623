"""A certificate as most mail servers have one: self-signed, and trusted by no client."""

import os
import shutil
import subprocess

from . import unpacked


class Certificate:
    def __init__(self, folder, name, owner="root"):
        folder.mkdir()
        self.certificate = folder / "cert.pem"
        self.key = folder / "key.pem"
        environment = {**os.environ, "LD_LIBRARY_PATH": unpacked.library_path("openssl"),
                       "OPENSSL_CONF": str(unpacked.folder("openssl") / "etc/ssl/openssl.cnf")}
        subprocess.run(
            [unpacked.folder("openssl") / "usr/bin/openssl", "req", "-x509", "-nodes", "-days", "2",
             "-newkey", "rsa:2048",  # OpenSMTPD 6.8 does not work with others
             "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={name}"],
            env=environment, check=True, capture_output=True)
        shutil.chown(self.key, owner)  # openssl makes it readable only for its owner
