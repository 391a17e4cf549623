"""What strangers do to vouchd, all at the same time: each kind is one coroutine that ends by itself."""

import asyncio
import collections
import os
import random
import struct
import time

import internet
import milter

MOST_AT_ONCE = 700  # strangers; one that finds no room stays away
LONGEST_LIFE = 45  # seconds
MACHINES = 48  # loopback addresses that strangers connect from


class Places:
    """Where vouchd listens."""

    def __init__(self, milter_inet, milter_unix, callout_inet, callout_unix):
        self.milter_inet, self.milter_unix = milter_inet, milter_unix
        self.callout_inet, self.callout_unix = callout_inet, callout_unix


class Storm:
    def __init__(self, places, seed):
        self.places = places
        self.chance = random.Random(seed)
        self.begun, self.failed = collections.Counter(), collections.Counter()
        self.turned_away = 0
        self._serial = 0
        self._tasks = set()

    # ------------------------------------------------------------ names

    def client(self):
        """An address of the Internet, of one of very many networks."""
        number = self.chance.getrandbits(32)
        if self.chance.random() < 0.3:
            return f"2a{number >> 24:02x}:{number >> 8 & 0xffff:x}:{number & 0xffff:x}:1::{number & 0xff:x}"
        return f"{self.chance.randrange(20, 100)}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def local_part(self):
        self._serial += 1
        return f"u{self._serial}x{self.chance.getrandbits(24):x}"

    def sender(self, domain):
        return f"{self.local_part()}@{domain}"

    def missing_domain(self):
        return f"m{self.chance.getrandbits(40):x}.test"

    # ------------------------------------------------------------ connections

    async def connect(self, unix, inet):
        if self.chance.random() < 0.3:
            return await asyncio.open_unix_connection(unix)
        machine = f"127.40.{self.chance.randrange(MACHINES)}.1"
        return await asyncio.open_connection(*inet, local_addr=(machine, 0))

    def to_milter(self):
        return self.connect(self.places.milter_unix, self.places.milter_inet)

    def to_callouts(self):
        return self.connect(self.places.callout_unix, self.places.callout_inet)

    async def messages_from(self, senders, answers_for=40.0):
        """One SMTP session with a message of each sender; it leaves when the answers take too long."""
        reader, writer = await self.to_milter()
        try:
            writer.write(milter.hello(self.client()))
            for sender in senders:
                writer.write(milter.mail(sender) + milter.RCPT + milter.ABORT)
            await writer.drain()
            await asyncio.wait_for(reader.read(1), answers_for)  # the negotiation
            end = time.monotonic() + answers_for
            heard = 0
            while heard < 60 and time.monotonic() < end:
                got = await asyncio.wait_for(reader.read(4096), end - time.monotonic())
                if not got:
                    return
                heard += len(got)
                if heard > 13 + 10 * len(senders):
                    break
            writer.write(milter.QUIT)
        finally:
            writer.close()

    # ------------------------------------------------------------ what they do

    async def many_names(self):
        await self.messages_from([self.sender(internet.a_flooded_domain(self.chance)) for _ in range(4)], 20)

    async def missing_domains(self):
        await self.messages_from([self.sender(self.missing_domain()) for _ in range(4)], 20)

    async def hostile_servers(self):
        await self.messages_from([self.sender(internet.a_hostile_domain(self.chance))])

    async def greylisting(self):
        await self.messages_from([self.sender(internet.a_greylisting_domain(self.chance))])

    async def odd_zones(self):
        await self.messages_from([self.sender(internet.an_odd_zone(self.chance)) for _ in range(2)])

    async def abandoned(self):
        """Asks what takes long, and hangs up."""
        _, writer = await self.to_milter()
        writer.write(milter.hello(self.client()) + milter.mail(self.sender(internet.a_hostile_domain(self.chance))) + milter.RCPT)
        await writer.drain()
        await asyncio.sleep(self.chance.random() * 2)
        writer.transport.abort()

    async def silent(self):
        """Connects, perhaps negotiates, and says nothing more."""
        opening = self.chance.choice((self.to_milter, self.to_callouts))
        _, writer = await opening()
        if opening == self.to_milter and self.chance.random() < 0.7:
            writer.write(milter.hello(self.client()))
        await asyncio.sleep(LONGEST_LIFE - 5)
        writer.close()

    async def broken_packets(self):
        reader, writer = await self.to_milter()
        good = milter.hello(self.client())
        broken = self.chance.choice((
            os.urandom(400), struct.pack(">I", 0xffffffff) + b"O", struct.pack(">I", 0) * 50, good + milter.packet("C"),
            good + milter.packet("M", b"no end of text"), good + milter.packet("R", b"\0" * 5000), good + milter.RCPT * 30,
            good + struct.pack(">I", 60000) + b"M" + b"a" * 30000, milter.packet("M", b"<a@b.example>\0"),
            good + milter.packet("Z", b"x" * 60000), milter.packet("O", b"\0" * 11), good + milter.packet("B", b"y" * 65000) * 3))
        writer.write(broken)
        await writer.drain()
        await asyncio.wait_for(reader.read(4096), 5)
        await asyncio.sleep(1)
        writer.close()

    async def macros(self):
        """Macros before negotiation and after it, tiny ones in thousands and large ones."""
        _, writer = await self.to_milter()
        tiny = b"".join(b"%d\0%d\0" % (n, n) for n in range(4000))
        many = milter.packet("D", b"M" + tiny) if self.chance.random() < 0.5 else milter.packet("D", b"M{a}\0" + b"v" * 60000 + b"\0")
        if self.chance.random() < 0.5:
            writer.write(many * 3 + milter.hello(self.client()))
        else:
            writer.write(milter.hello(self.client()) + many * 4 + milter.mail(self.sender(self.missing_domain())) + milter.RCPT)
        await writer.drain()
        await asyncio.sleep(2)
        writer.close()

    async def many_recipients(self):
        _, writer = await self.to_milter()
        sender = self.sender(internet.a_flooded_domain(self.chance))
        recipients = b"".join(milter.packet("R", b"<r%d%s@local.example>\0" % (n, b"x" * 60)) for n in range(2500))
        writer.write(milter.hello(self.client()) + milter.mail(sender) + recipients)
        await asyncio.sleep(4)
        writer.transport.abort()

    async def reads_nothing(self):
        """Asks on and on, and reads no answer."""
        reader, writer = await self.to_milter()
        reader._transport.pause_reading()  # pylint: disable=protected-access
        writer.write(milter.hello(self.client()) + (milter.mail("a@b.test") + milter.RCPT + milter.ABORT) * 400)
        await asyncio.sleep(20)
        writer.transport.abort()

    async def callout_questions(self):
        """A pipeline of questions of all kinds, whose answers may not be waited for."""
        reader, writer = await self.to_callouts()
        domain = self.chance.choice((internet.a_flooded_domain, internet.a_hostile_domain, internet.a_greylisting_domain,
                                     internet.an_odd_zone))
        odd = ("", "", " MODE=hostfirst HOST=127.20.2.1", " EHLO=other.example", ' MAILFROM="x@good.example,<>"', " STARTTLS=always")
        lines = [f"VRFY {self.sender(domain(self.chance))}{self.chance.choice(odd)}" for _ in range(10)]
        if self.chance.random() < 0.2:
            lines.insert(0, "TIMEOUT 0 0 0 0 0 0 0")
        writer.write("".join(f"{line}\r\n" for line in [*lines, "RUN"]).encode())
        await writer.drain()
        if self.chance.random() < 0.5:
            await asyncio.wait_for(reader.readuntil(b"="), 30)
        writer.close()

    async def broken_lines(self):
        reader, writer = await self.to_callouts()
        writer.write(self.chance.choice((
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\nVRFY a@b.example\r\n", b"VRFY " + b"x" * 70000, os.urandom(2000) + b"\r\n",
            b"SET A=B\r\nGET C\r\nDROP 5\r\n" * 300, b"VRFY a@b.test\r\n" * 2000, b"\r\n" * 5000)))
        await asyncio.wait_for(reader.read(65536), 5)
        await asyncio.sleep(2)
        writer.close()

    def kinds(self):
        """What a stranger does, and how often among a hundred."""
        return {self.many_names: 34, self.missing_domains: 12, self.hostile_servers: 8, self.greylisting: 4, self.odd_zones: 6,
                self.abandoned: 6, self.silent: 6, self.broken_packets: 7, self.macros: 3, self.many_recipients: 1,
                self.reads_nothing: 1, self.callout_questions: 8, self.broken_lines: 4}

    # ------------------------------------------------------------ all of them

    async def one(self, what):
        try:
            await asyncio.wait_for(what(), LONGEST_LIFE)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError) as failed:
            self.failed[f"{what.__name__}: {type(failed).__name__}"] += 1

    async def rage(self, pace, ends):
        """Sends strangers at the pace, until the time `ends`."""
        kinds = self.kinds()
        due = time.monotonic()
        while time.monotonic() < ends:
            due = max(due + self.chance.expovariate(pace.rate), time.monotonic() - 0.25)
            await asyncio.sleep(max(0, due - time.monotonic()))
            if len(self._tasks) >= MOST_AT_ONCE:
                self.turned_away += 1
                continue
            [what] = self.chance.choices(list(kinds), list(kinds.values()))
            self.begun[what.__name__] += 1
            task = asyncio.ensure_future(self.one(what))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await asyncio.wait([*self._tasks, asyncio.ensure_future(asyncio.sleep(0))], timeout=5)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.sleep(0.1)
