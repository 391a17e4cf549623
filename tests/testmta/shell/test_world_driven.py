"""`testmta world` as a part of another program's tests: it says where it is, what it saw, and what was wrong."""

import json
import os
import pathlib
import signal
import smtplib
import socket
import subprocess
import tempfile
import unittest

from processes import TESTMTA, run

SECONDS = 300  # ends a process that hangs; no test measures time by it

PEER = """
peer mx.plain.example at 127.77.10.1
end
peer mx.shut.example at 127.77.10.2, 127.77.10.3
    port closed
end
"""


class Driven:
    """A context manager that runs `testmta world - --json` on a text, with further options."""

    def __init__(self, text, *options, log="log", status=0):
        self._text, self._options, self._log, self._status = text, list(map(str, options)), log, status

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        command = [TESTMTA, "world", "-", "--json", "--log", self._log, *self._options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, cwd=self.folder)
        self.process.stdin.write(self._text)
        self.process.stdin.close()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said = json.loads(line)
        self.port = self.said["peers"][0]["port"]
        return self

    def end(self):
        """Ends the process by SIGTERM, and returns what it printed after its first line."""
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stdout.read() + self.process.stderr.read()
        status = self.process.wait(SECONDS)
        assert status == self._status, f"status {status}: {rest}"
        return rest

    def log(self, direction=None):
        entries = map(json.loads, (self.folder / "log").read_text().splitlines())
        return [one for one in entries if direction in (None, one["direction"])]

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.end()
        self.process.stdout.close()
        self.process.stderr.close()
        self._folder.cleanup()


class Start(unittest.TestCase):
    def test_version(self):
        self.assertRegex(run("--version"), r"^testmta \d+\.\d+\.\d+\n$")

    def test_TM_114_one_line_of_JSON_says_where_everything_listens(self):
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

    def test_TM_114_the_ready_file_is_there_while_the_world_listens(self):
        with Driven(PEER, "--ready-file", "ready") as world:
            self.assertEqual(json.loads((world.folder / "ready").read_text()), world.said)
            world.end()
            self.assertEqual(sorted(one.name for one in world.folder.iterdir()), ["log"])

    def test_TM_108_a_mistake_on_standard_input_is_reported_with_its_place(self):
        command = [TESTMTA, "world", "-", "--ready-file", "ready"]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, input="peer p at 127.0.0.1\non rcpt -> graylist 5s\nend\n",
                                  capture_output=True, text=True, timeout=SECONDS, cwd=folder)
            self.assertEqual((done.returncode, done.stdout, os.listdir(folder)), (2, "", []))
            self.assertIn('<stdin>:2:12: "graylist" is not an action, did you mean "greylist"?; possible: ', done.stderr)

    def test_TM_115_a_file_that_cannot_be_written_ends_the_program_with_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "w").write_text(PEER)
            for option in ("--log", "--write-config", "--ready-file"):
                said = run("world", "w", option, "none/file", status=2, cwd=folder)
                self.assertIn("none/file: the file cannot be written: No such file or directory", said)

    def test_TM_115_a_log_that_is_not_complete_is_reported_at_the_end(self):
        with Driven(PEER, log="/dev/full", status=2) as world:
            with smtplib.SMTP("127.77.10.1", world.port, timeout=SECONDS):
                pass
            self.assertIn("/dev/full: the log is not complete: No space left on device", world.end())

    def test_TM_115_an_address_that_is_taken_is_named(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            pathlib.Path(folder, "w").write_text(PEER)
            port = taken.getsockname()[1]
            said = run("world", "w", "--dns-port", port, status=2, cwd=folder)
            self.assertIn(f"the name server cannot listen on 127.0.0.1:{port}: Address already in use; choose", said)


if __name__ == "__main__":
    unittest.main()
