"""Tests that the comparison of verdicts gives each reply as the corpus says, and counts what a verifier concludes."""

import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "interop"))

import reply_world  # noqa: E402
import verdict_table  # noqa: E402
from reply_world import Reply  # noqa: E402
from verifiers import Answer  # noqa: E402

YES = Answer(missing=False, words="yes", exists=True)
NO = Answer(missing=True, words="no")
WE = Answer(missing=False, words="we", about_us=True)


def reply(number, truth, code="550", stage="rcpt", **columns):
    return Reply(number, {"provider": "somebody", "code": code, "enhanced": "", "text": "no", "truth": truth,
                          "stage": stage, "sender": "", **columns})


class TheReply(unittest.TestCase):
    def test_has_its_codes_in_every_line(self):
        two_lines = reply(7, "full", enhanced="5.2.2", text="{a} | of {d} from {ip}")
        self.assertEqual(two_lines.wire(), "550-5.2.2 ann.smith@r007.example\r\n"
                                           "550 5.2.2 of r007.example from 203.0.113.77\r\n")

    def test_is_given_at_its_stage(self):
        for stage, rule in (("rcpt?", "on rcpt -> send"), ("mail", "on mail -> send"), ("ehlo", "on helo -> send")):
            self.assertIn(rule, reply(1, "rate", stage=stage).peer())

    def test_closes_at_the_greeting_and_where_its_code_says_so(self):
        for how in ({"stage": "greeting"}, {"code": "421"}):
            self.assertIn(", close", reply(1, "rate", **how).peer())
        self.assertNotIn(", close", reply(1, "rate").peer())

    def test_is_for_the_null_sender_alone_if_it_says_so(self):
        self.assertIn("on rcpt sender <> ->", reply(1, "refuses_us", sender="<>").peer())
        self.assertIn("on mail <> ->", reply(1, "refuses_us", stage="mail", sender="<>").peer())

    def test_is_not_for_an_asker_who_never_has_the_null_sender(self):
        self.assertNotIn("-> send", reply(1, "refuses_us", sender="<>").peer(lenient=True))
        self.assertIn("-> send", reply(1, "refuses_us").peer(lenient=True))

    def test_each_has_an_address_of_its_own(self):
        replies = reply_world.read()
        self.assertGreater(len(replies), 250)
        peers = [line.split()[-1] for one in replies for line in one.peer().splitlines() if line.startswith("peer ")]
        self.assertEqual(len(set(peers)), len(replies))


class TheCount(unittest.TestCase):
    def judged(self, *pairs):
        replies = [one for one, _ in pairs]
        return verdict_table.judge("it", replies, {one.address: answer for one, answer in pairs})

    def test_of_the_innocents_called_missing(self):
        figures = self.judged((reply(0, "refuses_us"), NO), (reply(1, "full"), YES), (reply(2, "greylist"), WE))
        self.assertEqual((figures["innocents"], figures["innocents_called_missing"]), (3, 1))
        self.assertFalse(verdict_table.is_met(figures))

    def test_of_the_missing_found(self):
        pairs = [(reply(number, "disabled"), NO) for number in range(19)]
        figures = self.judged(*pairs, (reply(19, "no_mailbox"), YES), (reply(20, "no_mailbox", code="450"), YES))
        self.assertEqual((figures["missing"], figures["missing_found"]), (20, 19))
        self.assertTrue(verdict_table.is_met(figures))
        self.assertFalse(verdict_table.is_met(self.judged(*pairs[:18], (reply(19, "no_mailbox"), YES))))

    def test_of_the_mailboxes_whose_refusal_was_taken_for_one_of_us(self):
        figures = self.judged((reply(0, "full"), WE), (reply(1, "no_mailbox"), WE), (reply(2, "refuses_us"), WE))
        self.assertEqual(figures["taken_for_us"], 2)


if __name__ == "__main__":
    unittest.main()
