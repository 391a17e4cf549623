#!/usr/bin/env python3
"""Storms vouchd with what strangers do, while a few innocents go on, and says what that cost.

`testmta world` plays the Internet, in a network of the test's own. Prints one line each ten seconds, and at the end each bound
with its peak, the memory, the innocents' verdicts and delays, and the loop's lag. Exit status: 0 if every bound held, no
innocent's verdict changed, the daemon ended well, and (in runs of 30 minutes and more) memory was flat.
"""

import argparse
import asyncio
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import innocents  # noqa: E402
import internet  # noqa: E402
import measures  # noqa: E402
import strangers  # noqa: E402
from peers import daemon, namespaces  # noqa: E402
from peers.process import Process, wait_until  # noqa: E402

MILTER, CALLOUTS = ("127.0.0.1", 7357), ("127.0.0.1", 7358)
BETWEEN_SAMPLES = 10.0
MEMORY_IS_JUDGED_FROM = 30  # minutes


def configuration(written, folder):
    """Returns the world's configuration with the limits as they come, with sockets for strangers, and its log on stderr."""
    lines = [line for line in written.splitlines() if not line.startswith(("client_rate", "domain_rate", "organisation_rate",
                                                                         "address_rate", "allow = [", "target =", "file ="))]
    text = "\n".join(lines)
    text = text.replace("listen = [", f'listen = ["inet:{MILTER[1]}@{MILTER[0]}", ', 1)
    text = text.replace("[destinations]", '[destinations]\nallow = ["127.0.0.0/8"]')
    text = text.replace("[callout]", '[callout]\nmail_from = ["<>", "probe@good.example"]', 1)
    text = text.replace("[server]", '[server]\ndrain_timeout = "5s"\n' + daemon.INTERVAL)
    text = text.replace("[log]", '[log]\ntarget = "stderr"')
    return text + (f'\n[callout_server]\nenabled = true\n'
                   f'listen = ["inet:{CALLOUTS[1]}@{CALLOUTS[0]}", "unix:{folder}/callout.sock"]\n')


class Witness:
    """A vouchd that nobody asks. How late its loop is, is the machine's doing, and no scheduler tells all of that: a host
    that runs us on its own processors delays timers, too."""

    def __init__(self, binaries, folder):
        folder.mkdir()
        (folder / "vouchd.toml").write_text(
            f'config_version = 1\n[server]\nstate_dir = "{folder}"\n{daemon.INTERVAL}\n'
            f'[milter]\nlisten = ["unix:{folder}/milter.sock"]\nsocket_group = ""\n'
            f'[control]\nlisten = "unix:{folder}/control.sock"\n')
        self._control = folder / "control.sock"
        self._process = Process([binaries / "vouchd", "-c", folder / "vouchd.toml", "serve"], folder / "log")

    def end(self):
        """Returns its status, or nothing if it has none."""
        told = measures.status_of(self._control)
        self._process.stop()
        return told if "loop" in told else None


class Site:
    """The world and the daemon of a storm, and a daemon that has nothing to do."""

    def __init__(self, binaries, more):
        self._folder = tempfile.TemporaryDirectory(prefix="storm-")
        self.folder = pathlib.Path(self._folder.name)
        config = self.folder / "vouchd.toml"
        (self.folder / "storm.world").write_text(internet.text())
        self.world = Process([binaries / "testmta", "world", self.folder / "storm.world", "--write-config", config],
                             self.folder / "world.out")
        self.world.wait_ready(config.exists)
        config.write_text(configuration(config.read_text(), self.folder) + more)
        self.daemon = subprocess.Popen([binaries / "vouchd", "-c", config, "serve"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.witness = Witness(binaries, self.folder / "witness")
        self.log = measures.LogReader(self.daemon.stderr)
        self.log.start()
        wait_until(lambda: self.log.ready.is_set() or self.daemon.poll() is not None, "vouchd")
        if self.daemon.poll() is not None:
            raise SystemExit(f"vouchd ended with {self.daemon.returncode}: {self.log.examples}")
        self.places = strangers.Places(MILTER, f"{self.folder}/milter.sock", CALLOUTS, f"{self.folder}/callout.sock")

    def status(self):
        return measures.status_of(self.folder / "control.sock")

    def end(self):
        """Returns the daemon's exit status."""
        self.daemon.terminate()
        try:
            ended = self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            ended = f"{self.daemon.wait()} (it did not end)"
        self.log.join(10)
        self.world.stop()
        self._folder.cleanup()
        return ended


class Watch(threading.Thread):
    """Samples until it is told to stop, and keeps the pace."""

    def __init__(self, site, pace, storm, samples):
        super().__init__(daemon=True)
        self._site, self._pace, self._storm, self._file = site, pace, storm, samples
        self.samples, self.peaks = [], {}
        self._over = threading.Event()
        self._begun = time.monotonic()

    def run(self):
        next_sample = time.monotonic()
        while not self._over.wait(1.0):
            self._pace.adjust()
            if time.monotonic() >= next_sample:
                next_sample += BETWEEN_SAMPLES
                self.sample()

    def sample(self):
        one = measures.footprint(self._site.daemon.pid)
        one.update(at=round(time.monotonic() - self._begun), rate=round(self._pace.rate), cores=round(self._pace.used, 2),
                   status=self._site.status())
        self.samples.append(one)
        for row in one["status"].get("bounds", []):
            known = self.peaks.setdefault(row["what"], row)
            if row["now"] > known["now"]:
                self.peaks[row["what"]] = row
        print(f"{one['at']:5} s  {one['rss'] / 1024:7.1f} MiB  {one['descriptors']:4} descriptors  {one['threads']} threads"
              f"  {one['rate']:4} strangers/s  {one['cores']:.2f} cores", flush=True)
        if self._file:
            self._file.write(json.dumps(one) + "\n")
            self._file.flush()

    def end(self):
        self._over.set()
        self.join()
        self.sample()


class Report:
    def __init__(self):
        self.faults = []

    def holds(self, is_so, what):
        print(("holds   " if is_so else "BROKEN  ") + what)
        if not is_so:
            self.faults.append(what)


def bounds_of(watch, report):
    if not watch.peaks:
        print("(this vouchd tells no numbers)")
        return
    print(f"\n{'what':34} {'bound':>12} {'peak':>12}")
    for what, row in watch.peaks.items():
        print(f"{what:34} {row['most']:>12} {row['now']:>12}")
    for what, row in watch.peaks.items():
        if row["now"] > row["most"]:
            report.holds(False, f"{what}: {row['now']}, and {row['most']} is the bound")


def by_lateness(loop):
    return ", ".join(f"{one['to_ms'] or 'more'}: {one['moments']}" for one in loop["late"])


def judge_loop(status, witness, report):
    if "loop" not in status or not witness:
        return print("(this vouchd tells nothing of its loop)")
    idle = witness["loop"]
    print(f"the loop, moments by ms:       {by_lateness(status['loop'])}")
    print(f"the same of one that is idle:  {by_lateness(idle)}; longest {idle['longest_ms']:.1f} ms")
    try:
        daemon.judge(status, is_ours=idle["longest_ms"] < daemon.HARDLY_EVER_MS)
        report.holds(True, "the loop never stood still")
    except daemon.LoopStoodStill as failed:
        report.holds(False, str(failed))


def judge(chosen, watch, told, site, witness, ended, storm):
    report = Report()
    bounds_of(watch, report)
    print(f"\nstrangers: {sum(storm.begun.values())} begun, {storm.turned_away} found no room: {dict(storm.begun)}")
    print(f"as they saw it: {dict(storm.failed)}")
    print(f"the log: {dict(site.log.events)}")
    for event, line in list(site.log.examples.items())[:20]:
        print(f"    {line.decode(errors='replace').strip()[:200]}")
    resident = [one["rss"] / 1024 for one in watch.samples]
    print(f"\nmemory: highest {max(resident):.1f} MiB; descriptors {max(one['descriptors'] for one in watch.samples)},"
          f" threads {max(one['threads'] for one in watch.samples)}")
    if len(resident) >= 3:
        flat, middle, last = measures.is_flat(resident)
        line = f"memory is flat: middle third at most {middle:.1f} MiB, last third {last:.1f} MiB ({last / middle - 1:+.1%})"
        report.holds(flat, line) if chosen.minutes >= MEMORY_IS_JUDGED_FROM else print(line)
    print(f"known innocents: {measures.delays(told.known)}")
    print(f"new innocents:   {measures.delays(told.new)}")
    if told.slow:
        print(f"    of them {len(told.slow)} in more than a second: {sorted(told.slow, reverse=True)[:5]}")
    if told.late:
        print(f"{told.late} innocents were let pass because their time was over")
    report.holds(not told.wrong, f"the innocents hear what they heard before the storm {told.wrong[:10]}")
    judge_loop(watch.samples[-1]["status"], witness, report)
    report.holds(ended == 0, f"vouchd ended with {ended}")
    faults = {name: count for name, count in site.log.events.items() if name in ("fault", "cache_down", "cache_recovered")}
    report.holds(not faults, f"nothing failed inside vouchd {faults or ''}")
    return report.faults


def run(chosen):
    site = Site(chosen.binaries, chosen.more)
    expected = innocents.before_the_storm(MILTER)
    if expected != internet.INNOCENT:
        raise SystemExit(f"before the storm the innocents hear {expected}, and not {internet.INNOCENT}")
    mail = innocents.Innocents(MILTER)
    pace = measures.Pace([site.daemon.pid, site.world.pid, mail.pid, "self"], chosen.cores, chosen.most)
    storm = strangers.Storm(site.places, chosen.seed)
    samples = open(chosen.samples, "w", encoding="utf-8") if chosen.samples else None
    watch = Watch(site, pace, storm, samples)
    watch.start()
    asyncio.run(storm.rage(pace, time.monotonic() + chosen.minutes * 60))
    watch.end()
    told = mail.end()
    witness = site.witness.end()
    ended = site.end()
    return judge(chosen, watch, told, site, witness, ended, storm)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binaries", type=pathlib.Path, required=True, help="the folder of vouchd and testmta")
    arguments.add_argument("--minutes", type=float, default=1)
    arguments.add_argument("--cores", type=float, default=0.7, help="what all processes together may take")
    arguments.add_argument("--most", type=float, default=500, help="strangers in a second")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--samples", type=pathlib.Path, help="a file for all samples, a JSON object a line")
    arguments.add_argument("--more", default="", help="further sections of the configuration")
    chosen = arguments.parse_args()
    if not namespaces.inside():
        namespaces.require()
        namespaces.enter()
    namespaces.become_reachable_at("192.0.2.1")
    faults = run(chosen)
    print("the storm did no harm" if not faults else f"{len(faults)} broken")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
