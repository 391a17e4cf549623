"""The page of `testmta world` in a real browser. Chromium is large, so it is used where it is, and not asked for."""

import pathlib
import smtplib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "testmta" / "python"))

import processes
from browser import CHROMIUM, SECONDS, Browser
from cannot_run import cannot_run, must_run, only_where
from testmta_world import World

WORLD = """
peer mx.a.example at 127.77.13.1
    on rcpt bob@* -> reply 550 5.1.1 "no <b>bob</b>"
end
"""


def talk(world, subject):
    peer = world.peer("mx.a.example")
    with smtplib.SMTP(peer.address, peer.port, timeout=SECONDS) as client:
        client.sendmail("<i>@a.example", ["ann@a.example", "bob@a.example"], f"Subject: {subject}\r\n\r\nhello\r\n")


class Page(unittest.TestCase):
    @only_where(CHROMIUM or not must_run())
    def test_TM_133_conversations_are_shown_live(self):  # TM-133
        if not CHROMIUM:
            cannot_run("chromium is not installed")
        with World(WORLD) as world:
            talk(world, "earlier")
            with Browser(world.url) as browser:
                browser.wait_until('document.getElementById("state").textContent == "live"')
                self.assertIn("#1 mx.a.example", browser.run("document.body.innerText"))
                self.assertIn("earlier", browser.run('document.getElementById("mail").innerText'))
                talk(world, "live")
                browser.wait_until('document.querySelectorAll("details:not(.open)").length == 2')
                first = browser.run('document.querySelector("details").innerText')
                self.assertIn("#2 mx.a.example", first)
                self.assertIn("< 550 5.1.1 no <b>bob</b>\n", first)
                self.assertEqual(browser.run('document.querySelectorAll("#conversations b, #mail i, td b").length'), 0)
                self.assertIn("live", browser.run('document.getElementById("mail").innerText'))

                browser.run('document.getElementById("rules").value = "on rcpt -> cloes"')
                browser.run('document.querySelector("#change button").click()')
                browser.wait_until('document.getElementById("said").textContent.includes("did you mean \\"close\\"")')
                browser.run('document.getElementById("rules").value = "on rcpt bob@* -> reply 451 later"')
                browser.run('document.querySelector("#change button").click()')
                browser.wait_until('document.getElementById("said").textContent == "done"')
                talk(world, "changed")
                browser.wait_until('document.querySelector("details").innerText.includes("< 451 later")')


if __name__ == "__main__":
    unittest.main()
