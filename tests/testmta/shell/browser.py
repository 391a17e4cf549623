"""A headless Chromium for tests, driven through its DevTools protocol."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

SECONDS = 300  # ends what hangs
CHROMIUM = shutil.which("chromium")


class _WebSocket:
    """The little of RFC 6455 that DevTools needs: text messages, in both directions."""

    def __init__(self, url):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.rsplit(":", 1)
        self._socket = socket.create_connection((name, int(port)), SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self._stream = self._socket.makefile("rb")
        while self._stream.readline() != b"\r\n":
            pass

    def send(self, text):
        octets, mask = text.encode(), os.urandom(4)
        size = len(octets).to_bytes(8, "big")
        head = bytes([0x81, 0x80 | 127]) + size + mask
        self._socket.sendall(head + bytes(one ^ mask[i % 4] for i, one in enumerate(octets)))

    def receive(self):
        whole, last = b"", False
        while not last:
            first, size = self._stream.read(2)
            last = first & 0x80
            if size >= 126:
                size = int.from_bytes(self._stream.read(2 if size == 126 else 8), "big")
            whole += self._stream.read(size)
        return whole.decode()

    def close(self):
        self._stream.close()
        self._socket.close()


class Browser:
    """A context manager that shows a page."""

    def __init__(self, url):
        self._url = url

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                   f"--user-data-dir={self._profile.name}", self._url]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = os.path.join(self._profile.name, "DevToolsActivePort")
        try:
            self.wait_for(lambda: os.path.exists(port_file) and open(port_file).read().count("\n"))
            self._port = open(port_file).readline().strip()
            self._socket = _WebSocket(self.wait_for(self._page))
        except BaseException:
            self._end()
            raise
        return self

    def _page(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/json", timeout=SECONDS) as reply:
            pages = [one for one in json.load(reply) if one["type"] == "page"]
        return pages and pages[0]["webSocketDebuggerUrl"]

    def wait_for(self, what):
        """Returns what the function returns, as soon as that is something."""
        end = time.monotonic() + SECONDS
        while not (found := what()):
            assert time.monotonic() < end and self._process.poll() is None, "the browser does not come to that"
            time.sleep(0.05)
        return found

    def run(self, script):
        """Returns the value of a JavaScript expression in the page."""
        self._socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate",
                                      "params": {"expression": script, "returnByValue": True}}))
        while (said := json.loads(self._socket.receive())).get("id") != 1:
            pass
        return said["result"]["result"].get("value")

    def wait_until(self, script):
        return self.wait_for(lambda: self.run(script))

    def _end(self):
        self._process.kill()
        self._process.wait()
        self._profile.cleanup()

    def __exit__(self, *_):
        self._socket.close()
        self._end()
