"""The milter client of emersion/go-milter, which plays an MTA to a filter; from Debian's packages of Go sources."""

import os
import pathlib
import shutil
import subprocess

_SOURCES = pathlib.Path("/usr/share/gocode")
_CLIENT = pathlib.Path(__file__).resolve().parents[1] / "go_milter" / "client.go"


def available():
    return shutil.which("go") is not None and (_SOURCES / "src/github.com/emersion/go-milter").is_dir()


def build(folder):
    """Returns the program. Everything that Go writes is in `folder`."""
    folder = pathlib.Path(folder).resolve()
    for each in ("cache", "path", "tmp"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    program = folder / "client"
    done = subprocess.run(
        ["go", "build", "-o", program, _CLIENT], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="backslashreplace",
        env={**os.environ, "GO111MODULE": "off", "GOPATH": f"{folder / 'path'}:{_SOURCES}",
             "GOCACHE": str(folder / "cache"), "GOTMPDIR": str(folder / "tmp"), "GOENV": "off", "GOFLAGS": "",
             "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"})
    if done.returncode != 0:
        raise AssertionError(f"go build ended with {done.returncode}; its output:\n{done.stdout}")
    return program


def play(program, socket_path, seconds):
    """Returns the line in which the client says what became of its session; client.go lists them.

    It is "hung" if the client had to be killed, and "crashed: ..." also if it ended with a trace.
    """
    try:
        done = subprocess.run([program, socket_path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="backslashreplace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hung"
    if done.returncode != 0:
        return "crashed: " + next(iter(done.stderr.splitlines()), f"status {done.returncode}")
    return done.stdout.strip()
