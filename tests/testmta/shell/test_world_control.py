"""The control interface of `testmta world`: what it shows and changes, and that no client of it disturbs a world."""

import contextlib
import http.client
import json
import pathlib
import smtplib
import socket
import time
import unittest
import urllib.parse

from driven import SECONDS, Driven
from processes import run, tempfile
from test_world import MX, header, question

WORLD = """
zone a.example
    @ mx 10 mx
end
peer mx.a.example at 127.77.11.1
    offer PIPELINING
    on rcpt bob@* -> reply 550 5.1.1 "no bob"
end
"""
OTHER = """
peer mx.b.example at 127.77.11.2
    repeat 2 on rcpt n${n}@* -> reply 551 5.1.6 "moved"
end
peer mx.c.example at 127.77.11.1
    mailbox carl@c.example
end
"""
BAD = "peer mx.a.example at 127.77.11.1\n  on rcpt -> grelist 5s\n  on mial -> close\nend\n"
CONTROL = ("--control", "inet:0@127.0.0.1")


class Controlled(Driven):
    def __enter__(self):
        super().__enter__()
        url = urllib.parse.urlsplit(self.said["control"])
        self.control = url.hostname, url.port
        return self

    def ask(self, method, path, body=None, headers=(), status=200):
        """Returns the body of the reply, decoded if it is JSON."""
        connection = http.client.HTTPConnection(*self.control, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            text = reply.read().decode()
        assert reply.status == status, f"{method} {path}: {reply.status} {text}"
        return json.loads(text) if reply.headers["Content-Type"] == "application/json" else text

    def rcpt(self, recipient, last_byte=1):
        with smtplib.SMTP(f"127.77.11.{last_byte}", self.port, "client.example", timeout=SECONDS) as client:
            client.ehlo()
            client.mail("")
            return client.rcpt(recipient)[0]

    def raw(self, octets=b""):
        client = socket.create_connection(self.control, SECONDS)
        client.sendall(octets)
        return client

    def is_undisturbed(self):
        return self.rcpt("bob@a.example") == 550 and self.ask("GET", "/world")["peers"][0]["name"] == "mx.a.example"


class Change(unittest.TestCase):
    def test_TM_122_a_world_is_shown(self):  # TM-122
        with Controlled(WORLD, *CONTROL) as world:
            world.rcpt("bob@a.example")
            shown = world.ask("GET", "/world")
            self.assertEqual((shown["dns"], shown["zones"]), (world.said["dns"], ["a.example"]))
            peer, = shown["peers"]
            self.assertEqual(peer["rules"], ['on rcpt bob@* -> reply 550 5.1.1 "no bob"'])
            self.assertEqual((peer["port"], peer["offers"], peer["connections"]), (world.port, ["PIPELINING"], 1))

    def test_TM_122_a_world_is_replaced_while_clients_are_connected(self):  # TM-122
        with Controlled(WORLD, *CONTROL) as world:
            with smtplib.SMTP("127.77.11.1", world.port, timeout=SECONDS) as before:
                before.ehlo()
                before.mail("")
                loaded = world.ask("PUT", "/world", OTHER)
                self.assertEqual([(one["name"], one["port"]) for one in loaded["peers"]],
                                 [("mx.b.example", world.port), ("mx.c.example", world.port)])
                self.assertEqual(before.rcpt("bob@a.example"), (550, b"5.1.1 no bob"))
            self.assertEqual(world.rcpt("bob@a.example"), 550)  # c knows carl alone
            self.assertEqual(world.rcpt("carl@c.example"), 250)
            self.assertEqual([world.rcpt(f"n{n}@b.example", 2) for n in (1, 2, 3)], [551, 551, 250])
            world.ask("PUT", "/world", "")
            with self.assertRaises(ConnectionRefusedError):
                world.rcpt("carl@c.example")

    def test_TM_122_the_name_server_answers_from_the_new_zones(self):  # TM-122
        def answers(world, name):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(SECONDS)
                client.sendto(question(name, MX), (world.said["dns"]["address"], world.said["dns"]["port"]))
                return header(client.recv(4096))[3]

        with Controlled(WORLD, *CONTROL) as world:
            self.assertEqual((answers(world, "a.example"), answers(world, "b.example")), (1, 0))
            world.ask("PUT", "/world", "zone b.example\n  @ mx 10 mx\nend\n")
            self.assertEqual((answers(world, "a.example"), answers(world, "b.example")), (0, 1))

    def test_TM_122_a_world_with_mistakes_leaves_the_earlier_one(self):  # TM-122
        with Controlled(WORLD, *CONTROL) as world:
            said = world.ask("PUT", "/world", BAD, status=422)
            self.assertEqual([(one["line"], one["column"]) for one in said["mistakes"]], [(2, 14), (3, 6)])
            self.assertIn('"grelist" is not an action, did you mean "greylist"?', said["mistakes"][0]["text"])
            self.assertTrue(said["report"].startswith("<request>:2:14: "), said["report"])
            with socket.create_server(("127.77.11.3", world.port)):
                moved = "peer q at 127.77.11.1\n port blackhole\nend\npeer p at 127.77.11.4, 127.77.11.3\nend\n"
                said = world.ask("PUT", "/world", moved, status=409)
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(("127.77.11.4", world.port), SECONDS)
            self.assertIn(f"127.77.11.3:{world.port}: Address already in use", said["error"])
            self.assertTrue(world.is_undisturbed())

    def test_TM_123_the_rules_of_a_peer_are_replaced(self):  # TM-123
        with Controlled(WORLD, *CONTROL) as world:
            rules = "on rcpt bob@* nth 2 per peer -> reply 452 4.2.2 full\nrepeat 2 on rcpt c${n}@* -> reply 553 no\n"
            with smtplib.SMTP("127.77.11.1", world.port, timeout=SECONDS) as before:
                before.ehlo()
                before.mail("")
                self.assertEqual(world.ask("PUT", "/peers/mx.a.example/rules", rules)["rules"], 3)
                self.assertEqual(before.rcpt("bob@a.example"), (550, b"5.1.1 no bob"))
            self.assertEqual([world.rcpt("bob@x"), world.rcpt("bob@x"), world.rcpt("c2@x")], [250, 452, 553])
            world.ask("PUT", "/peers/mx.a.example/rules", "")
            self.assertEqual(world.rcpt("c2@x"), 250)
            self.assertEqual(world.ask("GET", "/world")["peers"][0]["connections"], 5)
            said = world.ask("PUT", "/peers/mx.none.example/rules", rules, status=404)
            self.assertEqual(said["error"], 'there is no peer "mx.none.example"')
            said = world.ask("PUT", "/peers/mx.a.example/rules", "\non rcpt -> close\noffer DSN\n", status=422)
            self.assertEqual([(one["line"], one["column"]) for one in said["mistakes"]], [(3, 1)])
            self.assertIn('"offer" is not allowed here; expected a rule, which begins with "on"', said["report"])

    def test_TM_124_conversations_are_listed_shown_and_forgotten(self):  # TM-124
        with Controlled(WORLD, *CONTROL) as world:
            self.assertEqual(world.ask("GET", "/conversations"), {"conversations": [], "forgotten": 0})
            world.rcpt("bob@a.example")
            one, = world.ask("GET", "/conversations")["conversations"]
            self.assertEqual((one["peer"], one["client"], one["ended"], one["cut"]),
                             ("mx.a.example", "127.0.0.1", True, False))
            shown = world.ask("GET", f"/conversations/{one['id']}")
            self.assertEqual(len(shown["events"]), one["events"])
            self.assertEqual(shown["events"], world.log())
            self.assertEqual([event["line"] for event in shown["events"] if "bob" in event["line"]],
                             ["rcpt TO:<bob@a.example>", "550 5.1.1 no bob"])
            self.assertEqual(world.ask("DELETE", "/conversations")["conversations"], [])
            for path in (f"/conversations/{one['id']}", "/conversations/x", "/conversations/-1"):
                self.assertIn("there is no conversation", world.ask("GET", path, status=404)["error"])

    def test_TM_124_the_oldest_conversations_are_forgotten(self):  # TM-124
        with Controlled(WORLD, *CONTROL) as world:
            for _ in range(1003):
                socket.create_connection(("127.77.11.1", world.port), SECONDS).close()
            while not world.log("connected") or world.log("connected")[-1]["connection"] != 1003:
                time.sleep(0.05)
            said = world.ask("GET", "/conversations")
            self.assertEqual((len(said["conversations"]), said["conversations"][-1]["id"]), (1000, 1003))
            self.assertGreaterEqual(said["forgotten"], 3)

    def test_TM_124_mail_is_listed_and_read(self):  # TM-124
        letter = "Subject: hello\r\n\r\n.dots\r\nand bytes \x01\r\n"
        with Controlled(WORLD, *CONTROL) as world:
            with smtplib.SMTP("127.77.11.1", world.port, timeout=SECONDS) as client:
                client.sendmail("ann@a.example", ["carl@a.example"], letter)
            one, = world.ask("GET", "/mail")["messages"]
            self.assertEqual(one, {"number": 1, "peer": "mx.a.example", "sender": "ann@a.example", "size": len(letter),
                                   "recipients": ["carl@a.example"], "fields": [["Subject", "hello"]]})
            self.assertEqual(world.ask("GET", "/mail/1"), letter)
            self.assertIn("there is no message", world.ask("GET", "/mail/2", status=404)["error"])
            self.assertEqual(world.ask("DELETE", "/mail"), {"messages": []})

    def test_TM_125_events_are_streamed_as_they_happen(self):  # TM-125
        with Controlled(WORLD, *CONTROL) as world:
            with world.raw(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n") as reader:
                stream = reader.makefile("rb")
                while stream.readline() != b": events\n":
                    pass
                world.rcpt("bob@a.example")
                events = []
                while not events or events[-1]["direction"] != "closed":
                    line = stream.readline()
                    if line.startswith(b"data: "):
                        events.append(json.loads(line[6:]))
                self.assertEqual(events, world.log())

    def test_TM_122_stop_ends_the_world(self):  # TM-122
        with Controlled(WORLD, *CONTROL, "--ready-file", "ready") as world:
            self.assertEqual(world.ask("POST", "/stop"), {"stopped": True})
            self.assertEqual(world.process.wait(SECONDS), 0)
            self.assertFalse((world.folder / "ready").exists())

    def test_a_page_for_a_browser(self):
        with Controlled(WORLD, *CONTROL) as world:
            page = world.ask("GET", "/")
            self.assertIn('new EventSource("/events")', page)
            self.assertNotIn("://", page)  # it loads nothing from elsewhere


class Misbehave(unittest.TestCase):
    def refusal(self, world, octets):
        with world.raw(octets) as client:
            reply = http.client.HTTPResponse(client)
            reply.begin()
            said = json.loads(reply.read())
            self.assertEqual(list(said), ["error"])
            return reply.status, said["error"]

    def test_TM_126_every_error_is_a_sentence(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world:
            for octets, status, sentence in [
                    (b"EHLO client\r\n\r\n", 400, "this is not an HTTP request"),
                    (b"\0\xff" * 100 + b"\r\n\r\n", 400, "this is not an HTTP request"),
                    (b"GET /nothing HTTP/1.1\r\n\r\n", 404, 'there is nothing at "/nothing"'),
                    (b"GET /%zz HTTP/1.1\r\n\r\n", 400, 'is not a path'),
                    (b"BREW /world HTTP/1.1\r\n\r\n", 405, '"BREW" is not possible at "/world", only GET, PUT'),
                    (b"GET / HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n", 431, "the head is longer"),
                    (b"PUT /world HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n", 413, "the body is longer"),
                    (b"PUT /world HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "this is not an HTTP")]:
                with self.subTest(octets[:20]):
                    got, said = self.refusal(world, octets)
                    self.assertEqual(got, status, said)
                    self.assertIn(sentence, said)
            self.assertTrue(world.is_undisturbed())

    def test_TM_126_a_body_without_end_is_refused_and_the_refusal_arrives(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world:
            chunk = b"10000\r\n" + b"#" * 0x10000 + b"\r\n"
            got, _ = self.refusal(world, b"PUT /world HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 100)
            self.assertEqual(got, 413)
            self.assertTrue(world.is_undisturbed())

    def test_TM_127_pages_of_others_are_refused(self):  # TM-127
        with Controlled(WORLD, *CONTROL) as world:
            for headers in ({"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example"}, {"Host": "[::2]:80"},
                            {"Origin": "http://evil.example"}, {"Origin": "null"}):
                with self.subTest(headers):
                    self.assertIn("must not" if "Origin" in headers else "is not this machine",
                                  world.ask("PUT", "/world", OTHER, headers, status=403)["error"])
            own = "http://{}:{}".format(*world.control)
            world.ask("GET", "/world", headers={"Origin": own})
            world.ask("GET", "/world", headers={"Host": "localhost"})
            self.assertTrue(world.is_undisturbed())

    def test_TM_126_clients_that_say_little_or_leave_disturb_no_world(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world, contextlib.ExitStack() as clients:
            for octets in (b"", b"G", b"GET / HTTP/1.1\r\nHost: x", b"PUT /world HTTP/1.1\r\nContent-Length: 99\r\n\r\npeer"):
                clients.enter_context(world.raw(octets))  # and says no more
                world.raw(octets).close()
                half = clients.enter_context(world.raw(octets))
                half.shutdown(socket.SHUT_WR)
            self.assertTrue(world.is_undisturbed())

    def test_TM_126_a_half_closed_client_gets_its_reply(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world, world.raw(b"GET /world HTTP/1.1\r\n\r\n") as client:
            client.shutdown(socket.SHUT_WR)
            self.assertTrue(client.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_TM_126_too_many_clients_are_turned_away_and_the_others_go_on(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world, contextlib.ExitStack() as clients:
            waiting = [clients.enter_context(world.raw()) for _ in range(32)]
            with world.raw() as late:
                self.assertTrue(late.makefile("rb").read().startswith(b"HTTP/1.1 503 "))
            self.assertEqual(world.rcpt("bob@a.example"), 550)
            waiting[0].sendall(b"GET /world HTTP/1.1\r\n\r\n")
            self.assertTrue(waiting[0].recv(100).startswith(b"HTTP/1.1 200 "))

    def test_TM_126_a_client_that_says_nothing_is_disconnected(self):  # TM-126
        with Controlled(WORLD, *CONTROL) as world, world.raw(b"GET / HT") as client:
            self.assertEqual(client.makefile("rb").read(), b"")

    def test_TM_125_a_reader_of_events_that_does_not_read_is_dropped(self):  # TM-125
        flood = 'peer p at 127.77.11.1\n  on mail -> reply 250 "' + "x" * 500 + '", lines 4000\nend\n'
        with Controlled(flood, *CONTROL) as world:
            with world.raw() as reader:
                reader.sendall(b"GET /events HTTP/1.1\r\n\r\n")
                with smtplib.SMTP("127.77.11.1", world.port, timeout=SECONDS) as client:
                    client.ehlo()
                    for _ in range(8):
                        self.assertEqual(client.mail("")[0], 250)
                got = 0
                with contextlib.suppress(ConnectionResetError):
                    while part := reader.recv(1 << 20):
                        got += len(part)
                self.assertLess(got, len((world.folder / "log").read_text()))

    def test_TM_127_only_loopback_is_listened_on(self):  # TM-127
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            pathlib.Path(folder, "w").write_text(WORLD)
            port = taken.getsockname()[1]
            for where, said in [("inet:0@0.0.0.0", "0.0.0.0 is not on loopback"), ("inet:0@*", "is not on loopback"),
                                ("unix:/tmp/x", "is not inet:PORT@ADDRESS"), ("1", "is not inet:PORT@ADDRESS"),
                                (f"inet:{port}@127.0.0.1", f"cannot listen on 127.0.0.1:{port}: Address already")]:
                self.assertIn(said, run("world", "w", "--control", where, status=2, cwd=folder))


if __name__ == "__main__":
    unittest.main()
