"""Models of both sides at each moment of a stream: libmilter's transition table, and our policy.

Both follow what was sent and received, and are valid only while the two sides have agreed so far.
"""

import re

import wire

_STATES = ("INIT", "OPTS", "CONN", "HELO", "MAIL", "RCPT", "DATA", "HDRS", "EOHS", "BODY", "ENDM", "QUIT",
           "ABRT", "UNKN", "Q_NC")
_TARGETS = dict(zip("OCHMRTLNBEQAUK", _STATES[1:]))
_TARGETS.update(U="UNKN", K="Q_NC", A="ABRT", Q="QUIT")
_ALLOWED = {
    "INIT": "O", "OPTS": "CU", "CONN": "HMU", "HELO": "HMU", "MAIL": "RAU", "RCPT": "RTLNBEAU", "DATA": "LNA",
    "HDRS": "LNA", "EOHS": "BEA", "BODY": "BEA", "ENDM": "MUQK", "QUIT": "", "ABRT": "", "UNKN": "HMRTBAUQK",
    "Q_NC": "CU"}
_IN_MESSAGE = _STATES[4:10]
_STAGES = dict(M="mail", R="rcpt", T="data", L="header", N="eoh", B="body", E="eom")

_ENHANCED = re.compile(rb"y([45])\d\d[ -]([245])\.\d")


def verdict_in(outcome):
    """Returns the last reply's letter, "" if there was no reply."""
    return chr(outcome.replies[-1][0]) if outcome.replies else ""


def classes_differ(reply):
    found = _ENHANCED.match(reply)
    return bool(found) and found[1] != found[2]


class Libmilter:
    """Its states (milter-protocol.md 5.1). Marks of steps that were declined make it skip states."""

    def __init__(self):
        self.state = "INIT"
        self._marked = frozenset()

    @property
    def in_message(self):
        return self.state in _IN_MESSAGE

    def action(self, letter):
        """Returns "ok" or "drop", preceded by "abort " if the abort callback runs first."""
        if self._reaches(self.state, letter):
            return "ok"
        abort = "abort " if self.in_message else ""
        return abort + ("ok" if self._reaches("HELO", letter) else "drop")

    def advance(self, item, outcome):
        letter = item.letter
        if letter not in _TARGETS:
            return  # macros go anywhere; faults end the session
        if self.action(letter).endswith("drop"):
            self.state = "HELO"
            return
        self.state = _TARGETS[letter]
        verdict = verdict_in(outcome)
        if verdict == "O":
            agreed = int.from_bytes(outcome.replies[-1][9:13], "big")
            self._marked = frozenset(_TARGETS[letter] for letter, bit in wire.NO_BITS.items() if agreed & bit)
        if verdict == "a" or (verdict and verdict in "rtdy" and letter not in "RU"):
            self.state = "HELO"

    def _reaches(self, state, letter):
        while letter not in _ALLOWED[state]:
            following = _STATES.index(state) + 1
            if following == len(_STATES) or _STATES[following] not in self._marked:
                return False
            state = _STATES[following]
        return True


class Policy:
    """Our side's state (milter-protocol.md 5.2 and 5.3)."""

    def __init__(self):
        self.agreed = None  # steps, once negotiated
        self.connected = False  # a connect, or something after it, since negotiation or K
        self.accepted = False  # the whole connection
        self.open = False  # the filter has had an event that a close must follow
        self.stage = None  # of the message in progress, decided or not
        self.decided = ""  # the verdict that ended it early, and
        self.decided_at = None
        self.skipped = False  # the rest of the body
        self.ended = False  # the last message came to its end
        self.quit_nc = False  # K came, and no connect since

    @property
    def in_message(self):
        return self.stage is not None and not self.decided

    def answers(self, letter):
        return not (self.agreed or 0) & wire.NR_BITS.get(letter, 0)

    def advance(self, item, outcome):
        letter, verdict = item.letter, verdict_in(outcome)
        if letter == "O" and verdict == "O":
            self.agreed = int.from_bytes(outcome.replies[-1][9:13], "big")
            self.open = True
        elif self.agreed is None or not letter or letter in "DQO":
            return
        elif letter == "K":
            self._forget()
            self.connected = self.accepted = self.open = False
            self.quit_nc = True
        elif letter == "A":
            self._forget()
        else:
            self._command(letter, verdict)

    def _command(self, letter, verdict):
        self.open = True
        if letter != "U":
            self.connected = True
        if letter == "C":
            self.quit_nc = False
            self.accepted = verdict == "a"
        if letter == "H" or letter == "M":
            self._forget()
        if letter == "M":
            self.ended = False
            self.stage = "mail"
        elif letter in _STAGES and self.in_message:
            self.stage = _STAGES[letter]
        if letter == "B" and verdict == "s":
            self.skipped = True
        if letter == "E":
            self._forget()
            self.ended = True
        elif letter in _STAGES and self.in_message and (verdict == "a" or verdict == "d"
                                                        or (verdict and verdict in "rty" and letter != "R")):
            self.decided, self.decided_at = verdict, self.stage

    def _forget(self):
        self.stage, self.decided, self.decided_at, self.skipped = None, "", None, False
