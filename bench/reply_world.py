"""The corpus of replies (tests/callout/replies) as a world of `testmta world`: each reply has a domain and a mail
server of its own."""

import csv
import dataclasses
import pathlib

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "callout" / "replies" / "replies.csv"

LOCAL_PART = "ann.smith"
OUR_ADDRESS = "203.0.113.77"  # as the replies show it
MISSING = ("no_mailbox", "disabled")
CLOSING = ("421", "521")
HOSTS_OF_A_NETWORK = 250

# What an asker gets who writes "MAIL FROM: <...>", with a blank that RFC 5321 forbids and nearly every server takes.
_LENIENT = """\
    on mail -> reply 250 2.1.0 "sender ok"
    on rcpt -> reply 250 2.1.5 "recipient ok"
"""

# Every program must get these right; otherwise it was not set up as it should be.
EXISTS = f"{LOCAL_PART}@exists.example"
GONE = f"{LOCAL_PART}@gone.example"
_CONTROLS = """\
zone exists.example
    @ mx 10 mx
    mx a 127.77.250.1
end
peer mx.exists.example at 127.77.250.1
{lenient}end
zone gone.example
    @ mx 10 mx
    mx a 127.77.250.2
end
peer mx.gone.example at 127.77.250.2
    on rcpt -> reply 550 5.1.1 "No such user here"
{lenient}end
"""


@dataclasses.dataclass(frozen=True)
class Reply:
    """A row of the corpus, and the address for which it is given."""

    number: int
    columns: dict = dataclasses.field(compare=False)

    @property
    def address(self):
        return f"{LOCAL_PART}@{self.domain}"

    @property
    def domain(self):
        return f"r{self.number:03d}.example"

    @property
    def truth(self):
        return self.columns["truth"]

    @property
    def innocent(self):
        return self.truth not in MISSING

    @property
    def countable_missing(self):
        """Returns whether a verifier should refuse: a 4xx asks for another try, even about a missing mailbox."""
        return not self.innocent and self.columns["code"].startswith("5")

    @property
    def about_one_mailbox(self):
        return not self.innocent or self.truth == "full"

    def wire(self):
        text = self.columns["text"].format(a=self.address, l=LOCAL_PART, d=self.domain, ip=OUR_ADDRESS)
        lines = text.split(" | ")
        separators = ["-"] * (len(lines) - 1) + [" "]
        front = f"{self.columns['enhanced']} " if self.columns["enhanced"] else ""
        return "".join(f"{self.columns['code']}{separator}{front}{line}\r\n"
                       for separator, line in zip(separators, lines))

    def peer(self, lenient=False):
        """Returns the zone and the mail server in the language of worlds."""
        address = f"127.77.{self.number // HOSTS_OF_A_NETWORK}.{self.number % HOSTS_OF_A_NETWORK + 1}"
        stage = self.columns["stage"].rstrip("?")
        closes = stage == "greeting" or self.columns["code"] in CLOSING
        action = f"send {_quoted(self.wire())}{', close' if closes else ''}"
        stages = ["ehlo", "helo"] if stage == "ehlo" else [stage]
        rules = "".join(f"    on {one}{self._condition(stage)} -> {action}\n" for one in stages)
        if lenient:
            # With the blank the server does not see the sender, and these askers never have the null sender.
            rules = ("" if self.columns["sender"] else rules) + _LENIENT
        return (f"zone {self.domain}\n    @ mx 10 mx\n    mx a {address}\nend\n"
                f"peer mx.{self.domain} at {address}\n{rules}end\n")

    def _condition(self, stage):
        if not self.columns["sender"]:
            return ""
        return f" {self.columns['sender']}" if stage == "mail" else f" sender {self.columns['sender']}"

    def shown(self):
        words = [self.columns[name] for name in ("stage", "code", "enhanced", "text")]
        return f"{self.truth}, {self.columns['provider']}: {' '.join(word for word in words if word)}"


def read():
    with open(CORPUS, encoding="utf-8", newline="") as file:
        return [Reply(number, columns) for number, columns in enumerate(csv.DictReader(file))]


def world(replies, *, lenient):
    controls = _CONTROLS.format(lenient=_LENIENT if lenient else "")
    return controls + "".join(reply.peer(lenient) for reply in replies)


def _quoted(text):
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"'
