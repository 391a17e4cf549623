"""Clients whose address is not loopback: in a network of the test's own, this machine is 192.0.2.1, too."""

import os
import pathlib
import socket
import stat
import struct
import sys
import unittest

from site_of_tests import Site, wait_until

from peers import namespaces

WORLD = pathlib.Path(__file__).with_name("callout_server.world")
FAR, NEAR = "192.0.2.1", "127.0.0.1"
PORT = 7357


def site(*edits):
    return Site(os.environ["VOUCHD"], os.environ["TESTMTA"], WORLD, edits=edits)


def connect(to, source):
    one = socket.create_connection((to, PORT), timeout=20, source_address=(source, 0))
    return one, one.makefile("rb")


def negotiates(source):
    """Does the milter answer whoever connects from there? Otherwise it closes without a word."""
    one, file = connect(FAR, source)
    with one, file:
        one.sendall(struct.pack(">IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF))
        try:
            return len(file.read(4)) == 4
        except ConnectionResetError:
            return False


class Milter(unittest.TestCase):
    def site(self, allowed):
        listen = f'allow_clients = ["{allowed}"]\nlisten = ["inet:{PORT}@0.0.0.0", "unix:'
        return site(('listen = ["unix:', listen))

    def test_only_those_that_allow_clients_names_are_served(self):
        with self.site(FAR) as found:
            self.assertTrue(negotiates(FAR))
            self.assertFalse(negotiates(NEAR))
            self.assertTrue(found.wait_lines("event=milter_connect_refused", "client not allowed"))
        with self.site("127.0.0.2") as found:
            self.assertFalse(negotiates(FAR))
            self.assertFalse(negotiates(NEAR))
            self.assertTrue(negotiates("127.0.0.2"))


class CalloutServer(unittest.TestCase):
    def site(self, *keys):
        section = "\n".join(["[callout_server]", "enabled = true", f'listen = ["inet:{PORT}@0.0.0.0"]', *keys, "",
                             "[destinations]"])
        return site(("[destinations]", section))

    def greeting(self, source):
        one, file = connect(FAR, source)
        with one, file:
            return file.readline()

    def answer_to_host(self, source):
        one, file = connect(FAR, source)
        with one, file:
            file.readline()
            one.sendall(b"VRFY ann@s1.example MODE=hostonly HOST=second.two.example\r\n")
            return file.readline().decode().strip()

    # CP-083
    def test_CP_083_only_those_that_allow_clients_names_are_served(self):  # CP-083
        with self.site() as found:
            self.assertEqual(self.greeting(FAR), b"")
            self.assertTrue(found.wait_lines("event=callout_connect_refused", f"client={FAR}"))
            self.assertTrue(self.greeting(NEAR).startswith(b"OK"))
        with self.site(f'allow_clients = ["{FAR}"]'):
            self.assertTrue(self.greeting(FAR).startswith(b"OK"))
            self.assertEqual(self.greeting(NEAR), b"")

    # DM-140
    def test_DM_140_only_a_client_on_this_machine_may_choose_the_host(self):  # DM-140
        everybody = 'allow_clients = ["0.0.0.0/0"]'
        with self.site(everybody):
            self.assertEqual(self.answer_to_host(FAR), "NO HOST is not allowed here")
            self.assertEqual(self.answer_to_host(NEAR), "OK 0000000000")
        with self.site(everybody, "allow_host_parameter = true"):
            self.assertEqual(self.answer_to_host(FAR), "OK 0000000000")


class Control(unittest.TestCase):
    def test_the_file_mode_says_who_may_ask(self):
        with site() as found:
            path = found.folder / "control.sock"
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
            os.chmod(found.folder, 0o755)
            stranger = os.fork()
            if stranger == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                with socket.socket(socket.AF_UNIX) as one:
                    os._exit(1 if one.connect_ex(str(path)) == 0 else 0)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]), 0)
            wait_until(lambda: found.run("explain", "ann@s1.example").returncode == 0, "an answer to ourselves", 20)


if __name__ == "__main__":
    if not namespaces.inside():
        namespaces.require()
        namespaces.enter()
    namespaces.become_reachable_at(FAR)
    unittest.main(verbosity=2)
