#!/usr/bin/env python3
"""GNU Mailfromd 8.15 and ours, both ways: its client asks our server, our client asks its calloutd, and both servers
get the same questions.

The protocol is theirs, the verdicts are ours: where the words differ, a row of `_TABLE` shows both.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import unittest

from peers import mailfromd, namespaces
from peers.callout_session import Session, ask_once
from peers.process import PeerFailed, Process, wait_until
from peers.vouchd import Vouchd

_WORLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mailfromd.world")
_NAME_SERVER = ("127.0.0.1", 53)
_SMTP_SERVER = "inet://127.7.0.1:25"  # it greets, but speaks another protocol
_STAGES = ("INIT", "GRTNG", "HELO", "SENT", "RECV")

_OUR_SERVER = """
[callout_server]
enabled = true
listen = ["unix:{folder}/callout.sock", "inet:127.0.0.1:{port}"]
timeouts = "soft"
"""

_FILTER = """\
require status
require callout
require poll
prog envfrom
do
  {statements}
done
"""

_CATCHING = """\
try do
  {statements}
done
catch * do
  echo "exception=$1|$2"
done
"""

_SHOW = ('echo "n=%n|host=%last_poll_host|greeting=%last_poll_greeting|helo=%last_poll_helo|sent=%last_poll_sent|'
         'recv=%last_poll_recv|cached=%cache_used"')

theirs = None  # calloutd
remembering = None  # calloutd, which caches what it learns about missing addresses
ours = None  # the place of our server
mailfromd_client = None


def _ask(url, address, *parameters):
    """Returns our client's answer as a dictionary, and its exit status."""
    run = subprocess.run([os.environ["VOUCHD"], "ask", "--json", url, address, *parameters], capture_output=True,
                         text=True, timeout=60)
    if not run.stdout:
        raise AssertionError(f"vouchd ask ended with {run.returncode}: {run.stderr}")
    return json.loads(run.stdout), run.returncode


def _mfl(*statements, options=()):
    """Runs a filter of those statements. Returns one dictionary for each line of _SHOW, and for each exception."""
    text = _FILTER.format(statements=_CATCHING.format(statements="\n  ".join(statements)))
    lines = mailfromd_client.run(text, *options)
    found = []
    for line in lines:
        _, mark, rest = line.partition("n=" if "|host=" in line else "exception=")
        if mark:
            found.append(dict(part.partition("=")[::2] for part in (mark + rest).split("|")))
        elif not line.startswith("State "):  # the filter's verdict
            found.append({"said": line})
    return found


def _stages(*lines):
    return tuple(zip(_STAGES, lines))


def _full(host, address, reply, name="mx.ok.test", helo="250-mx.ok.test"):
    """Returns the stages of a dialogue that got as far as RCPT."""
    return _stages(host, f"220 {name} ESMTP", helo, f"RCPT TO:<{address}>", reply)


class BesideCalloutd(unittest.TestCase):
    """Each row has an address, the parameters of the question, calloutd's result and ours."""

    _TABLE = (
        # what is shown                        address             rest                    calloutd        ours
        ("2xx to RCPT, CP-073",                "ok@ok.test",       "",                     "success",      "success"),
        ("no such mailbox, CP-073",            "gone@ok.test",     "",                     "not_found",    "not_found"),
        ("4xx to RCPT, CP-073",                "later@ok.test",    "",                     "temp_failure", "temp_failure"),
        ("5xx of the relay, CP-073",           "ann@relay.test",   "",                     "not_found",    "failure"),
        ("3xx to RCPT, CP-073",                "ann@odd.test",     "",                     "not_found",    "failure"),
        ("dropped at RCPT, CP-075",            "ann@drop.test",    "",                     "temp_failure", "temp_failure"),
        ("no answer to RCPT, CP-075",          "ann@silent.test",  "",                     "temp_failure", "timeout"),
        ("refused connection, CP-075 CP-060",  "ann@refused.test", "",                     "temp_failure", "temp_failure"),
        ("the next MX after a 421, CP-058",    "ann@busy.test",    "",                     "success",      "success"),
        ("the next MX after a 554, CP-059",    "ann@closed.test",  "",                     "not_found",    "success"),
        ("554 as greeting, CP-074",            "ann@nobody.test",  "",                     "not_found",    "not_found"),
        ("refuses us as greeting, CP-074",     "ann@listed.test",  "",                     "not_found",    "failure"),
        ("HELO after a 502 to EHLO, CP-069",   "ann@old.test",     "",                     "success",      "success"),
        ("5xx to MAIL, CP-074",                "ann@sulky.test",   "",                     "not_found",    "failure"),
        ("the next sender after a 451, CP-071", "ann@picky.test", 'MAILFROM="<>,first@ok.test,other@ok.test"', "success", "success"),
        ("not an SMTP greeting, CP-058",       "ann@noise.test",   "",                     "temp_failure", "failure"),
        ("null MX, CP-061",                    "ann@null.test",    "",                     "failure",      "not_found"),
        ("MX without an address",              "ann@lost.test",    "",                     "failure",      "not_found"),
        ("SERVFAIL, CP-063",                   "ann@broken.test",  "",                     "not_found",    "temp_failure"),
        ("no MX, but an address, CP-060",      "ann@bare.test",    "",                     "success",      "success"),
        ("neither MX nor address, CP-062",     "ann@empty.test",   "",                     "not_found",    "not_found"),
        ("no such domain, CP-062",             "ann@no.ok.test",   "",                     "not_found",    "not_found"),
        ("hostonly, CP-065",                   "ho@nobody.test",   "MODE=hostonly HOST=here.host.test", "success", "success"),
        ("hostonly, a literal, CP-065",        "hl@nobody.test",   "MODE=hostonly HOST=127.7.0.1", "success", "success"),
        ("hostonly, no such host, CP-065",     "hn@ok.test",       "MODE=hostonly HOST=none.host.test", "failure", "failure"),
        ("mxonly, CP-064",                     "mo@nobody.test",   "MODE=mxonly HOST=host.test", "success", "success"),
        ("mxonly without MX, CP-064",          "mn@ok.test",       "MODE=mxonly HOST=bare.test", "not_found", "failure"),
        ("hostfirst, CP-066",                  "hf@nobody.test",   "MODE=hostfirst HOST=here.host.test", "success", "success"),
        ("hostfirst, its MX then, CP-066",     "hm@nobody.test",   "MODE=hostfirst HOST=later.host.test", "success", "success"),
        ("mxfirst leaves HOST alone",          "mf@ok.test",       "MODE=mxfirst HOST=nobody.test", "success", "success"),
    )

    def test_words_of_both(self):
        rows = []
        for shown, address, rest, their_word, our_word in self._TABLE:
            with self.subTest(shown):
                their_answer = ask_once(theirs.endpoint, address, rest)
                our_answer = ask_once(ours, address, rest)
                rows.append(f"{shown:36} {their_answer.word:13} {our_answer.word:13}")
                self.assertEqual(their_answer.word, their_word, their_answer)
                self.assertEqual(our_answer.word, our_word, our_answer)
                # CP-043 to CP-048: the same lines name the hosts.
                if their_word == our_word:
                    self.assertEqual(our_answer.stages, their_answer.stages)
        print(f"\n{'':36} {'calloutd':13} ours", *rows, sep="\n", file=sys.stderr)

    def test_success_is_kept_by_both(self):  # CP-078, CP-049
        for place in (theirs.endpoint, ours):
            first, second = (ask_once(place, "kept@ok.test") for _ in range(2))
            self.assertEqual((first.word, len(first.stages)), ("success", 5))
            self.assertEqual((second.word, second.stages), ("success", ()))

    def test_temp_failure_is_kept_by_both(self):  # CP-080
        for place in (theirs.endpoint, ours):
            first, second = (ask_once(place, "later.kept@ok.test") for _ in range(2))
            self.assertEqual((first.word, len(first.stages)), ("temp_failure", 5))
            self.assertEqual((second.word, second.stages), ("temp_failure", ()))

    def test_not_found_is_asked_again_by_calloutd_and_kept_by_us(self):  # CP-079
        stages = _full("mx.ok.test", "gone.again@ok.test", "550 5.1.1 no such user here")
        self.assertEqual(ask_once(theirs.endpoint, "gone.again@ok.test").stages, stages)
        time.sleep(2)  # its lifetime of 0 s ends with the second
        self.assertEqual(ask_once(theirs.endpoint, "gone.again@ok.test").stages, stages)
        self.assertEqual([ask_once(ours, "gone.again@ok.test").stages for _ in range(2)], [stages, ()])

    def test_a_host_of_the_clients_is_asked_again_by_both(self):  # CP-067
        for number, mode in enumerate(("MODE=hostonly HOST=here.host.test", "MODE=mxonly HOST=host.test")):
            address = f"one.host.{number}@ok.test"
            for place in (theirs.endpoint, ours):
                self.assertEqual([len(ask_once(place, address, mode).stages) for _ in range(2)], [5, 5])

    def test_the_domains_case_makes_another_address_for_calloutd_alone(self):  # CP-068
        for place, again in ((theirs.endpoint, 5), (ours, 0)):
            first = ask_once(place, "case@ok.test")
            self.assertEqual(len(first.stages), 5)
            self.assertEqual(len(ask_once(place, "case@OK.test").stages), again)

    def test_the_host_is_part_of_what_is_remembered_by_both(self):  # CP-068
        for place in (theirs.endpoint, ours):
            counts = [len(ask_once(place, "by.host@ok.test", f"MODE=hostfirst HOST={host}").stages)
                      for host in ("here.host.test", "127.7.0.1")]
            self.assertEqual(counts, [5, 5])
            self.assertEqual(ask_once(place, "by.host@ok.test", "MODE=hostfirst HOST=127.7.0.1").stages, ())

    def test_a_refused_connection_becomes_not_found_in_calloutd_and_never_here(self):  # CP-054, CP-055
        def again(place):
            return ask_once(place, "passed@refused.test").word
        self.assertEqual(ask_once(remembering.endpoint, "passed@refused.test").word, "temp_failure")
        wait_until(lambda: again(remembering.endpoint) == "not_found", "calloutd to answer not_found", 10)
        self.assertEqual([again(ours) for _ in range(3)], ["temp_failure"] * 3)

    def test_an_unfinished_address_is_listed_again_by_calloutd_alone(self):  # CP-051
        for place, listed in ((theirs.endpoint, "OK 0000000000=temp_failure 0000000001=not_found"),
                              (ours, "OK 0000000001=not_found")):
            with Session(place) as session:
                self.assertEqual(session.ask("unfinished@refused.test").word, "temp_failure")
                session.say("VRFY gone.listed@ok.test")
                self.assertEqual(session.say("RUN")[-1], listed)

    def test_answers_to_every_command(self):
        """CP-001, CP-009 to CP-012, CP-018, CP-021, CP-025 to CP-029, CP-031 to CP-037, CP-039 to CP-042, CP-052: both
        answer with the same lines."""
        commands = (
            "SID x1", "SID a b", "FOO", "", "VRFY", "VRFY a b", "VRFY a b=c", "VRFY a@ok.test mode=foo",
            "VRFY a@ok.test starttls=bad", "VRFY a@ok.test MODE=hostonly", "VRFY a@ok.test MODE=mxonly",
            "VRFY a@ok.test MODE=hostfirst", 'VRFY "unterminated', "DROP abc", "DROP 7", "DROP", "RUN now",
            "TIMEOUT 1 2 3 4m 5 6 7", "TIMEOUT 1 2", "TIMEOUT 1 1 1 1 1 1 1", "RUN", "GET", "GET nothing",
            'SET EHLO="me.test"', 'SET MAILFROM="<>" STARTTLS=never', "GET Ehlo mailfrom STARTTLS", "SET",
            "vrfy one@ok.test", "VRFY two@ok.test", "DROP 0", "DROP 0000000001", "DROP 1", "VRFY three@ok.test",
            "DROP 2", "RUN", "QUIT",
        )
        with Session(theirs.endpoint) as their_session, Session(ours) as our_session:
            self.assertEqual(our_session.greeting[:3], their_session.greeting[:3])
            for command in commands:
                with self.subTest(command):
                    self.assertEqual(our_session.say(command), their_session.say(command))


class TheirClientAgainstOurServer(unittest.TestCase):
    """MFL's functions in `mailfromd --test`."""

    def _callouts(self, url, *asked):
        """The answers to (address, rest) on one connection."""
        statements = [f'number fd callout_open("{url}")', "number n 0"]
        for address, rest in asked:
            statements += [f'set n callout_do(fd, "{address}", "{rest}")', _SHOW]
        return _mfl(*statements, "callout_close(fd)")

    def test_every_result_and_value_on_one_connection(self):  # CP-001, CP-018, CP-020, CP-031, CP-043, CP-050, CP-051
        found = self._callouts(
            f"inet://127.0.0.1:{ours[1]}", ("mfl.ok@mfl.test", "MODE=mxfirst"), ("mfl.null@null.test", ""),
            ("gone.mfl@mfl.test", ""), ("mfl@relay.test", ""), ("later.mfl@mfl.test", ""),
            ("mfl@silent.test", ""), ("gone.mfl2@mfl.test", ""))
        self.assertEqual([answer.get("n") for answer in found], ["0", "1", "1", "2", "3", "3", "1"], found)
        self.assertEqual(found[0], {
            "n": "0", "host": "mx.mfl.test", "greeting": "220 mx.mfl.test ESMTP", "helo": "250-mx.mfl.test",
            "sent": "RCPT TO:<mfl.ok@mfl.test>", "recv": "250 2.1.5 known here", "cached": "0"})
        self.assertEqual((found[2]["recv"], found[2]["cached"]), ("550 5.1.1 no such user here", "0"))

    def test_a_remembered_address_leaves_their_variables_alone(self):  # CP-049
        first, second = self._callouts(f"unix://{_folder()}/callout.sock", *[("mfl.twice@mfl.test", "")] * 2)
        self.assertEqual((first["n"], first["cached"]), ("0", "0"))
        self.assertEqual(second, {**first, "cached": "1"})

    def test_every_mode(self):  # CP-037, CP-057, CP-064 to CP-066
        found = self._callouts(
            f"inet://127.0.0.1:{ours[1]}", ("mode1@mfl.test", "MODE=default"),
            ("mode2@nobody.test", r"MODE=mxonly HOST=\"host.test\""),
            ("mode3@nobody.test", r"MODE=hostonly HOST=\"here.host.test\""),
            ("mode4@nobody.test", r"MODE=hostfirst HOST=\"later.host.test\" EHLO=\"me.test\" MAILFROM=\"<>\""))
        self.assertEqual([(answer.get("n"), answer.get("host")) for answer in found],
                         [("0", "mx.mfl.test"), ("0", "mx.ok.test"), ("0", "here.host.test"), ("0", "mx.ok.test")])

    def test_polls_by_the_default_url(self):  # CP-020
        options = ("-v", f"callout_server_url=inet://127.0.0.1:{ours[1]}", "-v", "ehlo_domain=mta.test", "-v",
                   "mailfrom_address=<>")
        found = _mfl('number n stdpoll("poll1@mfl.test", "me.test", "")', _SHOW,
                     'set n strictpoll("here.host.test", "poll2@nobody.test", "", "")', _SHOW,
                     'set n callout("gone.poll@mfl.test")', _SHOW, options=options)
        self.assertEqual([(answer.get("n"), answer.get("host")) for answer in found],
                         [("0", "mx.mfl.test"), ("0", "here.host.test"), ("1", "mx.mfl.test")], found)

    def test_a_parameter_that_we_do_not_know(self):  # CP-034
        [exception] = self._callouts(f"inet://127.0.0.1:{ours[1]}", ("a@mfl.test", "COLOUR=red"))
        self.assertIn("NO unknown attribute", str(exception))

    def test_behind_a_mail_server(self):
        """mtasim, its daemon and `on poll`, as Mailfromd's users write it."""
        statements = """\
  on poll $f do
  when success:
    accept
  when not_found or failure:
    reject 550 5.1.8 "%last_poll_host said %last_poll_recv"
  when temp_failure:
    tempfail 450 4.1.8 "later"
  done"""
        milter = mailfromd.MailfromdMilter(
            namespaces.SCRATCH / "mta", ("127.0.0.1", 7788), _FILTER.format(statements=statements),
            "-v", f"callout_server_url=inet://127.0.0.1:{ours[1]}")
        self.addCleanup(milter.stop)
        for address, expected in (("sim@mfl.test", "250"), ("gone.sim@mfl.test", "550"), ("later.sim@mfl.test", "450")):
            with self.subTest(address):
                replies = milter.simulate("HELO there", f"MAIL FROM:<{address}>")
                self.assertTrue(replies[-2].startswith(expected), f"{replies} {milter.output()}")
                if expected == "550":
                    self.assertIn("mx.mfl.test said 550 5.1.1 no such user here", replies[-2])


class OurClientAgainstTheirServer(unittest.TestCase):
    """`vouchd ask` and calloutd."""

    def test_every_result(self):  # CP-086 to CP-089, CP-094, CP-097, CP-101
        for address, word, status in (("ask.ok@ok.test", "success", 0), ("gone.ask@ok.test", "not_found", 1),
                                      ("later.ask@ok.test", "temp_failure", 2), ("ask@null.test", "failure", 2)):
            with self.subTest(address):
                found, exit_status = _ask(theirs.inet_url, address)
                self.assertEqual((found["status"], exit_status), (word, status))

    def test_the_five_values(self):  # CP-097, CP-099
        found, _ = _ask(theirs.unix_url, "ask.values@ok.test")
        self.assertEqual(found, {
            "status": "success", "last_poll_host": "mx.ok.test", "last_poll_greeting": "220 mx.ok.test ESMTP",
            "last_poll_helo": "250-mx.ok.test", "last_poll_sent": "RCPT TO:<ask.values@ok.test>",
            "last_poll_recv": "250 2.1.5 known here", "cache_used": 0})
        found, _ = _ask(theirs.unix_url, "ask.values@ok.test")
        self.assertEqual((found["status"], found["last_poll_host"], found["cache_used"]), ("success", "", 1))

    def test_every_mode(self):  # CP-090
        for parameters, host in ((("MODE=mxfirst",), "mx.nobody.test"), (("MODE=mxonly", "HOST=host.test"), "mx.ok.test"),
                                 (("MODE=hostonly", "HOST=here.host.test"), "here.host.test"),
                                 (("MODE=hostfirst", "HOST=later.host.test", "EHLO=me.test", "MAILFROM=<>"), "mx.ok.test")):
            with self.subTest(parameters):
                found, _ = _ask(theirs.inet_url, "ask.mode@nobody.test", *parameters)
                self.assertEqual(found["last_poll_host"], host, found)

    def test_quotes_reach_their_server_whole(self):  # CP-089
        found, _ = _ask(theirs.inet_url, 'a \\"b\\" c@ok.test', "MODE=hostonly", "HOST=127.7.0.1")
        self.assertEqual(found["last_poll_sent"], 'RCPT TO:<a \\"b\\" c@ok.test>')

    def test_a_refused_parameter_is_e_callout_proto_for_both_clients(self):  # CP-092
        found, status = _ask(theirs.inet_url, "a@ok.test", "MODE=hostonly")
        self.assertEqual((found["error"], found["text"], status), ("e_callout_proto", "NO mode requires host", 76))
        [exception] = _mfl(f'number fd callout_open("{theirs.inet_url}")',
                           'number n callout_do(fd, "a@ok.test", "MODE=hostonly")')
        self.assertEqual(exception, {"exception": "22", "NO mode requires host": ""})

    def test_a_mail_server_is_e_callout_proto_for_both_clients(self):  # CP-092
        found, status = _ask(_SMTP_SERVER, "a@ok.test")
        self.assertEqual((found["error"], found["text"], status), ("e_callout_proto", "220 mx.ok.test ESMTP", 76))
        [exception] = _mfl(f'number fd callout_open("{_SMTP_SERVER}")')
        self.assertEqual(exception, {"exception": "22", "220 mx.ok.test ESMTP": ""})

    def test_nobody_there_and_an_unknown_scheme(self):  # CP-104, CP-105
        found, status = _ask("inet://127.0.0.1:9", "a@ok.test")
        self.assertEqual((found["error"], status), ("e_failure", 69))
        found, status = _ask("tcp://127.0.0.1:9", "a@ok.test")
        self.assertEqual((found["error"], status), ("e_range", 64))
        self.assertIn("tcp", found["text"])


class OurClientAgainstOurServer(unittest.TestCase):
    def test_every_word_of_the_protocol(self):  # CP-050, CP-094
        url = f"inet://127.0.0.1:{ours[1]}"
        for address, word, status in (("own@ok.test", "success", 0), ("gone.own@ok.test", "not_found", 1),
                                      ("later.own@ok.test", "temp_failure", 2), ("own@relay.test", "failure", 2),
                                      ("own@silent.test", "timeout", 2)):
            with self.subTest(address):
                found, exit_status = _ask(url, address)
                self.assertEqual((found["status"], exit_status), (word, status))


def _folder():
    return namespaces.SCRATCH / "vouchd"


def _start(stack):
    global theirs, remembering, ours, mailfromd_client
    scratch = namespaces.SCRATCH
    world = Process([os.environ["TESTMTA"], "world", "--port", "25", "--dns-port", "53", _WORLD], scratch / "world")
    stack.callback(world.stop)
    world.wait_ready(lambda: "ready\n" in world.text())
    ours = ("127.0.0.1", 3536)
    vouchd = Vouchd(_folder(), 'mode = "enforce"', f"unix:{_folder()}/milter.sock", _NAME_SERVER, "127.0.0.1/32",
                    _OUR_SERVER.format(folder=_folder(), port=ours[1]))
    stack.callback(_stop, vouchd)
    theirs = mailfromd.Calloutd(scratch / "calloutd", ("127.0.0.1", 3535))
    stack.callback(_stop, theirs)
    remembering = mailfromd.Calloutd(scratch / "remembering", ("127.0.0.1", 3537),
                                     "database cache { negative-expire-interval 60; }\n")
    stack.callback(_stop, remembering)
    mailfromd_client = mailfromd.Mailfromd(scratch / "client")


def _stop(peer):
    status = peer.stop()
    if status != 0:
        raise PeerFailed(f"{peer} ended with {status}")


def main():
    for program in ("VOUCHD", "TESTMTA"):
        if program not in os.environ:
            sys.exit(f"{program} must name the program to test; \"ctest -L interop\" sets it")
    namespaces.move_in("mailfromd")
    namespaces.furnish("vouch.example.test", _NAME_SERVER[0], files=mailfromd.FILES)
    with contextlib.ExitStack() as stack:
        _start(stack)
        program = unittest.main(module="__main__", verbosity=2, exit=False)
    sys.exit(not program.result.wasSuccessful())


if __name__ == "__main__":
    main()
