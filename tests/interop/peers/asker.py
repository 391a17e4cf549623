"""The engine with the real world: asks about addresses and returns all that it found out."""

import json
import os
import subprocess


HELO = "probe.example.test"


class Answer:
    """The driver's document; its keys are attributes, and `poll`'s are those of a dictionary."""

    def __init__(self, document):
        self.__dict__.update(document)
        self.document = document

    @property
    def verdict(self):
        weak = " weak" if self.strength == "weak" else ""
        return f"{self.status}/{self.reason}{weak}"

    def commands(self):
        """Returns the verbs that we sent, in order."""
        return [line[2:].split()[0] for line in self.dialogue if line.startswith("> ")]

    def __str__(self):
        return json.dumps(self.document, indent=1)


def ask(name_server, address, **options):
    """Returns the `Answer` for that address; the options are the driver's."""
    options = {"dns": "{}:{}".format(*name_server), "helo": HELO, **options}
    words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
    run = subprocess.run([os.environ["CALLOUT_DRIVER"], *words, address], stdout=subprocess.PIPE, text=True,
                         check=True, timeout=120)
    return Answer(json.loads(run.stdout))
