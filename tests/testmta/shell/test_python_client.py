"""The Python client of `testmta world`, and the examples of its page."""

import importlib.util
import os
import pathlib
import re
import smtplib
import subprocess
import sys
import tempfile
import unittest

import processes

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "testmta" / "python"))

from cannot_run import cannot_run
from testmta_world import World, WorldError

WORLD = """
zone a.example
    @ mx 10 mx
end
peer mx.a.example at 127.77.12.1, 127.77.12.2
    on rcpt bob@* -> reply 550 5.1.1 "no bob"
end
peer mx.shut.example at 127.77.12.3
    port closed
end
entry 1 one "one message comes"
    peer mx.a.example hears "DATA" 1
end
"""
LETTER = "Subject: caf\u00e9\r\n\r\nhello\r\n".encode()


def examples():
    page = (ROOT / "docs" / "testmta_python.md").read_text()
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def send(world, *recipients):
    peer = world.peer("mx.a.example")
    with smtplib.SMTP(peer.address, peer.port, "client.example") as client:
        return client.sendmail("ann@a.example", recipients, LETTER)


class Client(unittest.TestCase):
    def test_TM_128_a_world_is_started_and_ended(self):  # TM-128
        with World(WORLD) as world:
            self.assertEqual(world.dns.address, "127.0.0.1")
            mx, shut = world.peers
            self.assertEqual((mx.name, mx.addresses, mx.state), ("mx.a.example", ["127.77.12.1", "127.77.12.2"], "listening"))
            self.assertEqual((shut.state, world.peer("mx.shut.example").address), ("closed", "127.77.12.3"))
            with self.assertRaisesRegex(WorldError, "there is no peer 'mx', only mx.a.example, mx.shut.example"):
                world.peer("mx")
        with self.assertRaises(ConnectionRefusedError):
            smtplib.SMTP(mx.address, mx.port)

    def test_TM_128_mail_and_conversations(self):  # TM-128
        with World(WORLD) as world:
            self.assertEqual(list(send(world, "eve@a.example", "bob@a.example")), ["bob@a.example"])
            message, = world.wait_for_mail(peer="mx.a.example")
            self.assertEqual((message.sender, message.recipients, message.content),
                             ("ann@a.example", ["eve@a.example"], LETTER))
            self.assertEqual(message.parsed["Subject"], "caf\u00e9")
            talk, = world.conversations("mx.a.example")
            self.assertEqual(talk.heard[0], "ehlo client.example")
            self.assertIn("550 5.1.1 no bob", talk.said)
            self.assertIn("< 550 5.1.1 no bob\n> data\n", repr(talk))
            self.assertEqual((world.mail("mx.none.example"), world.conversations("mx.none.example")), ([], []))
            world.clear()
            self.assertEqual((world.mail(), world.conversations()), ([], []))

    def test_TM_128_rules_and_worlds_are_changed(self):  # TM-128
        with World(WORLD) as world:
            world.set_rules("mx.a.example", ["on rcpt eve@* -> reply 451 4.3.0 later", "on rcpt carl@* -> reply 550 no"])
            self.assertEqual(sorted(send(world, "bob@a.example", "eve@a.example", "carl@a.example")),
                             ["carl@a.example", "eve@a.example"])
            with self.assertRaisesRegex(WorldError, r'<request>:1:12: "cloes" is not an action, did you mean "close"'):
                world.set_rules("mx.a.example", "on rcpt -> cloes\n")
            with self.assertRaisesRegex(WorldError, 'there is no peer "mx/a"'):
                world.set_rules("mx/a", "")
            world.load("peer other.example at 127.77.12.3\nend\n")
            self.assertEqual([one.name for one in world.peers], ["other.example"])

    def test_TM_128_events(self):  # TM-128
        with World(WORLD) as world, world.events() as events:
            send(world, "eve@a.example")
            seen = [next(events)]
            while seen[-1]["direction"] != "closed":
                seen.append(next(events))
            self.assertEqual(seen, world.conversations()[0].events)

    def test_TM_128_a_world_that_cannot_start_says_why(self):  # TM-128
        with self.assertRaisesRegex(WorldError, r'<stdin>:1:1: "per" is not a statement of a world, did you mean "peer"'):
            World("per a\n").start()
        with self.assertRaisesRegex(WorldError, "none.world: No such file or directory"):
            World("none.world").start()
        with self.assertRaisesRegex(WorldError, "/none/testmta cannot be started: .*; set TESTMTA to its path"):
            World(WORLD, program="/none/testmta").start()
        with self.assertRaisesRegex(WorldError, "0 messages arrived within 0.2 s, and not 1"), World(WORLD) as world:
            world._timeout = 0.2
            world.wait_for_mail()

    def test_TM_128_verify_gives_its_status(self):  # TM-128
        for recipients, status in ([("eve@a.example",)], 0), ([], 1):
            with World(WORLD, options=["--verify"]) as world:
                for one in recipients:
                    send(world, *one)
                self.assertEqual(world.stop(), status)

    def test_TM_128_a_path_is_read_with_what_it_includes(self):  # TM-128
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "outer.world").write_text('include "inner.world"\n')
            pathlib.Path(folder, "inner.world").write_text(WORLD)
            with World(pathlib.Path(folder, "outer.world")) as world:
                self.assertEqual(len(world.peers), 2)


class Page(unittest.TestCase):
    def test_TM_129_the_first_example_fails_until_the_client_tries_again(self):  # TM-129
        first, _ = examples()
        self.assertLessEqual(len(first.splitlines()), 10)
        names = {}
        exec(first, names)
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            names["test_a_busy_server_is_asked_again"]()
        patient = first.replace("            client.sendmail(", """            try:
                client.sendmail("ann@a.example", ["bob@b.example"], "")
            except smtplib.SMTPRecipientsRefused:
                pass
            client.sendmail(""")
        exec(patient, names)
        names["test_a_busy_server_is_asked_again"]()

    def test_TM_129_the_fixture_of_pytest(self):  # TM-129
        if importlib.util.find_spec("pytest") is None:
            cannot_run("pytest is not installed")
        _, second = examples()
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "conftest.py").write_text('pytest_plugins = ["testmta_world"]\n')
            pathlib.Path(folder, "test_it.py").write_text(second)
            places = [str(ROOT / "testmta" / "python"), os.environ.get("PYTHONPATH", "")]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
            done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder,
                                  env=environment, capture_output=True, text=True, timeout=300)
            self.assertIn("SMTPRecipientsRefused: {'bob@b.example': (451, b'later')}", done.stdout)
            pathlib.Path(folder, "test_it.py").write_text(second.replace("on rcpt nth 1", "on rcpt nth 2"))
            done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder,
                                  env=environment, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
