"""`testmta world` as a part of another program's tests: it says where it is, what it saw, and what was wrong."""

import json
import os
import pathlib
import re
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from driven import SECONDS, Driven
from processes import TESTMTA, World, run

PEER = """
peer mx.plain.example at 127.77.10.1
end
peer mx.shut.example at 127.77.10.2, 127.77.10.3
    port closed
end
"""


class Start(unittest.TestCase):
    def test_version(self):
        self.assertRegex(run("--version"), r"^testmta \d+\.\d+\.\d+\n$")

    def test_TM_114_one_line_of_JSON_says_where_everything_listens(self):  # TM-114
        with Driven("zone a.example\nend" + PEER) as world:
            self.assertEqual(world.said["zones"], ["a.example"])
            plain, shut = world.said["peers"]
            self.assertEqual(plain, {"name": "mx.plain.example", "addresses": ["127.77.10.1"], "port": world.port,
                                     "state": "listening"})
            self.assertEqual((shut["addresses"], shut["state"]), (["127.77.10.2", "127.77.10.3"], "closed"))
            self.assertEqual(world.said["pid"], world.process.pid)
            socket.create_connection((world.said["dns"]["address"], world.said["dns"]["port"]), SECONDS).close()
            with smtplib.SMTP("127.77.10.1", world.port, timeout=SECONDS) as client:
                self.assertEqual(client.noop()[0], 250)
            self.assertEqual(world.end(), "")

    def test_TM_114_the_ready_file_is_there_while_the_world_listens(self):  # TM-114
        with Driven(PEER, "--ready-file", "ready") as world:
            self.assertEqual(json.loads((world.folder / "ready").read_text()), world.said)
            world.end()
            self.assertEqual(sorted(one.name for one in world.folder.iterdir()), ["log"])

    def test_TM_108_a_mistake_on_standard_input_is_reported_with_its_place(self):  # TM-108
        command = [TESTMTA, "world", "-", "--ready-file", "ready"]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, input="peer p at 127.0.0.1\non rcpt -> graylist 5s\nend\n",
                                  capture_output=True, text=True, timeout=SECONDS, cwd=folder)
            self.assertEqual((done.returncode, done.stdout, os.listdir(folder)), (2, "", []))
            self.assertIn('<stdin>:2:12: "graylist" is not an action, did you mean "greylist"?; possible: ', done.stderr)

    def test_TM_115_a_file_that_cannot_be_written_ends_the_program_with_a_sentence(self):  # TM-115
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "w").write_text(PEER)
            for option in ("--log", "--write-config", "--ready-file"):
                said = run("world", "w", option, "none/file", status=2, cwd=folder)
                self.assertIn("none/file: the file cannot be written: No such file or directory", said)

    def test_TM_115_a_log_that_is_not_complete_is_reported_at_the_end(self):  # TM-115
        with Driven(PEER, log="/dev/full", status=2) as world:
            with smtplib.SMTP("127.77.10.1", world.port, timeout=SECONDS):
                pass
            self.assertIn("/dev/full: the log is not complete: No space left on device", world.end())

    def test_what_only_a_served_world_has_is_refused_without_one(self):
        for option in (["--json"], ["--verify"], ["--ready-file", "f"], ["--control", "inet:0@127.0.0.1"]):
            for other in ("--check", "--list"):
                self.assertRegex(run("world", "w", other, *option, status=2), f"^({other} excludes {option[0]}|{option[0]} excludes {other})\n")

    def test_TM_115_an_address_that_is_taken_is_named(self):  # TM-115
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            pathlib.Path(folder, "w").write_text(PEER)
            port = taken.getsockname()[1]
            said = run("world", "w", "--dns-port", port, status=2, cwd=folder)
            self.assertIn(f"the name server cannot listen on 127.0.0.1:{port}: Address already in use; choose", said)


MAIL = """
peer mx.mail.example at 127.77.10.4
    offer SIZE 1000
    offer AUTH PLAIN LOGIN
    offer STARTTLS
    login ann secret
    on auth eve -> reply 454 4.7.0 "later"
    on content sender refused@* -> reply 550 5.7.1 "no"
end
"""
LETTER = "Subject: greetings\r\n  from far away\r\nX-Empty:\r\n\r\n.a line with a dot\r\n"


class Mail(unittest.TestCase):
    def client(self, world):
        return smtplib.SMTP("127.77.10.4", world.port, timeout=SECONDS, local_hostname="client.example")

    def test_TM_116_a_message_is_in_the_log_and_in_the_folder(self):  # TM-116
        with Driven(MAIL, "--save-mail", "mail") as world:
            with self.client(world) as client:
                client.sendmail("ann@a.example", ["bob@b.example", "eve@b.example"], LETTER)
                with self.assertRaises(smtplib.SMTPDataError):
                    client.sendmail("refused@a.example", ["bob@b.example"], LETTER)
                client.sendmail("", ["bob@b.example"], "Subject: two\r\n\r\n")
            self.assertEqual((world.folder / "mail" / "1.eml").read_bytes().decode(), LETTER)
            self.assertEqual(sorted(os.listdir(world.folder / "mail")), ["1.eml", "2.eml"])
            first, refused, second = world.log("message")
            self.assertEqual((first["sender"], first["recipients"]), ("ann@a.example", ["bob@b.example", "eve@b.example"]))
            self.assertEqual(first["fields"], [["Subject", "greetings from far away"], ["X-Empty", ""]])
            self.assertEqual((first["number"], first["size"], first["peer"]), (1, len(LETTER), "mx.mail.example"))
            self.assertEqual((refused["accepted"], "number" in refused), (False, False))
            self.assertEqual((second["number"], second["sender"]), (2, ""))

    def test_TM_115_mail_that_cannot_be_saved_is_reported_at_the_end(self):  # TM-115
        with Driven(MAIL, "--save-mail", "mail", status=2) as world:
            (world.folder / "mail").rmdir()
            with self.client(world) as client:
                client.sendmail("", ["bob@b.example"], LETTER)
            self.assertIn("mail/1.eml: the file cannot be written: No such file or directory", world.end())

    def test_TM_117_a_message_that_is_too_large_is_refused(self):  # TM-117
        with Driven(MAIL) as world, self.client(world) as client:
            client.ehlo()
            self.assertEqual(client.docmd("MAIL FROM:<> SIZE=1001")[0], 552)
            self.assertEqual(client.docmd("MAIL FROM:<> SIZE=99999999999999999999999")[0], 552)
            self.assertEqual(client.docmd("MAIL FROM:<> SIZE=1k")[0], 501)
            self.assertEqual(client.docmd("MAIL FROM:<> SIZE=1000")[0], 250)
            client.rcpt("bob@b.example")
            said = client.data("x" * 998 + "\r\n.\r\n")
            self.assertEqual(said, (552, b"5.3.4 a message has at most 1000 bytes here"))
            client.mail("")
            client.rcpt("bob@b.example")
            self.assertEqual(client.data("x" * 998 + "\r\n")[0], 250)
            self.assertEqual([(one["size"], one["accepted"]) for one in world.log("message")],
                             [(1003, False), (1000, True)])

    def test_TM_118_a_peer_takes_the_credentials_of_its_logins(self):  # TM-118
        with Driven(MAIL) as world:
            for method in ("auth_plain", "auth_login"):
                for user, password, code in [("ann", "secret", 235), ("ann", "wrong", 535), ("bob", "secret", 535),
                                             ("eve", "secret", 454)]:
                    with self.subTest(method=method, user=user), self.client(world) as client:
                        client.ehlo()
                        client.user, client.password = user, password
                        try:
                            got = client.auth(method[5:], getattr(client, method))[0]
                        except smtplib.SMTPAuthenticationError as refused:
                            got = refused.smtp_code
                        self.assertEqual(got, code)
                        again = client.docmd("AUTH", "PLAIN AGFubgBzZWNyZXQ=")[0]
                        self.assertEqual(again, 503 if code == 235 else 235)

    def test_TM_118_what_is_not_an_exchange_is_refused(self):  # TM-118
        with Driven(MAIL) as world, self.client(world) as client:
            self.assertEqual(client.docmd("AUTH PLAIN")[0], 503)
            client.ehlo()
            for said, code in [("AUTH CRAM-MD5", 504), ("AUTH PLAIN !", 501), ("AUTH PLAIN", 334), ("*", 501),
                               ("AUTH LOGIN", 334), ("x" * 20000, 500), ("NOOP", 250)]:
                self.assertEqual(client.docmd(said)[0], code, said[:20])

    def test_TM_119_a_handshake_that_fails_is_in_the_log_with_its_reason(self):  # TM-119
        with Driven(MAIL) as world:
            with self.client(world) as client, self.assertRaises(ssl.SSLError):
                client.starttls(context=ssl.create_default_context())
            with socket.create_connection(("127.77.10.4", world.port), SECONDS) as junk:
                junk.sendall(b"EHLO c\r\nSTARTTLS\r\n")
                stream = junk.makefile("rwb")
                while not stream.readline().startswith(b"220 2.0.0"):
                    pass
                stream.write(b"GET / HTTP/1.1\r\n\r\n")
                stream.flush()
                self.assertNotEqual(stream.read(), None)
            with socket.create_connection(("127.77.10.4", world.port), SECONDS) as gone:
                gone.sendall(b"EHLO c\r\nSTARTTLS\r\n")
                gone.shutdown(socket.SHUT_WR)
                gone.makefile("rb").read()
            reasons = [one["line"] for one in world.log("tls-failed")]
            self.assertEqual(len(reasons), 3, reasons)
            self.assertRegex(reasons[0], "alert (unknown ca|bad certificate)")
            self.assertEqual(reasons[1], "http request")
            self.assertEqual(reasons[2], "the client closed the connection during the handshake")


VERIFIED = """
peer mx.watched.example at 127.77.10.5
    on rcpt busy@* -> reply 451 4.3.0 "later"
end
entry 1 tries-again "a busy recipient is tried again"
    peer mx.watched.example connections 2
    peer mx.watched.example hears "RCPT TO:<busy@*" 2
end
entry 2 polite "and no address is guessed"
    peer mx.watched.example hears "VRFY *" never
    peer mx.watched.example at-once at-most 1
end
"""


class Verify(unittest.TestCase):
    def visit(self, world):
        # This client disconnects without waiting for an answer.
        with socket.create_connection(("127.77.10.5", world.port), SECONDS) as client:
            client.sendall(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<busy@b.example>\r\n")
            client.shutdown(socket.SHUT_WR)
            client.makefile("rb").read()

    def test_TM_120_what_peers_saw_is_judged_at_the_end(self):  # TM-120
        with Driven(VERIFIED, "--verify") as world:
            self.visit(world)
            self.visit(world)
            said = json.loads(world.end())
            self.assertEqual(said["wrong"], 0)
            self.assertEqual([(one["entry"], one["expected"], one["seen"]) for one in said["verified"]], [
                ("1", "peer mx.watched.example connections 2", 2),
                ("1", 'peer mx.watched.example hears "RCPT TO:<busy@*" 2', 2),
                ("2", 'peer mx.watched.example hears "VRFY *" never', 0),
                ("2", "peer mx.watched.example at-once at-most 1", 1)])

    def test_TM_120_the_status_is_1_if_something_is_not_so(self):  # TM-120
        with Driven(VERIFIED, "--verify", status=1) as world:
            self.visit(world)
            said = json.loads(world.end())
            self.assertEqual([one["passed"] for one in said["verified"]], [False, False, True, True])

    def test_TM_120_a_table_for_a_person(self):  # TM-120
        with World(VERIFIED, "--verify", status=1) as world:
            said = world.end()
        self.assertIn('WRONG  1   tries-again  peer mx.watched.example connections 2 ', said)
        self.assertIn('ok     2   polite       peer mx.watched.example hears "VRFY *" never ', said)
        self.assertTrue(said.endswith("4 expectations, 2 wrong\n"), said)

    def test_TM_120_a_world_that_expects_nothing_of_peers_is_not_started(self):  # TM-120
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "w").write_text("expect a@b pass/accepted\n")
            self.assertIn("w has nothing to verify; write", run("world", "w", "--verify", status=2, cwd=folder))


def bouncing(to):
    return f"""
peer mx.bouncing.example at 127.77.10.7
    on content sender not@* -> bounce after 20ms to {to}, reply 550 5.7.1 "no"
    on content -> bounce after 20ms to {to}
end
"""


class Bounce(unittest.TestCase):
    def bounced(self, world, sender):
        with smtplib.SMTP("127.77.10.7", world.port, timeout=SECONDS, local_hostname="client.example") as client:
            client.sendmail(sender, ["bob@b.example"], LETTER)
        while not world.log("bounced"):
            time.sleep(0.02)
        return world.log("bounced")[0]["line"]

    def test_TM_131_a_bounce_comes_to_the_server_that_is_named(self):  # TM-131
        with socket.create_server(("127.0.0.1", 0)) as home, Driven(bouncing("127.0.0.1:%d" % home.getsockname()[1])) as world:
            home.settimeout(SECONDS)
            with smtplib.SMTP("127.77.10.7", world.port, timeout=SECONDS) as client:
                with self.assertRaises(smtplib.SMTPDataError):
                    client.sendmail("not@a.example", ["bob@b.example"], LETTER)
                client.sendmail("ann@a.example", ["bob@b.example"], LETTER + "..\r\n")
            connection, _ = home.accept()
            with connection, connection.makefile("rwb") as stream:
                heard = []
                for reply in (b"220 hi", b"250-home\r\n250 8BITMIME", b"250 ok", b"250 ok", b"354 go", b"250 taken", b"221 bye"):
                    stream.write(reply + b"\r\n")
                    stream.flush()
                    heard.append(stream.readline().decode().rstrip())
                    while heard[4:5] and reply[:3] == b"354" and heard[-1] != ".":
                        heard[-1:] = [heard[-1], stream.readline().decode().rstrip()]
            self.assertEqual(heard[:4], ["EHLO mx.bouncing.example", "MAIL FROM:<>", "RCPT TO:<ann@a.example>", "DATA"])
            self.assertIn("Final-Recipient: rfc822; bob@b.example", heard)
            self.assertIn("Subject: greetings", heard)
            self.assertEqual(heard[-2:], ["QUIT", ""])
            while not world.log("bounced"):
                time.sleep(0.02)
            self.assertEqual([one["line"] for one in world.log("bounced")], ["250 taken"])

    def test_TM_131_what_becomes_of_a_bounce_is_in_the_log(self):  # TM-131
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        with Driven(bouncing(f"127.0.0.1:{port}")) as world:
            self.assertEqual(self.bounced(world, "ann@a.example"), "Connection refused")
        with Driven(bouncing(f"127.0.0.1:{port}")) as world:
            self.assertEqual(self.bounced(world, ""), "not sent: the message has the null sender")

    def test_TM_131_a_bounce_does_not_leave_the_machine(self):  # TM-131
        for lines, said in [("on content -> bounce after 2s to 192.0.2.1:25", 'w:2:34: "192.0.2.1:25" cannot be'),
                            ("on content -> bounce after 2s to 127.0.0.1", 'w:2:34: "127.0.0.1" cannot be'),
                            ("on content -> bounce after 2s to 127.0.0.1:99999", 'w:2:34: "127.0.0.1:99999" cannot be'),
                            ("on rcpt -> bounce after 2s to 127.0.0.1:25", 'w:2:12: "bounce" is about a whole message'),
                            ("on content -> bounce 2s", 'w:2:22: ')]:
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "w").write_text(f"peer p at 127.0.0.3\n{lines}\nend\n")
                self.assertIn(said, run("world", "w", status=2, cwd=folder))


CERTIFICATES = """
peer mx.tls.example at 127.77.10.6
    offer STARTTLS
    on starttls nth 2 per peer -> reply 220 go, tls expired
    on starttls nth 2 per peer -> reply 220 go, tls wrong-name
    on starttls nth 2 per peer -> reply 220 go, tls no-name
    on starttls nth 2 per peer -> reply 220 go, tls self-signed
end
"""


class Certificates(unittest.TestCase):
    def test_TM_121_who_trusts_the_authority_can_tell_certificates_apart(self):  # TM-121
        with Driven(CERTIFICATES, "--ca-file", "ca.pem") as world:
            trust = ssl.create_default_context(cafile=world.folder / "ca.pem")
            trust.verify_flags |= ssl.VERIFY_X509_STRICT
            trust.hostname_checks_common_name = False
            said = []
            for _ in range(5):
                with socket.create_connection(("127.77.10.6", world.port), SECONDS) as clear:
                    clear.sendall(b"EHLO c\r\nSTARTTLS\r\n")
                    said_in_clear = b""
                    while not re.search(rb"^220 (2.0.0 )?go.*\n", said_in_clear, re.MULTILINE):
                        said_in_clear += clear.recv(1)
                    try:
                        with trust.wrap_socket(clear, server_hostname="mx.tls.example") as secret:
                            said.append(dict(secret.getpeercert()["subject"][0])["commonName"])
                    except ssl.SSLCertVerificationError as refused:
                        said.append(refused.verify_message)
            self.assertEqual(said[0], "mx.tls.example")
            self.assertEqual(said[1], "certificate has expired")
            self.assertIn("certificate is not valid for 'mx.tls.example'", said[2])
            self.assertIn("certificate is not valid for 'mx.tls.example'", said[3])
            self.assertEqual(said[4], "self-signed certificate")
            self.assertIn("alert certificate expired", world.log("tls-failed")[0]["line"])


if __name__ == "__main__":
    unittest.main()
