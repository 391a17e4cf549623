"""`testmta send`: one message, and what becomes of it."""

import pathlib
import unittest

from processes import run, tempfile
from fake_filter import CONTINUE, FakeFilter, agreement, reply

MAIL = "Subject: hello\nX-A: 1\n\nHello.\n"


def send(answers=None, *options, status=0, mail=MAIL):
    with tempfile.TemporaryDirectory() as folder, FakeFilter(answers) as fake:
        pathlib.Path(folder, "a mail.eml").write_text(mail)
        return run("send", "--milter", fake.spec, *options, "a mail.eml", status=status, cwd=folder), fake.heard


class Send(unittest.TestCase):
    def test_the_message_is_printed_as_it_becomes(self):
        edits = [b"hX-B\0two\0", b"m\0\0\0\1x-a\0one\0", b"+<carol@example.net>\0", CONTINUE]
        said, _ = send({b"O": agreement(actions=0x1ff), b"E": edits})
        self.assertEqual(said, 'outcome: delivered\nedit: add-header "X-B" "two"\nedit: change-header 1 "x-a" "one"\n'
                               'edit: add-rcpt "<carol@example.net>"\nfrom: <alice@example.org>\n'
                               "rcpt: <bob@example.net>\nrcpt: <carol@example.net>\n\n"
                               "Subject: hello\nX-A: one\nX-B: two\n\nHello.\n")

    def test_a_refusal_is_told(self):
        said, _ = send({b"E": reply("550 5.7.1 not this")})
        self.assertTrue(said.startswith("reply: 550 5.7.1 not this\noutcome: rejected\n"), said)
        said, _ = send({b"M": b"t"})
        self.assertTrue(said.startswith("outcome: deferred\n"), said)

    def test_the_envelope_and_the_client_are_chosen(self):
        _, heard = send(None, "--from", "<>", "--rcpt", "a@b", "--rcpt", "<c@d>", "--client", "h", "--address", "unknown",
                        "--helo", "me$")
        self.assertIn(b"M<>\0", heard[0])
        self.assertIn(b"R<a@b>\0", heard[0])
        self.assertIn(b"R<c@d>\0", heard[0])
        self.assertIn(b"Hme$\0", heard[0])

    def test_what_cannot_be_sent(self):
        self.assertIn("testmta send: this message cannot be sent\n", send(None, "--address", "1.2", status=2)[0])
        self.assertIn('"1.2" is not an address', send(None, "--address", "1.2", status=2)[0])
        said = run("send", "--milter", "unix:/nowhere/x", "nothing.eml", status=2)
        self.assertIn("nothing.eml: No such file or directory", said)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.eml").write_text(MAIL)
            said = run("send", "--milter", f"unix:{folder}/x", "a.eml", status=3, cwd=folder)
        self.assertIn("testmta send: the filter cannot be reached at unix:", said)

    def test_a_filter_that_breaks_the_protocol(self):
        said, _ = send({b"E": b"Z"}, status=1)
        self.assertIn('testmta send: expected an answer that the protocol knows, got unknown letter "Z"; session main', said)
        self.assertIn("> EOM", said)

    def test_frames_are_shown_if_wanted(self):
        self.assertIn("> MAIL <alice@example.org>", send(None, "--transcript")[0])


if __name__ == "__main__":
    unittest.main()
