"""`testmta run` against a filter of a few lines: what passes, what fails, and how a failure is explained."""

import re
import unittest

from processes import pathlib, run, tempfile
from fake_filter import CONTINUE, HALF_A_FRAME, MTA_SAYS_NO_MORE, STAY, FakeFilter, Raw, agreement, reply

HELLO = "  connect client.example.org 192.0.2.7\n  helo client.example.org\n"
ENVELOPE = "  mail <a@example.org>\n  rcpt <b@example.net>\n"
CONTENT = "  data\n  header Subject s\n  eoh\n  body x\n"


def play(script, answers=None, status=0, options=()):
    """Plays a script, and returns its output and what the filter received."""
    with tempfile.TemporaryDirectory() as folder, FakeFilter(answers) as fake:
        file = pathlib.Path(folder, "test.mts")
        file.write_text(script)
        said = run("run", "--milter", fake.spec, *options, "test.mts", status=status, cwd=folder)
        return said, fake.heard


def in_test(lines):
    return f'test "one"\n{lines}end\n'


class Run(unittest.TestCase):
    def test_TM_001_all_pass(self):  # TM-001
        said, _ = play(in_test(HELLO + ENVELOPE + CONTENT + "  eom\n  quit\n"))
        self.assertEqual(said, "1..1\nok 1 - one\n")

    def test_the_example_of_the_documentation_is_a_script(self):
        page = pathlib.Path(__file__).parents[3] / "docs/testmta_run.md"
        example = page.read_text().split("\n```\n")[1]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "documented.mts")
            file.write_text(example)
            run("check", file)

    def test_an_unknown_command_is_named(self):
        self.assertIn("frob", run("frob", status=2))
        self.assertIn("A subcommand is required", run(status=2))

    def test_TM_001_one_fails(self):  # TM-001
        said, _ = play(in_test(HELLO) + in_test(HELLO + "  mail <a@b> -> reject\n"), status=1)
        self.assertIn("ok 1 - one\nnot ok 2 - one\n", said)

    def test_TM_002_a_mistake_keeps_all_from_being_played(self):  # TM-002
        said, heard = play(in_test(HELLO) + in_test("  rpct <x>\n"), status=2)
        self.assertIn("test.mts:6:3:", said)
        self.assertEqual(heard, [])

    def test_TM_003_unreachable(self):  # TM-003
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "test.mts")
            file.write_text(in_test(HELLO))
            said = run("run", "--milter", f"unix:{folder}/nobody", file, status=3)
            self.assertIn("Bail out! the filter cannot be reached at unix:", said)

    def test_what_is_not_a_milter_is_named_and_quoted(self):
        banners = {b"220 mx.example ESMTP\r\n": '"220 mx.example ESMTP\\x0d\\x0a"',
                   b"HTTP/1.1 400 Bad Request\r\n\r\n": '"HTTP/1.1 400 Bad Request\\x0d\\x0a\\x0d\\x0a"',
                   b"\x15\x03\x03\x00\x02\x02\x46": '"\\x15\\x03\\x03\\x00\\x02\\x02F"',
                   b"x" * 64: f'"{"x" * 64}"',
                   b"x" * 65: f'"{"x" * 64}"...',
                   b"x" * 100000: f'"{"x" * 64}"...'}
        for banner, shown in banners.items():
            with self.subTest(banner[:20]):
                said, _ = play(in_test(HELLO) * 2, {b"O": Raw(banner)}, status=3)
                self.assertRegex(said, r"^1\.\.2\nBail out! inet:\d+@127\.0\.0\.1 is not a milter; it said ")
                self.assertTrue(said.endswith(f" it said {shown}\n"), said)

    def test_a_milter_that_counts_wrong_is_a_milter(self):
        said, _ = play(in_test(HELLO), {b"O": Raw(b"\0\0\0\0")}, status=1)
        self.assertIn("expected an answer to the negotiation, got a frame of length 0", said)

    def test_a_descriptor_is_not_a_socket_to_connect_to(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "test.mts").write_text(in_test(HELLO))
            said = run("run", "--milter", "fd:3", "test.mts", status=2, cwd=folder)
            self.assertEqual(said, 'testmta run: --milter: "fd:3" is not a socket to connect to; '
                                   "expected unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST\n")

    def test_TM_008_only_selects_by_name(self):  # TM-008
        script = 'test "red"\n  open\nend\ntest "blue"\n  open\nend\n'
        said, _ = play(script, options=["--only", "bl*"])
        self.assertEqual(said, "1..1\nok 1 - blue\n")
        said, _ = play(script, status=2, options=["--only", "green"])
        self.assertIn('no test has a name that matches "green"', said)

    def test_TM_025_the_offer_comes_first(self):  # TM-025
        _, heard = play(in_test(HELLO))
        self.assertEqual(heard[0][0], bytes.fromhex("4f 00000006 000001ff 001fffff"))

    def test_TM_026_bits_that_were_not_offered(self):  # TM-026
        said, _ = play(in_test(HELLO), {b"O": agreement(steps=0x40000000)}, status=1)
        self.assertIn("expected only steps that were offered, also got 0x40000000", said)

    def test_TM_044_an_answer_to_abort_is_unsolicited(self):  # TM-044
        script = in_test(HELLO + ENVELOPE + "  abort\n  mail <c@example.org>\n")
        said, _ = play(script, {b"A": CONTINUE}, status=1)
        # It may arrive before or after the next step's own answer; either way it is one too many.
        self.assertRegex(said, "expected nothing (before this step|more), got continue")

    def test_TM_045_quit_must_close(self):  # TM-045
        said, _ = play(in_test("  open\n  negotiate\n  quit -> closed within 60s\n"))
        self.assertIn("ok 1", said)

    def test_TM_049_declined_events_are_not_sent(self):  # TM-049
        script = HELLO + "  mail <a@b>\n  force rcpt <c@d>\n"
        _, heard = play(in_test(script), {b"O": agreement(steps=0x2 | 0x8)})
        self.assertNotIn(b"H", [one[:1] for one in heard[0]])
        self.assertIn(b"R", [one[:1] for one in heard[0]])  # TM-050

    def test_TM_055_a_second_answer_is_reported(self):  # TM-055
        said, _ = play(in_test(HELLO), {b"H": [CONTINUE, CONTINUE]}, status=1)
        self.assertIn("expected nothing more, got continue", said)

    def test_TM_055_a_second_answer_is_reported_however_late(self):  # TM-055
        said, _ = play(in_test(HELLO), {MTA_SAYS_NO_MORE: CONTINUE}, status=1)
        self.assertIn("test.mts:3:3: expected nothing more, got continue", said)
        refused = in_test("  dialect postfix\n  connect h 192.0.2.7 -> reject\n  quit\n")
        said, _ = play(refused, {b"C": b"r", MTA_SAYS_NO_MORE: CONTINUE}, status=1)
        self.assertIn("test.mts:4:3: expected nothing more, got continue", said)

    def test_TM_061_half_an_answer_at_the_end_is_reported(self):  # TM-061
        said, _ = play(in_test(HELLO), {MTA_SAYS_NO_MORE: HALF_A_FRAME}, status=1)
        self.assertIn("expected nothing more, got the connection closed after CONTINUE and 3 bytes of an "
                      "unfinished frame", said)

    def test_a_filter_that_does_not_close_is_reported(self):
        said, _ = play(in_test("  timeout quit 50ms\n" + HELLO), {MTA_SAYS_NO_MORE: STAY}, status=1)
        self.assertIn("expected the filter to close its side after the MTA, got nothing within 50ms", said)

    def test_a_second_session_is_like_the_first(self):
        session = "  open\n" + HELLO + ENVELOPE + "  quit\n"
        for dialect in "plain", "postfix", "sendmail":
            with self.subTest(dialect):
                _, heard = play(in_test(session + session), options=["--dialect", dialect])
                self.assertEqual(heard[0], heard[1])

    def test_TM_057_reply(self):  # TM-057
        answers = {b"R": reply("550 5.1.1 no such user")}
        script = HELLO + "  mail <a@b>\n  rcpt <c@d> -> reply 550 5.1.1 {}\n"
        for text, status in [('"no such user"', 0), ("", 0), ("~ such", 0), ('"no"', 1), ("~ nobody", 1)]:
            with self.subTest(text):
                play(in_test(script.format(text)), answers, status)

    def test_TM_062_silence(self):  # TM-062
        said, _ = play(in_test(HELLO + "  expect nothing within 50ms\n"), {b"H": [CONTINUE, b"r"]}, status=1)
        self.assertIn("expected nothing within 50ms, got reject", said)

    def test_TM_063_every_wait_has_a_limit(self):  # TM-063
        said, _ = play(in_test("  timeout helo 50ms\n" + HELLO), {b"H": []}, status=1)
        self.assertIn("test.mts:4:3: expected continue, got nothing within 50ms", said)

    def test_TM_054_progress_is_not_an_answer(self):  # TM-054
        play(in_test(HELLO + ENVELOPE + CONTENT + "  eom -> continue\n"), {b"E": [b"p", b"p", CONTINUE]})

    def test_TM_065_modifications_before_the_end(self):  # TM-065
        said, _ = play(in_test(HELLO), {b"H": [b"hX\0y\0", CONTINUE]}, status=1)
        self.assertIn("expected modifications only at end of message, got ADD-HEADER X y", said)

    def test_TM_078_pieces_arrive_as_frames(self):  # TM-078
        _, heard = play(in_test("  write split each 1 gap 1ms\n" + HELLO))
        self.assertEqual(heard[0][-1], b"Hclient.example.org\0")

    def test_TM_080_drop(self):  # TM-080
        _, heard = play(in_test("  connect h 192.0.2.7\n  drop after 6\n  helo client\n"))
        self.assertEqual(heard[0][-1], b"Hc")

    def test_TM_084_a_filter_that_closes(self):  # TM-084
        said, _ = play(in_test(HELLO), {b"C": None}, status=1)
        self.assertIn("expected continue, got the connection closed", said)

    def test_TM_091_a_failure_shows_where_and_what(self):  # TM-091
        said, _ = play(in_test(HELLO + "  mail <a@b> -> accept\n"), status=1)
        self.assertRegex(said, re.compile(
            r"not ok 1 - one\n"
            r"  test.mts:4:3: expected accept, got continue\n"
            r"        mail <a@b> -> accept\n"
            r"        \^\n"
            r"  session main, message 1, after 0 recipients; negotiated version 6, steps 0x0\n"
            r"(.*\n)* +\d+\.\d+ ms > MAIL <a@b>\n"
            r" +00 00 00 07 4d 3c 61 40 62 3e 00 +\|....M<a@b>.\|\n"
            r" +\d+\.\d+ ms < CONTINUE\n"
            r" +00 00 00 01 63 +\|....c\|\n"))

    def test_dialects_send_what_their_mta_sends(self):
        script = HELLO + ENVELOPE + CONTENT + "  eom\n  quit\n"
        letters = {
            "plain": "ODCHDMDRTLNBDEQ",
            "postfix": "ODCDHDMDRDTDLDNDBDEAAQ",
            "sendmail": "ODCDHDMDRTLNBDEQ",
        }
        for dialect, expected in letters.items():
            with self.subTest(dialect):
                _, heard = play(in_test(script), options=["--dialect", dialect])
                self.assertEqual("".join(chr(one[0]) for one in heard[0]), expected)


if __name__ == "__main__":
    unittest.main()
