"""vouchd as a callout server, on sockets: what a client says and hears, and clients that behave badly."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import socket
import stat
import tempfile
import threading
import time
import unittest

from site_of_tests import Site, wait_until

WORLD = pathlib.Path(__file__).with_name("callout_server.world")
GREETING = "OK mailfromd callout server ready"


def site(*keys, soft="soft", more=()):
    """A daemon with a callout server; `keys` are further lines of its section."""
    section = "\n".join(["[callout_server]", "enabled = true", f'timeouts = "{soft}"', *keys, "", "[destinations]"])
    edits = [("[destinations]", section), ("allow = [", 'allow = ["127.77.0.99", '), *more]
    return Site(os.environ["VOUCHD"], os.environ["TESTMTA"], WORLD, edits=edits)


class Client:
    """A connection that says lines and hears lines."""

    def __init__(self, where, greeted=True):
        family = socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(where if isinstance(where, tuple) else str(where))
        self.file = self.socket.makefile("rb")
        if greeted:
            assert self.line() == GREETING

    def line(self):
        line = self.file.readline()
        if not line:
            return None
        assert line.endswith(b"\r\n"), line
        return line[:-2].decode()

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def ask(self, text):
        """All lines up to the last one of an answer."""
        self.say(text)
        lines = [self.line()]
        while lines[-1] is not None and lines[-1].startswith("*"):
            lines.append(self.line())
        return lines

    def close(self):
        self.file.close()
        self.socket.close()


def run(client, *queries):
    """Queues and runs; the status of each, and the progress lines."""
    for query in queries:
        assert client.ask("VRFY " + query)[0].startswith("OK ")
    *progress, last = client.ask("RUN")
    return [pair.split("=")[1] for pair in last.split()[1:]], [line.split(" ", 2)[2] for line in progress]


class CalloutServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            cls.port = probe.getsockname()[1]
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="vouch-callout-"))
        cls.path = pathlib.Path(folder) / "callout.sock"
        cls.site = cls.enterClassContext(site(f'listen = ["unix:{cls.path}", "inet:127.0.0.1:{cls.port}"]'))

    def client(self, where=None):
        one = Client(where or self.path)
        self.addCleanup(one.close)
        return one

    # CP-085
    def test_CP_085_unix_and_TCP_at_once_and_CP_001_the_greeting(self):  # CP-085 CP-001
        for where in (self.path, ("127.0.0.1", self.port)):
            self.assertEqual(run(self.client(where), "ann@s1.example")[0], ["success"])

    def test_a_session_as_calloutd_has_it(self):
        # CP-043 CP-044 CP-045 CP-046 CP-048 CP-050 CP-070 CP-072
        client = self.client()
        self.assertEqual(client.ask("SID local:QID123"), ["OK"])
        self.assertEqual(client.ask('SET TRANSCRIPT="OFF"'), ["OK"])
        self.assertEqual(client.ask('SET STARTTLS="ondemand"'), ["OK"])
        self.assertEqual(client.ask('VRFY "ann1@s1.example" MODE=mxfirst'), ["OK 0000000000"])
        self.assertEqual(client.ask("RUN"), ["* 0000000000 INIT mx.s1.example",
                                             "* 0000000000 GRTNG 220 mx.s1.example ESMTP",
                                             "* 0000000000 HELO 250-mx.s1.example",
                                             "* 0000000000 SENT RCPT TO:<ann1@s1.example>",
                                             "* 0000000000 RECV 250 2.1.5 ann lives here",
                                             "OK 0000000000=success"])
        self.assertEqual(client.ask("QUIT"), ["OK bye"])
        self.assertIsNone(client.line())
        self.assertIn("MAIL FROM:<>", self.site.seen.read_text())

    def test_a_script_that_has_said_all_hears_the_answers(self):
        for where, user in ((self.path, "ann-half1"), (("127.0.0.1", self.port), "ann-half2")):
            client = self.client(where)
            client.socket.sendall(f"VRFY {user}@s1.example\r\nRUN\r\n".encode())
            client.socket.shutdown(socket.SHUT_WR)
            lines = list(iter(client.line, None))
            self.assertEqual((lines[0], lines[-1]), ("OK 0000000000", "OK 0000000000=success"))
            self.assertIn(f"* 0000000000 SENT RCPT TO:<{user}@s1.example>", lines)

    def test_CP_049_what_the_cache_knows_comes_without_progress(self):  # CP-049
        client = self.client()
        words, progress = run(client, "ghost1@s1.example")
        self.assertEqual((words, progress[-1]), (["not_found"], "RECV 550 5.1.1 no such user here"))
        self.assertEqual(run(client, "ghost1@s1.example"), (["not_found"], []))

    def test_several_hosts_say_what_they_said_in_order(self):
        # CP-043 CP-047 CP-057 CP-058 CP-059
        words, progress = run(self.client(), "u@two.example")
        self.assertEqual(words, ["success"])
        self.assertEqual(progress, ["INIT first.two.example", "GRTNG 421 4.3.2 busy", "SENT nothing",
                                    "RECV 421 4.3.2 busy", "INIT second.two.example",
                                    "GRTNG 220 second.two.example ESMTP", "HELO 250 second.two.example",
                                    "SENT RCPT TO:<u@two.example>", "RECV 250 2.1.5 ok"])

    def test_an_address_is_judged_by_the_daemons_words(self):
        # For the same peers calloutd 8.15 says: failure, temp_failure (stored as not_found), not_found, not_found.
        for query, word in (("u@nullmx.example", "not_found"),      # CP-061
                            ("u@gone.example", "temp_failure"),     # CP-075
                            ("u@broken.example", "temp_failure"),   # CP-063
                            ("u@missing.s1.example", "not_found"),  # CP-062
                            ("grey2@s1.example", "temp_failure"),   # CP-073
                            ("u@plain.example", "success"),         # CP-060
                            ("u@broken", "not_found"),
                            ("<>", "failure"), ('""', "failure")):
            self.assertEqual(run(self.client(), query)[0], [word], query)

    def test_CP_044_a_host_that_is_not_reached_says_nothing(self):  # CP-044
        self.assertEqual(run(self.client(), "v@gone.example"), (["temp_failure"], []))

    def test_modes_choose_the_hosts(self):
        ask = lambda query: run(self.client(), query)
        words, progress = ask("m1@elsewhere.test MODE=mxonly HOST=s1.example")  # CP-064
        self.assertEqual((words, progress[0]), (["not_found"], "INIT mx.s1.example"))
        self.assertEqual(ask("m1@elsewhere.test MODE=mxonly HOST=plain.example"), (["failure"], []))  # CP-064: no A
        words, progress = ask("ann@elsewhere.test MODE=hostonly HOST=second.two.example")  # CP-065
        self.assertEqual((words, progress[0]), (["success"], "INIT second.two.example"))
        self.assertEqual(ask("ann@s1.example MODE=hostonly HOST=missing.s1.example"), (["failure"], []))  # CP-065
        words, progress = ask("ann@elsewhere.test MODE=hostonly HOST=127.77.0.3")
        self.assertEqual((words, progress[0]), (["success"], "INIT 127.77.0.3"))
        words, progress = ask("u@elsewhere.test MODE=hostfirst HOST=s1.example")  # CP-066: s1.example has no address
        self.assertEqual((words, progress[0]), (["not_found"], "INIT mx.s1.example"))

    # CP-067 CP-068
    def test_CP_067_CP_068_an_answer_of_chosen_hosts_is_not_the_addresss(self):  # CP-067 CP-068
        client = self.client()
        self.assertEqual(run(client, "k1@s1.example MODE=hostonly HOST=second.two.example")[0], ["success"])
        words, progress = run(client, "k1@s1.example")
        self.assertEqual((words, bool(progress)), (["not_found"], True))
        self.assertEqual(run(client, "k1@s1.example MODE=hostfirst HOST=second.two.example")[0], ["success"])

    def test_forbidden_targets_stay_forbidden(self):
        # The fence stands before HOST, too.
        words, progress = run(self.client(), "u@s1.example MODE=hostonly HOST=10.1.2.3")
        self.assertEqual((words, progress), (["failure"], []))

    def test_CP_020_EHLO_and_MAILFROM_are_what_the_peer_hears(self):  # CP-020
        client = self.client()
        client.ask('SET EHLO="other.example" MAILFROM="probe@other.example"')
        run(client, "heard@s1.example")
        seen = self.site.seen.read_text()
        self.assertIn("EHLO other.example", seen)

    def test_CP_071_senders_follow_each_other_on_one_connection(self):  # CP-071
        words, progress = run(self.client(), 'ann@picky.example MAILFROM="<>,first@other.example,second@other.example"')
        self.assertEqual((words, progress[-1]), (["success"], "RECV 250 2.1.5 ok"))
        seen = [json.loads(line) for line in self.site.seen.read_text().splitlines()]
        picky = [event for event in seen if event["peer"] == "mx.picky.example"]
        self.assertEqual(len({event["connection"] for event in picky}), 1)
        self.assertEqual([event["line"] for event in picky if event["direction"] == "received"][1:9], [
            "MAIL FROM:<>", "RCPT TO:<ann@picky.example>", "RSET",
            "MAIL FROM:<first@other.example>", "RCPT TO:<ann@picky.example>", "RSET",
            "MAIL FROM:<second@other.example>", "RCPT TO:<ann@picky.example>"])

    def test_CP_030_TIMEOUT_of_nothing_ends_at_once(self):  # CP-030
        client = self.client()
        self.assertEqual(client.ask("TIMEOUT 0 0 0 0 0 0 0"), ["OK timeouts set"])
        begun = time.monotonic()
        self.assertIn(run(client, "z@silent.example")[0], (["temp_failure"], ["timeout"]))
        self.assertLess(time.monotonic() - begun, 2)  # callout.soft.helo: 3s

    def test_addresses_of_one_run_are_verified_at_the_same_time(self):
        client = self.client()
        client.ask("TIMEOUT 1 1 1 1 1 1 1")
        begun = time.monotonic()
        words, _ = run(client, *(f"p{i}@mute.example" for i in range(2)), "annp@s1.example")
        self.assertEqual(words[2], "success")
        self.assertLess(time.monotonic() - begun, 12)

    # CP-015 CP-016
    def test_CP_015_CP_016_all_in_one_piece_and_octet_by_octet(self):  # CP-015 CP-016
        script = "SID x\r\nVRFY ann@s1.example\r\nRUN\r\nFOO\r\nQUIT\r\n"
        whole = self.client()
        run(whole, "ann@s1.example")  # now the cache knows
        for size in (len(script), 1):
            client = self.client()
            for i in range(0, len(script), size):
                client.socket.sendall(script[i:i + size].encode())
            heard = []
            while (line := client.line()) is not None:
                heard.append(line)
            self.assertEqual(heard, ["OK", "OK 0000000000", "OK 0000000000=success", "NO unknown command", "OK bye"])

    # CP-082
    def test_CP_082_no_answer_waits_for_an_acknowledgement(self):  # CP-082
        client = self.client(("127.0.0.1", self.port))
        run(client, "ann@s1.example")
        begun = time.monotonic()
        for _ in range(50):
            self.assertEqual(run(client, "ann@s1.example")[0], ["success"])
        self.assertLess(time.monotonic() - begun, 1.5)  # calloutd: 40 ms for each RUN, 2 s for fifty

    def test_CP_053_clients_that_leave_in_the_middle_disturb_nobody(self):  # CP-053
        for _ in range(20):
            client = self.client()
            client.ask("VRFY gone@silent.example")
            client.say("RUN")
            client.close()
        self.assertEqual(run(self.client(), "ann@s1.example")[0], ["success"])

    def test_a_client_that_never_reads_holds_up_nobody(self):
        lazy = self.client()
        lazy.socket.settimeout(2)
        with contextlib.suppress(OSError):
            while True:
                lazy.socket.sendall(b"FOO\r\n" * 2000)
        self.assertEqual(run(self.client(), "ann@s1.example")[0], ["success"])

    def test_a_hundred_thousand_addresses_and_the_session_goes_on(self):
        client = self.client()
        refused = []
        reader = threading.Thread(target=lambda: refused.extend(client.line() for _ in range(100_000)))
        reader.start()
        for i in range(100):
            client.socket.sendall(b"VRFY ann@s1.example\r\n" * 1000)
        reader.join()
        self.assertEqual(refused.count("NO too many addresses before RUN"), 99_900)
        self.assertEqual(client.ask("SID x"), ["OK"])

    def test_vouchd_ask_says_what_the_server_says(self):
        done = self.site.run("ask", f"unix://{self.path}", "<>")
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, "status=success"))  # CP-091
        done = self.site.run("ask", f"unix:{self.path}", "ghost7@s1.example")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "status=not_found\nlast_poll_host=mx.s1.example\n"
                         "last_poll_greeting=220 mx.s1.example ESMTP\nlast_poll_helo=250-mx.s1.example\n"
                         "last_poll_sent=RCPT TO:<ghost7@s1.example>\n"
                         "last_poll_recv=550 5.1.1 no such user here\ncache_used=0\n")
        done = self.site.run("ask", f"inet://127.0.0.1:{self.port}", "ghost7@s1.example", "--json")
        self.assertEqual(json.loads(done.stdout)["cache_used"], 1)
        done = self.site.run("ask", f"inet:{self.port}@127.0.0.1", "grey7@s1.example", "MODE=hostonly", "HOST=mx.s1.example")
        self.assertEqual(done.returncode, 2)
        done = self.site.run("ask", str(self.path), "a@b.example", "COLOUR=red")
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (76, "error=e_callout_proto"))  # CP-092
        self.assertIn("NO unknown attribute", done.stderr)
        done = self.site.run("ask", "tcp://127.0.0.1:1", "a@b.example")
        self.assertEqual(done.returncode, 64)
        self.assertIn("unsupported protocol: tcp", done.stderr)  # CP-105
        self.assertEqual(self.site.run("ask", "/no/such/socket", "a@b.example").returncode, 69)  # CP-104
        self.assertEqual(self.site.run("ask", "local:", "ann@s1.example").returncode, 0)
        self.assertEqual(self.site.run("ask", "-", "ghost@s1.example").returncode, 1)
        self.assertEqual(self.site.run("ask", str(self.path), "a@b.example", "nonsense").returncode, 64)


class Limits(unittest.TestCase):
    # CP-083
    def test_CP_083_strangers_are_closed_without_a_word(self):  # CP-083
        with site('listen = ["inet:127.0.0.1:0"]', 'allow_clients = ["192.0.2.0/24"]') as found:
            port = int(found.wait_lines("event=callout_server_ready")[0].split("listen=inet:")[1].split("@")[0])
            stranger = Client(("127.0.0.1", port), greeted=False)
            self.assertIsNone(stranger.line())
            self.assertTrue(found.wait_lines("event=callout_connect_refused", "client=127.0.0.1"))
            stranger.close()

    # CP-084
    def test_CP_084_who_comes_beyond_the_limit_waits(self):  # CP-084
        with site("max_connections = 2") as found:
            path = found.folder / "callout.sock"
            first, second = Client(path), Client(path)
            third = Client(path, greeted=False)
            third.socket.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                third.socket.recv(1)
            third.socket.settimeout(20)
            first.close()
            self.assertEqual(third.socket.recv(100).decode(), GREETING + "\r\n")
            for one in (second, third):
                one.close()

    def test_ten_thousand_connections_leave_the_milter_alone(self):
        with site('listen = ["inet:127.0.0.1:0"]', "max_connections = 50") as found:
            port = int(found.wait_lines("event=callout_server_ready")[0].split("listen=inet:")[1].split("@")[0])
            for _ in range(10):
                crowd = []
                with contextlib.suppress(OSError):
                    for _ in range(1000):
                        one = socket.socket()
                        one.setblocking(False)
                        crowd.append(one)
                        one.connect_ex(("127.0.0.1", port))
                self.assertEqual(found.run("explain", "ann@s1.example").returncode, 0)
                for one in crowd:
                    one.close()
            Client(("127.0.0.1", port)).close()

    def test_a_silent_client_is_left(self):
        with site('idle_timeout = "1s"') as found:
            silent = Client(found.folder / "callout.sock")
            self.assertIsNone(silent.line())
            silent.close()

    def test_the_daemon_stops_although_a_client_waits(self):
        with site() as found:
            client = Client(found.folder / "callout.sock")
            client.ask("VRFY u@silent.example")
            client.say("RUN")
            idle = Client(found.folder / "callout.sock")
            begun = time.monotonic()
            self.assertEqual(found.daemon.stop(), 0)
            self.assertLess(time.monotonic() - begun, 10)
            self.assertFalse((found.folder / "callout.sock").exists())
            client.close()
            idle.close()

    def test_the_socket_is_closed_to_others(self):
        with site(more=[('socket_mode = "0666"\n', "")]) as found:
            self.assertEqual(stat.S_IMODE((found.folder / "callout.sock").stat().st_mode), 0o660)


class OddServers(unittest.TestCase):
    """`vouchd ask` and servers that are none, or bad ones (callout-protocol.md 1.7)."""

    def ask(self, *script, address="a@b.example"):
        """Plays `script`: what is sent first, and what after each line of the client; None hangs up."""
        listener = socket.create_server(("127.0.0.1", 0))
        heard = []

        def serve():
            peer, _ = listener.accept()
            lines = peer.makefile("rb")
            for i, answer in enumerate(script):
                if i:
                    heard.append(lines.readline().decode().rstrip("\r\n"))
                if answer is None:
                    break
                peer.sendall(answer)
            lines.close()
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        done = concurrent.futures.ThreadPoolExecutor(1).submit(
            Site.run, self.runner, "ask", f"inet://127.0.0.1:{listener.getsockname()[1]}", address).result()
        thread.join()
        listener.close()
        first = done.stdout.splitlines()[0]
        return done.returncode, first, heard, done

    def setUp(self):
        self.runner = Site(os.environ["VOUCHD"], os.environ["TESTMTA"], WORLD)
        self.runner.config = "/no/configuration/is/needed"

    # CP-092 CP-093
    def test_CP_092_CP_093_servers_that_speak_something_else(self):  # CP-092 CP-093
        ok = b"OK\r\n"
        for script, error in (((b"NO busy\r\n",), "e_callout_proto"), ((b"220 hi\r\n",), "e_callout_proto"),
                              ((b"OK hi\r\n", b"NO\r\n"), "e_callout_proto"),
                              ((b"OK hi\r\n", ok, b"NO bad\n"), "e_callout_proto"),
                              ((b"OK hi\r\n", ok, ok, ok, b"NO no\r\n"), "e_callout_proto"),
                              ((b"",), "e_eof"), ((b"OK hi\r\n", None), "e_eof"),
                              ((b"OK hi\r\n", ok, ok, ok, b"OK 1\r\n", None), "e_eof"),
                              ((b"OK no line end",), "e_eof"),
                              ((b"x" * 100_000,), "e_callout_proto"),
                              ((os.urandom(5000) + b"\r\n", None), "e_callout_proto")):
            status, first, _, _ = self.ask(*script)
            self.assertEqual((status, first), (76 if error == "e_callout_proto" else 69, f"error={error}"), script[-1])

    # CP-086 CP-087 CP-088 CP-089 CP-102
    def test_CP_086_CP_087_CP_088_CP_089_CP_102_what_the_client_says_and_when(self):  # CP-086 CP-087 CP-088 CP-089 CP-102
        ok = b"OK\r\n"
        status, first, heard, _ = self.ask(b"OK hi\r\n", ok, ok, ok, b"OK 0000000000\r\n",
                                           b"* 0000000000 INIT mx.x\r\nOK 0000000000=success\r\n", b"NO nobye\r\n",
                                           address='a"b\\c d@b.c')
        self.assertEqual((status, first), (0, "status=success"))
        self.assertEqual(heard, ["SID local:", 'SET TRANSCRIPT="OFF"', 'SET STARTTLS="ondemand"',
                                 r'VRFY "a\"b\\c d@b.c"', "RUN", "QUIT"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
