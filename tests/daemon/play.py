"""Plays a testmta script against vouchd on a world. Exit status: that of `testmta run`."""

import argparse
import subprocess
import sys

from site_of_tests import Site

arguments = argparse.ArgumentParser(description=__doc__)
for name in ("vouchd", "testmta", "world"):
    arguments.add_argument(f"--{name}", required=True)
arguments.add_argument("script")
chosen = arguments.parse_args()

with Site(chosen.vouchd, chosen.testmta, chosen.world) as site:
    status = subprocess.run([chosen.testmta, "run", "--milter", site.socket, chosen.script], check=False).returncode
    if status != 0:
        print(site.log())
    ended = site.daemon.stop()
    if ended != 0:
        print(f"vouchd ended with {ended}")
sys.exit(status or (1 if ended else 0))
