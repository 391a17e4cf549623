"""Innocent mail during the storm: the same senders over and over, and now and then one that nobody has asked about yet."""

import multiprocessing
import time

import internet
import milter

BETWEEN_MESSAGES = 0.16  # 45 in a minute of each sender: callout.domain_rate allows 60 questions about a domain
BETWEEN_NEW_SENDERS = 10.0
NETWORK = "198.51.{}.7"
NETWORKS = 30  # so that none has its mail asked about more often than callout.client_rate allows
HOSTS = ("good.example", "second.example")
LATE = 2.0  # seconds: a machine may be so slow that a callout's time is over, and then mail passes
TRIES = 5


class Told:
    """What the innocents saw."""

    def __init__(self):
        self.known, self.new = [], []  # delays in seconds
        self.wrong = []  # (seconds since the beginning, sender, expected, got)
        self.slow = []  # (delay, seconds since the beginning, sender)
        self.late = 0  # senders that were let pass because their time was over


def _letter(answer):
    return chr(answer[0])


class _Mail:
    def __init__(self, place):
        self._place = place
        self._connections = {}
        self.told = Told()
        self._begun = time.monotonic()

    def ask(self, network, sender, expected, delays):
        """Asks over a connection that is kept, as mail servers keep theirs; returns the delay."""
        begun = time.monotonic()
        try:
            if network not in self._connections:
                self._connections[network] = milter.Connection(self._place, NETWORK.format(network))
                begun = time.monotonic()
            got = _letter(self._connections[network].ask(sender))
        except OSError as failed:
            self._connections.pop(network, None)
            got = type(failed).__name__
        delays.append(time.monotonic() - begun)
        if delays[-1] > 1:
            self.told.slow.append((round(delays[-1], 1), round(begun - self._begun, 1), sender))
        if got == "c" != expected and delays[-1] > LATE:
            self.told.late += 1
        elif got != expected:
            self.told.wrong.append((round(begun - self._begun, 1), sender, expected, got))

    def run(self, stop):
        senders = list(internet.INNOCENT.items())
        asked, new_at, serial = 0, time.monotonic(), 0
        while not stop.is_set():
            sender, expected = senders[asked % len(senders)]
            self.ask(asked // len(senders) % NETWORKS, sender, expected, self.told.known)
            asked += 1
            if time.monotonic() >= new_at:
                new_at += BETWEEN_NEW_SENDERS
                host, serial = HOSTS[serial % 2], serial + 1
                who, answer = (("new", "c"), ("unknown", "y"))[serial // 2 % 2]
                self.ask(100 + serial % 4, f"{who}{serial}@{host}", answer, self.told.new)
            time.sleep(BETWEEN_MESSAGES)


def _process(place, stop, results):
    mail = _Mail(place)
    mail.run(stop)
    results.put(mail.told)


class Innocents:
    """They run in a process of their own, so that the strangers' work is not taken for vouchd's delay."""

    def __init__(self, place):
        self._stop, self._results = multiprocessing.Event(), multiprocessing.Queue()
        self._process = multiprocessing.Process(target=_process, args=(place, self._stop, self._results), daemon=True)
        self._process.start()

    @property
    def pid(self):
        return self._process.pid

    def end(self):
        self._stop.set()
        told = self._results.get(timeout=90)
        self._process.join(10)
        return told


def before_the_storm(place):
    """Returns what the innocents hear while nothing else happens: {sender: letter}. A callout may need another try."""
    for _ in range(TRIES):
        heard = _heard(place)
        if heard == internet.INNOCENT:
            break
    return heard


def _heard(place):
    heard = {}
    for n, sender in enumerate(internet.INNOCENT):
        connection = milter.Connection(place, NETWORK.format(n))
        heard[sender] = _letter(connection.ask(sender))
        connection.close()
    return heard
