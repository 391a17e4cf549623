"""The daemon as a process: life, sockets, log, cache across a restart, bad peers on its sockets."""

import os
import pathlib
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import time
import unittest

from site_of_tests import from_environment, wait_until
from cannot_run import cannot_run, only_where

SCRIPT = """
test "{name}"
    connect client.example.net {client}
    helo client.example.net
    mail <{sender}>
    rcpt <bob@example.org> -> {answer}
    quit
end
"""


def play(site, sender, answer, client="192.0.2.7", name="a message"):
    script = site.folder / "script.mts"
    script.write_text(SCRIPT.format(name=name, sender=sender, answer=answer, client=client))
    done = subprocess.run([site.testmta, "run", "--milter", site.socket, script], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def connections(site):
    return site.seen.read_text().count("EHLO")


class Service(unittest.TestCase):
    def test_DM_052_the_same_sender_a_second_time_makes_no_second_connection(self):  # DM-052
        with from_environment() as site:
            for _ in range(2):
                play(site, "ghost@exists.example", "reply 550 5.1.8")
            self.assertEqual(connections(site), 1)
            cached = [line for line in site.lines("event=decision") if "cached=yes" in line]
            self.assertEqual(len(cached), 1)
            self.assertEqual(len(site.lines("event=callout")), 1)

    def test_DM_045_monitor_mode_refuses_nothing_and_logs_what_it_would(self):  # DM-045
        with from_environment(edits=[('mode = "enforce"', 'mode = "monitor"')]) as site:
            play(site, "ghost@exists.example", "continue")
            self.assertTrue(site.wait_lines("event=decision", "action=reject", "effective=continue", "mode=monitor"))

    def test_CO_151_what_is_known_survives_a_restart(self):  # CO-151
        with from_environment() as site:
            play(site, "ghost@exists.example", "reply 550 5.1.8")
            self.assertEqual(site.daemon.stop(), 0)
            site.daemon = site._start([site.vouchd, "-c", site.config, "serve"], "again.out")
            site.daemon.wait_ready(lambda: len(site.lines("event=ready")) == 2)
            play(site, "ghost@exists.example", "reply 550 5.1.8")
            self.assertEqual(connections(site), 1)

    def test_DM_126_a_corrupt_cache_is_set_aside_and_mail_goes_on(self):  # DM-126
        with from_environment(serve=False) as site:
            (site.folder / "cache.db").write_bytes(os.urandom(8192))
            site.daemon = site._start([site.vouchd, "-c", site.config, "serve"], "vouchd.out")
            site.daemon.wait_ready(lambda: site.lines("event=ready"))
            self.assertTrue(site.lines("event=cache_recovered"))
            play(site, "ghost@exists.example", "reply 550 5.1.8")

    def test_a_cache_that_cannot_be_written_is_said_once_and_mail_goes_on(self):
        with from_environment() as site:
            other = sqlite3.connect(site.folder / "cache.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            play(site, "ghost@exists.example", "reply 550 5.1.8")
            self.assertTrue(site.wait_lines("event=cache_down", "level=error", "cache.db", "busy"))
            play(site, "ann@exists.example", "continue")
            other.execute("COMMIT")
            self.assertTrue(site.wait_lines("event=cache_up"))
            self.assertEqual(len(site.lines("event=cache_down")), 1)
            other.close()

    def test_sockets_and_cache_are_closed_to_others(self):
        with from_environment(edits=[('socket_mode = "0666"\n', "")]) as site:
            for name, mode in (("milter.sock", 0o660), ("control.sock", 0o660), ("cache.db", 0o600)):
                self.assertEqual(stat.S_IMODE((site.folder / name).stat().st_mode), mode, name)

    def test_a_stale_socket_makes_way_and_a_living_one_does_not(self):
        with from_environment() as site:
            second = site.run("serve")
            self.assertEqual(second.returncode, 74)
            self.assertIn("milter.listen", second.stderr)
            self.assertIn("end the program that serves it", second.stderr)
            site.daemon._process.send_signal(signal.SIGKILL)
            site.daemon._process.wait()
            self.assertTrue((site.folder / "milter.sock").exists())
            site.daemon = site._start([site.vouchd, "-c", site.config, "serve"], "again.out")
            site.daemon.wait_ready(lambda: len(site.lines("event=ready")) == 2)

    def test_DM_110_a_drained_daemon_serves_its_session_to_the_end(self):  # DM-110
        with from_environment() as site, socket.socket(socket.AF_UNIX) as mta:
            mta.connect(str(site.folder / "milter.sock"))
            negotiate(mta)
            site.daemon._process.send_signal(signal.SIGTERM)
            site.wait_lines("event=drain")
            mta.sendall(frame(b"M", b"<>\0") + frame(b"R", b"<bob@example.org>\0"))
            self.assertEqual(mta.recv(64), frame(b"c", b"") * 2)
            mta.sendall(frame(b"Q", b""))
            self.assertEqual(site.daemon._process.wait(10), 0)

    def test_a_drain_lasts_no_longer_than_drain_timeout(self):
        short = [("[server]", '[server]\ndrain_timeout = "100ms"')]
        with from_environment(edits=short) as site, socket.socket(socket.AF_UNIX) as mta:
            mta.connect(str(site.folder / "milter.sock"))
            negotiate(mta)
            site.daemon._process.send_signal(signal.SIGTERM)
            self.assertEqual(site.daemon._process.wait(30), 0)  # the default is 60s
            self.assertEqual(mta.recv(1), b"")

    def test_DM_112_a_second_signal_ends_it_at_once(self):  # DM-112
        with from_environment() as site, socket.socket(socket.AF_UNIX) as mta:
            mta.connect(str(site.folder / "milter.sock"))
            negotiate(mta)
            site.daemon._process.send_signal(signal.SIGTERM)
            site.wait_lines("event=drain")
            begun = time.monotonic()
            site.daemon._process.send_signal(signal.SIGTERM)
            self.assertEqual(site.daemon._process.wait(10), 0)
            self.assertLess(time.monotonic() - begun, 1)

    def test_a_hang_up_ends_nothing(self):
        with from_environment() as site:
            site.daemon._process.send_signal(signal.SIGHUP)
            site.wait_lines("event=reload_failed", "not supported yet")
            play(site, "ghost@exists.example", "reply 550 5.1.8")

    def test_the_signals_of_log_rotation_end_nothing(self):
        with from_environment() as site:
            for one in (signal.SIGUSR1, signal.SIGUSR2):
                site.daemon._process.send_signal(one)
                site.wait_lines("event=signal_ignored", f"signal={one.name}", "not supported yet")
            play(site, "ghost@exists.example", "reply 550 5.1.8")

    # UBSan looks at memory through a pipe, and takes a pipe that cannot be made for bad memory.
    @only_where(os.environ.get("VOUCH_SANITIZED") != "1")
    def test_without_descriptors_it_waits_instead_of_spinning(self):
        with from_environment(limit="ulimit -n 48") as site:
            held = []
            for _ in range(60):
                client = socket.socket(socket.AF_UNIX)
                client.connect(str(site.folder / "control.sock"))
                held.append(client)
            before = cpu_seconds(site.daemon._process.pid)
            time.sleep(1)
            self.assertLess(cpu_seconds(site.daemon._process.pid) - before, 0.3)
            for client in held:
                client.close()
            wait_until(lambda: site.run("explain", "ann@exists.example").returncode == 0, "the daemon to recover", 10)

    def test_an_ipv4_client_of_an_ipv6_listener_is_known_by_its_ipv4_address(self):
        if not socket.has_dualstack_ipv6():
            cannot_run("no IPv6 here")
        with from_environment(edits=[('listen = ["unix:', 'listen = ["inet6:0@[::]", "unix:')]) as site:
            port = int(site.lines("event=ready", "listen=")[0].split("inet6:")[1].split("@")[0])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as mta:
                negotiate(mta)

    def test_a_peer_that_is_no_mta_is_known_by_its_address_and_by_what_it_said(self):
        with from_environment(edits=[('listen = ["unix:', 'listen = ["inet:0@127.0.0.1", "unix:')]) as site:
            port = int(site.lines("event=ready", "listen=")[0].split("inet:")[1].split("@")[0])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
                self.assertEqual(stranger.recv(64), b"")
            self.assertTrue(site.wait_lines("event=milter_protocol_error", "level=warn", "client=127.0.0.1 ",
                                            "GET / HTTP/1.1"))

    def test_a_macro_that_does_not_come_is_told_once_with_the_settings_of_both_mail_servers(self):
        with from_environment() as site, socket.socket(socket.AF_UNIX) as mta:
            mta.connect(str(site.folder / "milter.sock"))
            negotiate(mta)
            for _ in range(2):
                mta.sendall(frame(b"M", b"<ann@exists.example>\0") + frame(b"E", b""))
                self.assertEqual(mta.recv(10, socket.MSG_WAITALL), frame(b"c", b"") * 2)
            self.assertTrue(site.wait_lines("event=milter_macro_missing", "level=warn", "macro=i ", '"end of message"',
                                            "milter_end_of_data_macros", "Milter.macros.eom"))
            self.assertEqual(len(site.lines("event=milter_macro_missing")), 1)

    def test_DM_087_a_decision_in_the_log_is_explained_by_its_id_or_its_queue_id(self):  # DM-087
        with from_environment() as site:
            play(site, "ghost@exists.example", "reply 550 5.1.8")
            line = site.wait_lines("event=decision")[0]
            values = dict(word.split("=", 1) for word in line.split() if "=" in word)
            for name in ("id", "qid"):
                shown = site.run("explain", "--logged", values[name])
                self.assertEqual(shown.returncode, 1, shown.stderr)
                self.assertIn(f"message    id {values['id']}, queue id {values['qid']}\n", shown.stdout)
                self.assertIn("client 192.0.2.7, helo client.example.net, recipient <bob@example.org>", shown.stdout)
                self.assertIn("decision   reject by rule sender-callout; mode is enforce -> effective: reject", shown.stdout)
            unknown = site.run("explain", "--logged", "nothing")
            self.assertEqual(unknown.returncode, 66)
            self.assertIn("no message nothing among the last 200 decisions", unknown.stderr)
            self.assertEqual(site.run("explain").returncode, 64)
            self.assertEqual(site.run("explain", "--logged", values["id"], "ann@exists.example").returncode, 64)

    def test_DM_161_a_leap_of_missing_domains_is_told_once_and_refuses_nobody(self):  # DM-161
        with from_environment(pathlib.Path(__file__).parent / "missing.world") as site:
            script = site.folder / "leap.mts"
            fewest = 20  # votes, below which nothing is said to leap
            script.write_text("".join(
                SCRIPT.format(name=f"domain {i}", sender=f"ann@lost{i}.example", client=f"11.0.{i}.1",
                              answer="reply 450 4.1.8" if i < fewest else "continue") for i in range(1, fewest + 6)))
            done = subprocess.run([site.testmta, "run", "--milter", site.socket, script], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            told = site.wait_lines("event=dns_doubted", "level=error", "missing_percent=100", "usual_percent=", "remedy=")
            self.assertEqual(len(told), 1)

    def test_DM_082_no_sender_can_write_a_line_of_the_log(self):  # DM-082
        with from_environment() as site, socket.socket(socket.AF_UNIX) as mta:
            mta.connect(str(site.folder / "milter.sock"))
            negotiate(mta)
            mta.sendall(frame(b"M", b"<a\r\nevent=decision forged=yes\x1b[2J@exists.example>\0") +
                        frame(b"R", b"<bob@example.org>\0"))
            self.assertEqual(mta.recv(64), frame(b"c", b"") * 2)
            site.wait_lines("event=decision")
            self.assertTrue(all(line.startswith("event=") for line in site.log().splitlines()))
            self.assertEqual(len(site.lines("event=decision")), 1)
            self.assertNotIn("\x1b", site.log())
            self.assertEqual(connections(site), 0)

    def test_garbage_on_the_control_socket_is_answered_and_harms_nobody(self):
        with from_environment() as site:
            for garbage in (b"\0\xff\n", b"{}\n", b"[1]\n", b'{"explain": 3}\n'):
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(str(site.folder / "control.sock"))
                    client.settimeout(10)
                    client.sendall(garbage)
                    self.assertTrue(client.recv(4096).startswith(b"{"), garbage)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(site.folder / "control.sock"))
                client.settimeout(10)
                try:
                    client.sendall(b"x" * 100_000)
                    self.assertIn(b"longer than 8 KiB", client.recv(4096))
                except (BrokenPipeError, ConnectionResetError):
                    pass
            self.assertEqual(site.run("explain", "ann@exists.example").returncode, 0)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def negotiate(mta):
    """Offers everything, as Postfix does, and reads what the filter wants of it."""
    mta.sendall(frame(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)))
    length, letter = struct.unpack(">Ic", mta.recv(5, socket.MSG_WAITALL))
    assert letter == b"O", letter
    mta.recv(length - 1, socket.MSG_WAITALL)


def frame(letter, payload):
    return struct.pack(">I", len(payload) + 1) + letter + payload


if __name__ == "__main__":
    unittest.main(verbosity=2)
