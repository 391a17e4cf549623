"""The folders that tests/peers/unpack fetched."""

import os
import pathlib
import subprocess

_UNPACK = pathlib.Path(__file__).resolve().parents[2] / "peers" / "unpack"


def fetch(*peers):
    """Fetches what is missing. It must run before the namespaces, which have no network."""
    subprocess.run([_UNPACK, *peers], check=True, stdout=subprocess.DEVNULL)


def folder(peer):
    cache = os.environ.get("VOUCH_PEERS") or pathlib.Path.home() / ".cache/vouch/peers"
    return pathlib.Path(cache).resolve() / peer


def library_path(peer, root=None):
    """Returns the LD_LIBRARY_PATH for that peer alone, because a shell or Python would load its libraries, too.

    `root` is the peer's folder if it is mounted elsewhere.
    """
    root = root or folder(peer)
    patterns = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", "usr/lib/postfix", "usr/lib")
    return ":".join(str(found) for pattern in patterns for found in root.glob(pattern))
