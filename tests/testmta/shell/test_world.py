"""`testmta world` with real sockets: fake DNS over UDP and TCP, and peers that behave as the file says."""

import json
import re
import socket
import ssl
import struct
import time
import unittest

from processes import World, pathlib, run, tempfile

WORLD = """
zone honest.example
    @     mx 10 mx
    mx    a 127.77.9.1
    many  a 192.0.2.1
    many  truncate
    mute  silent
    turn  first a 192.0.2.3
    turn  later a 127.0.0.1
    slow  a 192.0.2.2
    slow  delay 200ms
end
peer mx.honest.example at 127.77.9.1, 127.77.9.2
    offer PIPELINING
    on greeting nth 2 -> reply 421 4.3.2 "later", close
    on rcpt ghost@* -> reply 550 5.1.1 "no such user here"
    on rcpt grey@* -> greylist 1s
    on rcpt slow@* -> delay 100ms
    on rcpt lines@* -> reply 250 "yes", lines 3
    on rcpt drip@* -> drip 1 20ms, reply 250 "ok"
    on rcpt raw@* -> bytes 32 35 30 0a
    on rcpt reset@* -> reset
    on rcpt mute@* -> silent
    on rcpt end@* -> reply 250 "bye", half-close
end
peer mx.secret.example at 127.77.9.3
    offer STARTTLS
    on starttls from 2 per peer -> reply 220 "go", send "250 injected\\r\\n", tls
end
peer mx.strict.example at 127.77.9.4
    on early -> reply 554 "too soon", close
    on idle 300ms -> reply 421 4.4.2 "too idle", close
end
peer mx.hole.example at 127.77.9.5
    port blackhole
end
peer mx.shut.example at 127.77.9.6
    port closed
end
"""

A, MX = 1, 15
TIMEOUT = 60  # seconds; ends a test that hangs


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 77, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def header(message):
    return struct.unpack(">6H", message[:12])


class Client:
    """An SMTP client that has said EHLO and MAIL."""

    def __init__(self, address, greeting="220 mx.honest.example ESMTP\r\n"):
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self.stream = self.socket.makefile("rwb")
        self.greeting = self.line()
        if self.greeting != greeting:
            raise AssertionError(self.greeting)

    def __enter__(self):
        self.say("EHLO client")
        assert self.line() == "250-mx.honest.example\r\n" and self.line() == "250 PIPELINING\r\n"
        self.say("MAIL FROM:<>")
        assert self.line() == "250 2.1.0 sender ok\r\n"
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def say(self, line):
        self.stream.write(line.encode() + b"\r\n")
        self.stream.flush()

    def line(self):
        return self.stream.readline().decode()

    def ask(self, recipient):
        self.say(f"RCPT TO:<{recipient}>")
        return self.line()


class Play(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(WORLD)
        cls.world.__enter__()
        said = "\n".join(cls.world.lines)
        cls.smtp = "127.77.9.1", int(re.search(r"127\.77\.9\.1:(\d+)", said)[1])
        cls.dns = "127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+) udp and tcp", said)[1])
        with Client(cls.smtp):  # the first connection; the second gets another greeting
            pass
        Client(cls.smtp, "421 4.3.2 later\r\n").__exit__()

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__()

    def udp(self, name, kind, timeout=TIMEOUT):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(timeout)
            client.sendto(question(name, kind), self.dns)
            return client.recv(4096)

    def tcp(self, name, kind):
        asked = question(name, kind)
        with socket.create_connection(self.dns, timeout=TIMEOUT) as client:
            client.sendall(struct.pack(">H", len(asked)) + asked)
            stream = client.makefile("rb")
            return stream.read(struct.unpack(">H", stream.read(2))[0])

    def test_dns_answers_over_udp_and_tcp(self):
        answer = self.udp("honest.example", MX)
        self.assertEqual(answer, self.tcp("honest.example", MX))
        self.assertEqual(header(answer), (77, 0x8580, 1, 1, 0, 0))
        self.assertTrue(answer.endswith(b"\x00\x0a\x02mx\x06honest\x07example\x00"))

    def test_dns_truncates_over_udp_only(self):
        self.assertEqual(header(self.udp("many.honest.example", A)), (77, 0x8780, 1, 0, 0, 0))
        self.assertEqual(header(self.tcp("many.honest.example", A)), (77, 0x8580, 1, 1, 0, 0))

    def test_dns_query_that_is_sent_again_has_the_same_answer(self):
        first, later = socket.inet_aton("192.0.2.3"), socket.inet_aton("127.0.0.1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(TIMEOUT)
            answers = []
            for _ in range(2):
                client.sendto(question("turn.honest.example", A), self.dns)
                answers.append(client.recv(4096)[-4:])
        self.assertEqual(answers, [first, first])
        self.assertEqual(self.udp("turn.honest.example", A)[-4:], later)
        self.assertEqual(self.tcp("turn.honest.example", A)[-4:], later)

    def test_dns_silence(self):
        with self.assertRaises(TimeoutError):
            self.udp("mute.honest.example", A, timeout=0.3)

    def test_dns_delay(self):
        start = time.monotonic()
        self.udp("slow.honest.example", A)
        self.assertGreater(time.monotonic() - start, 0.19)

    def test_honest_answers_and_pipelining(self):
        with Client(self.smtp) as client:
            client.say("RCPT TO:<ann@honest.example>\r\nRSET\r\nRCPT TO:<a@b>\r\nNOOP\r\nBLAH\r\nQUIT")
            codes = [client.line()[:3] for _ in range(6)]
            self.assertEqual(codes, ["250", "250", "503", "250", "500", "221"])
            self.assertEqual(client.line(), "")

    def test_rules(self):
        with Client(self.smtp) as client:
            self.assertEqual(client.ask("ghost@honest.example"), "550 5.1.1 no such user here\r\n")
            self.assertEqual(client.ask("lines@honest.example"), "250-yes\r\n")
            self.assertEqual([client.line(), client.line()], ["250-yes\r\n", "250 yes\r\n"])
            self.assertEqual(client.ask("raw@honest.example"), "250\n")

    def connect(self, last_byte, timeout=TIMEOUT):
        return socket.create_connection((f"127.77.9.{last_byte}", self.smtp[1]), timeout)

    def test_ports_may_be_closed_or_not_answer(self):
        with self.assertRaises(ConnectionRefusedError):
            self.connect(6)
        with self.assertRaises(TimeoutError):
            self.connect(5, timeout=0.5)

    def test_starttls(self):
        with self.connect(3) as clear:
            clear.recv(100)
            clear.sendall(b"EHLO c\r\nSTARTTLS\r\n")
            said = b""
            while b"220 2.0.0 go ahead\r\n" not in said:
                said += clear.recv(1000)
            self.assertIn(b"250 STARTTLS\r\n", said)
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
            with trust.wrap_socket(clear) as secret:
                secret.sendall(b"EHLO c\r\n")
                self.assertEqual(secret.recv(100), b"250 mx.secret.example\r\n")
        with self.connect(3) as clear:
            clear.recv(100)
            clear.sendall(b"STARTTLS\r\n")
            self.assertEqual(clear.recv(100), b"220 go\r\n250 injected\r\n")

    def test_talk_at_the_wrong_time(self):
        with self.world.stopped():
            early = self.connect(4)
            early.sendall(b"EHLO c\r\n")
        with early:
            self.assertEqual(early.makefile("rb").read(), b"554 too soon\r\n")
        with self.connect(4) as idle:
            self.assertEqual(idle.makefile("rb").read(), b"220 mx.strict.example ESMTP\r\n421 4.4.2 too idle\r\n")

    def test_time(self):
        with Client(self.smtp) as client:
            for recipient, least in [("slow", 0.1), ("drip", 0.1)]:
                start = time.monotonic()
                self.assertEqual(client.ask(recipient + "@x.example")[:3], "250")
                self.assertGreater(time.monotonic() - start, least)

    def test_greylisting_ends(self):
        with Client(self.smtp) as client:
            self.assertEqual(client.ask("grey@x.example"), "450 4.2.0 greylisted, try again in 1 seconds\r\n")
            time.sleep(1.05)
            self.assertEqual(client.ask("grey@x.example")[:3], "250")

    def test_endings(self):
        with Client(self.smtp) as client:
            self.assertEqual(client.ask("end@x.example"), "250 bye\r\n")
            self.assertEqual(client.line(), "")
        with Client(self.smtp) as client, self.assertRaises(ConnectionResetError):
            client.ask("reset@x.example")
        with Client(self.smtp) as client, self.assertRaises(TimeoutError):
            client.socket.settimeout(0.3)
            client.ask("mute@x.example")

    def test_every_address_of_a_peer_answers(self):
        with Client(("127.77.9.2", self.smtp[1])) as client:
            self.assertEqual(client.ask("ann@honest.example")[:3], "250")

    def test_the_log_has_what_the_peers_saw(self):
        with Client(self.smtp) as client:
            client.ask("logged@x.example")
        entries = [json.loads(line) for line in self.world.log.read_text().splitlines()]
        heard = [one for one in entries if one["line"] == "RCPT TO:<logged@x.example>"]
        where = [(one["peer"], one["direction"]) for one in heard]
        self.assertEqual(where, [("mx.honest.example", "received")])

    def test_TM_110_the_configuration_names_this_world(self):  # TM-110
        config = self.world.config.read_text()
        self.assertIn(f"port = {self.smtp[1]}\n", config)
        self.assertIn(f'servers = ["127.0.0.1:{self.dns[1]}"]\n', config)
        self.assertIn('allow = ["127.77.9.1", "127.77.9.2", "127.77.9.3"', config)
        self.assertIn(f'listen = ["unix:{self.world.folder}/milter.sock"]\n', config)


class Refuse(unittest.TestCase):
    def test_TM_108_a_mistake_starts_nothing(self):  # TM-108
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "bad.world").write_text("peer p at 192.0.2.1\nend\n")
            said = run("world", "bad.world", "--write-config", "c.toml", "--log", "log", status=2, cwd=folder)
            self.assertTrue(said.startswith("bad.world:1:11: "), said)
            self.assertEqual([one.name for one in pathlib.Path(folder).iterdir()], ["bad.world"])

    def test_what_is_included_is_read_and_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "outer.world").write_text('include "inner.world"\nexpect a@b pass/accepted\n')
            pathlib.Path(folder, "inner.world").write_text("zone x.example\nend\n")
            self.assertIn("zone    x.example", run("world", "--list", "outer.world", cwd=folder))
            pathlib.Path(folder, "inner.world").write_text("nonsense\n")
            self.assertTrue(run("world", "--list", "outer.world", status=2, cwd=folder).startswith("inner.world:1:1: "))
            pathlib.Path(folder, "inner.world").write_text('include "outer.world"\n')
            self.assertIn("outer.world includes itself", run("world", "--list", "outer.world", status=2, cwd=folder))

    def test_a_port_that_is_taken(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.77.9.5", 0)) as taken:
            pathlib.Path(folder, "p.world").write_text("peer p at 127.77.9.5\nend\n")
            said = run("world", "--port", taken.getsockname()[1], "p.world", status=2, cwd=folder)
            port = taken.getsockname()[1]
            self.assertIn(f"the peers cannot listen on 127.77.9.5:{port}: Address already in use; choose", said)


if __name__ == "__main__":
    unittest.main()
