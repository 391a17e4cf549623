"""Real mail and DNS servers for the tests, from folders that tests/peers/unpack fetched."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "support"))
