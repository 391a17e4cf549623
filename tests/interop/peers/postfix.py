"""Postfix, from its folder: the MTA under test, and a server that callouts ask."""

import re
import shutil

from . import unpacked
from .process import PeerFailed, Process, greets

_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
meta_directory = {root}/etc/postfix
shlib_directory = {root}/usr/lib/postfix
sendmail_path = {root}/usr/sbin/sendmail
import_environment = MAIL_CONFIG MAIL_DEBUG TZ LANG=C LD_LIBRARY_PATH={libraries}
export_environment = TZ PATH=/usr/bin:/bin MAIL_CONFIG={folder}/conf LD_LIBRARY_PATH={libraries}
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_protocols = ipv4
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
mydestination =
alias_maps =
local_recipient_maps =
"""

_MASTER_CF = """\
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
tlsmgr    unix  - - n 1000? 1 tlsmgr
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
lmtp      unix  - - n -   - lmtp
virtual   unix  - n n -   - virtual
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

_PRIVATE_QUEUES = "active bounce corrupt defer deferred flush hold incoming private saved trace"


class Postfix:
    """One instance: `settings` go to main.cf, `listeners` are {(host, port): options of its smtpd}."""

    def __init__(self, folder, listeners, settings):
        root, libraries = unpacked.folder("postfix"), unpacked.library_path("postfix")
        self._log = folder / "mail.log"
        self.queue = folder / "queue"
        _make_folders(folder)
        (folder / "conf/main.cf").write_text(
            _MAIN_CF.format(folder=folder, root=root, libraries=libraries)
            + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        (folder / "conf/master.cf").write_text(
            _MASTER_CF
            + "".join(f"{host}:{port} inet n - n - - smtpd {options}\n"
                      for (host, port), options in listeners.items()))
        # `postfix start` checks the installation and forks; master alone starts faster, and its pid is known.
        self._process = Process([root / "usr/lib/postfix/sbin/master", "-c", folder / "conf", "-d"],
                                folder / "output",
                                {"LD_LIBRARY_PATH": libraries, "MAIL_CONFIG": str(folder / "conf")})
        try:
            for endpoint in listeners:
                self._process.wait_ready(lambda: greets(endpoint))
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}\n{self.log()}") from None

    def stop(self):
        return self._process.stop()

    def log(self):
        return self._log.read_text(errors="backslashreplace") if self._log.exists() else ""

    def logged(self, pattern):
        """Returns the lines of its log that match the regular expression."""
        return [line for line in self.log().splitlines() if re.search(pattern, line)]


def _make_folders(folder):
    for name in ("", "conf", "queue", "queue/pid"):
        (folder / name).mkdir()
    for name in (*_PRIVATE_QUEUES.split(), "../data"):
        _make_owned(folder / "queue" / name, 0o700)
    _make_owned(folder / "queue/public", 0o710, "postdrop")
    _make_owned(folder / "queue/maildrop", 0o730, "postdrop")


def _make_owned(path, mode, group=None):
    path.mkdir()
    path.chmod(mode)
    shutil.chown(path, "postfix", group)
