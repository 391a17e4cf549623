#!/usr/bin/env python3
"""Addresses put to a callout server (vouchd, or GNU Mailfromd's calloutd): how many a second, and with --hold how much
memory they take while they wait.

    callouts.py URL [--clients 50] [--addresses 2000] [--domain s1.example]
    callouts.py URL --hold 10000 --per-client 100 --pid PID --domain silent.example

URL is unix:///path or inet://HOST:PORT. Each address is new; the servers of --domain should answer at once, or, for --hold,
never. Each client is a connection of its own that queues --per-client addresses and runs them.
"""

import argparse
import asyncio
import json
import os
import pathlib
import resource
import time

GREETING = b"OK"


async def connect(url):
    if url.startswith("unix://"):
        return await asyncio.open_unix_connection(url.removeprefix("unix://"))
    host, port = url.removeprefix("inet://").rsplit(":", 1)
    return await asyncio.open_connection(host, int(port))


class Client:
    async def open(self, url):
        self.reader, self.writer = await connect(url)
        assert (await self.reader.readline()).startswith(GREETING)
        return self

    async def ask(self, line):
        self.writer.write(line.encode() + b"\r\n")
        while (answer := await self.reader.readline()).startswith(b"*"):
            pass
        if not answer.startswith(b"OK"):
            raise SystemExit(f"{line}: {answer.decode().strip() or 'closed'}")
        return answer

    def close(self):
        self.writer.close()


async def throughput(chosen):
    """Every client asks one address after the other, as a mail server's filters do."""
    names = iter(range(chosen.addresses))
    mark = os.urandom(4).hex()
    clients = [await Client().open(chosen.url) for _ in range(chosen.clients)]
    words = {}
    times = []

    async def work(client):
        for name in names:
            begun = time.monotonic()
            await client.ask(f'VRFY "u{name}.{mark}@{chosen.domain}"')
            word = (await client.ask("RUN")).decode().strip().rsplit("=", 1)[-1]
            times.append(time.monotonic() - begun)
            words[word] = words.get(word, 0) + 1

    begun = time.monotonic()
    await asyncio.gather(*(work(one) for one in clients))
    took = time.monotonic() - begun
    for one in clients:
        one.close()
    times.sort()
    return {"clients": chosen.clients, "addresses": chosen.addresses, "per_second": round(chosen.addresses / took),
            "median_ms": round(times[len(times) // 2] * 1000, 1), "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
            "answers": words}


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1])
    raise SystemExit(f"no memory of {pid}")


def processes_of(pid):
    return 1 + sum(processes_of(int(child)) for child in
                   pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


async def hold(chosen):
    """All addresses wait at the same time."""
    mark = os.urandom(4).hex()
    before = resident_kib(chosen.pid)
    clients = []
    for first in range(0, chosen.hold, chosen.per_client):
        client = await Client().open(chosen.url)
        clients.append(client)
        for name in range(first, min(first + chosen.per_client, chosen.hold)):
            await client.ask(f'VRFY "u{name}.{mark}@{chosen.domain}"')
        client.writer.write(b"RUN\r\n")
    await asyncio.sleep(chosen.settle)
    after = resident_kib(chosen.pid)
    found = {"waiting": chosen.hold, "processes": processes_of(chosen.pid),
             "kib_each": round((after - before) / chosen.hold, 2), "resident_kib": after}
    for one in clients:
        one.close()
    return found


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("url")
    words.add_argument("--clients", type=int, default=50)
    words.add_argument("--addresses", type=int, default=2000)
    words.add_argument("--domain", default="s1.example")
    words.add_argument("--hold", type=int, default=0)
    words.add_argument("--per-client", type=int, default=100)
    words.add_argument("--settle", type=float, default=1.0)
    words.add_argument("--pid", type=int, help="of the server, for --hold")
    chosen = words.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print(json.dumps(asyncio.run(hold(chosen) if chosen.hold else throughput(chosen))))


main()
