"""A machine of the test's own: mounts, host name, process numbers and network that no other process sees.

Postfix and Sendmail need accounts, a host name and fixed paths. In namespaces they get them without a trace on the
machine, every port is free, no packet gets out, and the kernel ends all peers together with the test, however it
ends.
"""

import fcntl
import grp
import os
import pathlib
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys

from cannot_run import must_run

from . import unpacked

SKIPPED = 77  # what ctest's SKIP_RETURN_CODE and automake call "not run"

SCRATCH = pathlib.Path("/run")  # a tmpfs of our own: short enough for sockets, writable only by root

_INSIDE = "VOUCH_TEST_NAMESPACES"
_UNSHARE = ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]

# The mail servers' own accounts. Numbers that no Debian system gives away.
_USERS = {"postfix": 20101, "Debian-exim": 20103, "opensmtpd": 20104, "opensmtpq": 20105}
_GROUPS = {**_USERS, "postdrop": 20102}


def inside():
    return _INSIDE in os.environ


def _probe():
    return subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True)


def available():
    return _probe().returncode == 0


def require():
    """Ends the script if it may not make namespaces: as skipped for a person, as failed in CI."""
    probe = _probe()
    if probe.returncode == 0:
        return
    print(f"{'FAILED' if must_run() else 'SKIPPED'}: {sys.argv[0]} needs namespaces of its own, and has no"
          f" permission to make them (root with CAP_SYS_ADMIN):  {probe.stderr.strip()}", file=sys.stderr)
    sys.exit(1 if must_run() else SKIPPED)


def enter():
    """Runs the script again, inside namespaces."""
    os.environ[_INSIDE] = "1"
    os.execvp(_UNSHARE[0], [*_UNSHARE, sys.executable, *sys.argv])


def move_in(*packages):
    """Gets the peers' packages, while there is a network, and goes on in namespaces: what follows is run there alone."""
    if not inside():
        require()
        unpacked.fetch(*packages)
        enter()


def furnish(hostname, name_server, hosts="", files=None):
    """Sets up the new machine: network, names, accounts, an empty scratch folder.

    `hosts` are more lines for /etc/hosts, `files` ({path: text}) are files of /etc that a peer requires.
    """
    needed = [*(["/etc/hosts"] if hosts else []), *(files or {})]
    # The first process of a PID namespace gets no signal that it has no handler for.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    _loopback_up()
    socket.sethostname(hostname)
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", SCRATCH)
    missing = [path for path in needed if not os.path.exists(path)]
    if missing:
        _own_copy("/etc")  # a bare Debian lacks some files, and a file can only be mounted over an existing one
        for path in missing:
            pathlib.Path(path).touch()
    _overlay("/etc/hosts", f"127.0.0.1 {hostname} localhost\n{hosts}")
    _overlay("/etc/resolv.conf", f"nameserver {name_server}\n")
    for path, text in (files or {}).items():
        _overlay(path, text)
    _overlay("/etc/passwd", _with_accounts("/etc/passwd", _USERS, pwd.getpwnam,
                                           "{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin"))
    _overlay("/etc/group", _with_accounts("/etc/group", _GROUPS, grp.getgrnam, "{0}:x:{1}:"))


def become_reachable_at(address):
    """Gives the loopback interface another IPv4 address, which is not a loopback address."""
    _loopback_up()
    set_address, inet = 0x8916, socket.AF_INET  # SIOCSIFADDR
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        wanted = struct.pack("16sHH4s8x", b"lo:1", inet, 0, socket.inet_aton(address))
        fcntl.ioctl(any_socket, set_address, wanted)


def hide(path, folders):
    """Mounts an empty folder over `path`, with `folders` in it: {name: mode}."""
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", path)
    for name, mode in folders.items():
        folder = pathlib.Path(path) / name
        folder.mkdir()
        folder.chmod(mode)


def show(path, at):
    """Also mounts the folder `path` at `at`, where an account can read it that has no access to the original path."""
    at.mkdir()
    _mount("--bind", path, at)
    _mount("-o", "remount,bind,ro", at)  # so that deleting `at` cannot delete `path`


def _mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _own_copy(folder):
    """Mounts a copy over the folder, in which files can be made."""
    ours = SCRATCH / "copy-of" / folder.strip("/")
    shutil.copytree(folder, ours, symlinks=True)
    _mount("--bind", ours, folder)


def _overlay(path, text):
    """Mounts `text` over the file `path`. A file that the machine does not have is not needed either."""
    if os.path.exists(path):
        ours = SCRATCH / path.strip("/").replace("/", ".")
        ours.write_text(text)
        _mount("--bind", ours, path)


def _with_accounts(path, numbers, find, line):
    text = pathlib.Path(path).read_text()
    for name, number in numbers.items():
        try:
            find(name)
        except KeyError:
            text += line.format(name, number) + "\n"
    return text


def _loopback_up():
    """Does what `ip link set lo up` does, because a bare Debian has no ip."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, get_flags, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", answer)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))
