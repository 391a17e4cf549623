"""The intended differences from libmilter, each under its number in docs/spec/milter-protocol.md.

A rule looks at the first difference in a stream: the state of both sides before, what was sent, and what each side
did. It must not excuse anything but its own divergence, so most ask for the exact outcome of our side.
"""

import dataclasses
import socket

import models
from models import classes_differ, verdict_in
from peer import Outcome
from wire import Item

_LOG = dict(C="connect", H="helo", M="mail", R="rcpt", T="data", L="header", N="eoh", B="body", E="eom",
            U="unknown")


@dataclasses.dataclass(frozen=True)
class Case:
    """The first difference. `item` is None for the end of file."""

    item: Item
    libmilter: models.Libmilter
    policy: models.Policy
    theirs: Outcome
    ours: Outcome

    @property
    def letter(self):
        return self.item.letter if self.item else ""

    @property
    def ends(self):
        """Whether nothing follows: the end of file or Q."""
        return self.item is None or self.letter == "Q"

    @property
    def we_fail(self):
        """Whether our side takes the failure path: abort if a message is open, close, and the socket."""
        log = ("abort",) * self.policy.in_message + ("close",) * self.policy.open
        return self.ours == Outcome((), log, True)

    @property
    def they_drop(self):
        """Whether libmilter drops the item as its model predicts: no reply, and no callback except perhaps abort."""
        if not self.letter or not self.libmilter.action(self.letter).endswith("drop"):
            return False
        aborts = self.libmilter.action(self.letter).startswith("abort")
        return self.theirs == Outcome((), ("abort",) * aborts, False)

    @property
    def we_answer_unasked(self):
        """Whether our side answers the MTA without calling the filter."""
        answer = b"a" if self.policy.accepted or self.policy.decided == "a" else b"c"
        replies = (answer,) if self.policy.answers(self.letter) else ()
        return self.ours == Outcome(replies, (), False)

    @property
    def we_process(self):
        """Whether the event reaches our filter, after an abort that is due."""
        log = self.ours.log[1:] if self.ours.log[:1] == ("abort",) else self.ours.log
        return len(log) == 1 and log[0].split()[0] == _LOG.get(self.letter) and not self.ours.closed

    @property
    def they_fail_to_read(self):
        """Whether libmilter takes a packet for part of a message, and cannot read it."""
        return _is_unreadable(self.item) and self.theirs == Outcome((), ("abort", "close"), True)

    @property
    def they_process(self):
        return any(line.split()[0] == _LOG.get(self.letter) for line in self.theirs.log)


RULES = []


def divergence(name, text):
    def add(applies):
        RULES.append((name, text, applies))
        return applies
    return add


def explain(case):
    """Returns the name of the divergence, or None."""
    return next((name for name, _, applies in RULES if applies(case)), None)


# Bytes that are not a packet.


@divergence("MP-004", "a length of 0 ends the session; libmilter swallows a byte of what follows")
def _(case):
    return case.item is not None and case.item.octets.startswith(b"\0\0\0\0") and case.we_fail


@divergence("MP-005", "a length with the top bit ends the session; libmilter takes it for an empty packet")
def _(case):
    return case.item is not None and not case.letter and case.item.octets[:1] >= b"\x80" and case.we_fail


@divergence("MP-081", "HELO without NUL ends the session; libmilter never answers")
def _(case):
    return (case.letter == "H" and b"\0" not in case.item.payload and case.we_fail
            and not case.theirs.replies and not case.theirs.closed)


@divergence("MP-085", "MAIL without NUL began no message; libmilter aborts it")
def _(case):
    discarded = case.policy.decided == "d"  # and aborted by libmilter nevertheless (MP-138)
    return (case.letter == "M" and b"\0" not in case.item.payload and case.ours.closed and case.theirs.closed
            and case.theirs.log == (*("abort",) * (1 + discarded), *case.ours.log)
            and case.ours.replies == case.theirs.replies == ())


@divergence("milter-protocol.md 1.3",
            "an unreadable packet ends the session; libmilter drops it out of order, or aborts twice")
def _(case):
    if case.item is None or not case.we_fail or not _is_unreadable(case.item):
        return False
    return case.they_drop or case.theirs == Outcome((), ("abort", *case.ours.log), True)


def _is_unreadable(item):
    strings, payload = item.payload.split(b"\0"), item.payload
    if item.letter == "L":
        return len(strings) < 3 or strings[0] == b"" or strings[-1] != b""
    if item.letter in ("M", "R", "H"):
        return len(strings) < 2
    if item.letter == "C":
        _, _, address = payload.partition(b"\0")
        return not (address[:1] == b"U" or (address[:1] in (b"4", b"6", b"L") and address[3:].endswith(b"\0")
                                            and _is_address(address[:1], address[3:-1])))
    return item.letter in ("B", "O", "U") and not payload


def _is_address(family, text):
    families = {b"4": socket.AF_INET, b"6": socket.AF_INET6}
    try:
        return family == b"L" or bool(socket.inet_pton(families[family], text.decode().removeprefix("IPv6:")))
    except OSError:
        return False


# The order of sessions.


@divergence("MP-055", "a second offer ends the session; libmilter drops it")
def _(case):
    return case.letter == "O" and case.policy.agreed is not None and case.they_drop and case.we_fail


@divergence("MP-164", "a command before the offer ends the session; libmilter drops it or calls back")
def _(case):
    return (case.policy.agreed is None and case.letter and case.letter in "CHMRTLNBEU" and case.we_fail
            and not case.theirs.closed)


@divergence("MP-076", "text that is not an address means that there is none; libmilter closes the connection")
def _(case):
    return (case.letter == "C" and case.theirs.closed and not case.theirs.replies and not case.they_process
            and case.we_process and case.ours.log[-1].endswith(" -"))


@divergence("MP-163", "a second connect ends the session; libmilter drops it")
def _(case):
    return (case.letter == "C" and case.policy.connected and case.they_drop
            and case.we_fail)


@divergence("MP-169", "after ACCEPT at connect the filter hears nothing more; libmilter goes on")
def _(case):
    return (case.policy.accepted and case.letter and case.letter in "CHMRTLNBEU" and case.we_answer_unasked
            and (case.they_process or case.they_drop))


# The order of messages.


@divergence("MP-138", "DISCARD at RCPT finishes the message; libmilter goes on and may abort")
def _(case):
    policy = case.policy
    if policy.decided != "d" or policy.decided_at != "rcpt":
        return False
    if case.letter and case.letter in "RTLNBE":
        return case.we_answer_unasked and (case.they_process or case.they_drop or case.they_fail_to_read)
    same = (case.theirs.replies, case.theirs.closed) == (case.ours.replies, case.ours.closed)
    return same and case.theirs.log == ("abort", *case.ours.log)


@divergence("defect B1", "an abort without a message does nothing; libmilter calls back if a step was declined")
def _(case):
    return (case.letter == "A" and not case.policy.in_message and case.libmilter.state != "UNKN"
            and case.libmilter.action("A") == "ok"
            and case.theirs == Outcome((), ("abort",), False) and case.ours == Outcome())


@divergence("defect B2", "after U a message is not aborted by libmilter (MP-153, MP-154)")
def _(case):
    same = (case.theirs.replies, case.theirs.closed) == (case.ours.replies, case.ours.closed)
    return (case.libmilter.state == "UNKN" and case.policy.in_message and same
            and case.ours.log == ("abort", *case.theirs.log))


@divergence("defect B3", "an abort after U calls back without a message (MP-155)")
def _(case):
    return (case.letter == "A" and case.libmilter.state == "UNKN" and not case.policy.in_message
            and case.theirs == Outcome((), ("abort",), False) and case.ours == Outcome())


@divergence("defect B4", "after K the close callback runs twice (MP-151)")
def _(case):
    same = (case.theirs.replies, case.theirs.closed) == (case.ours.replies, case.ours.closed)
    return case.policy.quit_nc and same and case.theirs.log == ("close",) and case.ours.log == ()


@divergence("defect B5", "K is obeyed in any state; libmilter drops it and the connect after it (MP-150)")
def _(case):
    if case.letter == "K":
        log = ("abort",) * case.policy.in_message + ("close",) * case.policy.open
        return case.they_drop and case.ours == Outcome((), log, False)
    return case.letter == "C" and case.policy.quit_nc and case.they_drop and case.we_process


@divergence("MP-153", "U changes nothing; libmilter aborts the message, and drops a connect after it")
def _(case):
    if case.letter == "C":
        return case.libmilter.state == "UNKN" and case.they_drop and case.we_process
    return (case.letter == "U" and case.policy.in_message and case.theirs.log == ("abort", *case.ours.log)
            and case.we_process and case.theirs.replies == case.ours.replies)


@divergence("MP-165", "what is out of order, or part of a decided message, is answered; libmilter drops it")
def _(case):
    if case.letter == "C":
        return (case.policy.agreed is not None and not case.policy.connected and case.they_drop
                and case.we_process)
    refused = Outcome((), (), True)  # as if nothing had come before it
    return (case.letter == "O" and case.policy.agreed is None and case.they_drop
            and (verdict_in(case.ours) == "O" or case.ours == refused))


@divergence("defect B6",
            "a verdict on the data of E is given once, a skip goes on to the end (MP-166 to MP-168)")
def _(case):
    if case.letter != "E" or not case.item.payload or not case.policy.in_message:
        return False
    body = f"body {len(case.item.payload)}"
    if case.ours.log == (body,):  # the verdict on the chunk decided the message
        return case.theirs.log == (body,) and case.theirs.replies == 2 * case.ours.replies
    return case.ours.log == (body, "eom") and case.theirs.log == (body,) and len(case.ours.replies) > 0


@divergence("milter-protocol.md 5.6",
            "a body that still comes after a skip does not reach the filter; with libmilter it does")
def _(case):
    if not case.policy.skipped or not case.theirs.log[:1] or not case.theirs.log[0].startswith("body "):
        return False
    return case.we_answer_unasked if case.letter == "B" else case.letter == "E" and case.ours.log == ("eom",)


@divergence("defect B7", "what follows U in a message is processed; libmilter drops it (MP-153)")
def _(case):
    return (case.libmilter.state == "UNKN" and case.policy.in_message and case.letter and case.letter in "LNE"
            and case.they_drop and (case.we_process or case.we_fail))


@divergence("MP-159", "without a message R, T and B are answered unasked; libmilter calls back after U")
def _(case):
    return (case.letter and case.letter in "RTB" and not case.policy.in_message
            and case.libmilter.action(case.letter) == "ok"
            and (case.they_process or case.they_fail_to_read) and case.we_answer_unasked)


@divergence("peculiarity D1", "a recipient after a DATA that the filter refused is answered (MP-160)")
def _(case):
    return (case.letter == "R" and case.policy.decided_at == "data" and case.they_drop
            and case.we_answer_unasked)


@divergence("MP-162", "a second end of message is answered; libmilter drops it")
def _(case):
    return (case.letter == "E" and case.policy.ended and not case.policy.in_message and case.they_drop
            and case.we_answer_unasked)


@divergence("MP-165", "a part of a decided message, or of none, is answered; libmilter drops it")
def _(case):
    return (case.letter and case.letter in "RTLNBE" and not case.policy.in_message and case.they_drop
            and case.we_answer_unasked)


@divergence("MP-161", "a header after the end of the header ends the session; libmilter aborts and drops")
def _(case):
    return (case.letter == "L" and case.policy.stage in ("eoh", "body") and case.they_drop and case.we_fail)


@divergence("milter-protocol.md 5.2", "a step that goes back ends the session; libmilter aborts and drops")
def _(case):
    order = ("mail", "rcpt", "data", "header", "eoh", "body")
    latest = {"R": "data", "T": "data", "N": "header"}.get(case.letter)
    return (latest is not None and case.policy.in_message
            and order.index(case.policy.stage) > order.index(latest) and case.they_drop and case.we_fail)


@divergence("MP-158", "steps may be left out of a message; libmilter aborts and drops")
def _(case):
    return (case.letter and case.letter in "RTLNBE" and case.policy.in_message and case.they_drop
            and case.theirs.log == ("abort",) and not case.ours.closed
            and case.ours.log[:1] and case.ours.log[0].split()[0] in (_LOG[case.letter], "body"))


# What is sent.


@divergence("MP-191", "a reply whose classes differ is refused; libmilter sends it")
def _(case):
    return (verdict_in(case.theirs) == "y" and classes_differ(case.theirs.replies[-1])
            and case.ours.replies[-1:] != case.theirs.replies[-1:] and not case.ours.closed
            and case.ours.log == case.theirs.log)


@divergence("MP-229", "the new body is sent in one run, after the other modifications")
def _(case):
    if case.letter != "E" or case.ours.log != case.theirs.log:
        return False
    (ours, our_body), (theirs, their_body) = map(_without_body, (case.ours.replies, case.theirs.replies))
    letters = bytes(reply[0] for reply in case.ours.replies)
    return ours == theirs and our_body == their_body and letters[:-1].rstrip(b"b").count(b"b") == 0


def _without_body(replies):
    """Returns (the other replies, the whole body)."""
    others = [reply for reply in replies if reply[:1] != b"b"]
    return others, b"".join(reply[1:] for reply in replies if reply[:1] == b"b")
