"""The commands of vouchd as a person or a script calls them: output, exit status, bad input."""

import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

from site_of_tests import from_environment, wait_until

GOOD, UNDELIVERABLE, UNDETERMINED, USAGE, BAD_DATA, NO_INPUT, UNAVAILABLE = 0, 1, 2, 64, 65, 66, 69
CONFIGURATION, INTERRUPTED = 78, 130


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(from_environment())

    def check(self, status, *words, input=None):
        done = self.site.run(*words, input=input)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_DM_024_every_command_has_help(self):  # DM-024
        for command in ("serve", "check", "print-config", "explain", "verify"):
            self.assertIn(command, self.check(GOOD, command, "--help").stdout)

    def test_the_file_may_be_named_behind_the_command(self):
        done = subprocess.run([self.site.vouchd, "check", "-c", self.site.config], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr.splitlines()[-1]), (GOOD, "the configuration is valid"))

    def test_DM_160_status_tells_how_late_the_loop_is_and_how_full_everything(self):  # DM-160
        told = json.loads(self.check(GOOD, "status", "--json").stdout)
        self.assertEqual(told["loop"]["interval_ms"], 5)
        self.assertEqual(told["loop"]["moments"], sum(one["moments"] for one in told["loop"]["late"]))
        bounds = {one["what"]: (one["now"], one["most"]) for one in told["bounds"]}
        self.assertEqual(bounds["questions"], (0, 2200))
        self.assertEqual(bounds["control_clients"], (1, 300))
        self.assertTrue(all(now <= most for now, most in bounds.values()), bounds)
        page = (pathlib.Path(__file__).parent.parent.parent / "docs" / "bounds.md").read_text()
        self.assertEqual([name for name in bounds if f"`{name}`" not in page], [], "docs/bounds.md has to name all")
        lines = self.check(GOOD, "status").stdout.splitlines()
        self.assertRegex(lines[0], r"^loop: \d+ moments; the longest stop was [\d.]+ ms")
        self.assertEqual({line.split()[0] for line in lines[lines.index("") + 2:]}, set(bounds))

    def test_output_that_is_lost_is_no_success(self):
        for words in (["print-config"], ["explain", "ann@exists.example"], ["verify", "--quiet", "-"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([self.site.vouchd, "-c", self.site.config, *words], input="ann@exists.example\n",
                                      stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 74, words)
            self.assertIn("the output could not be written", done.stderr)

    def test_unknown_commands_and_options_are_usage_errors(self):
        self.assertIn("A subcommand is required", self.check(USAGE).stderr)
        self.assertIn("selftest", self.check(USAGE, "selftest").stderr)
        self.assertIn("frob", self.check(USAGE, "check", "frob").stderr)
        self.check(USAGE, "explain")
        said = self.check(USAGE, "explain", "a@b.example", "--client", "nonsense").stderr
        self.assertIn("--client: nonsense is not a valid IP address", said)
        self.check(USAGE, "verify", "--jobs", "0")

    def test_DM_027_explain_tells_scripts_by_its_status(self):  # DM-027
        self.check(GOOD, "explain", "ann@exists.example")
        self.check(UNDELIVERABLE, "explain", "ghost@exists.example")
        self.check(UNDETERMINED, "explain", "newcomer@greylist.example")

    def test_explain_says_what_a_reply_means(self):
        shown = self.check(GOOD, "explain", "--reply", "550 5.1.1 no such user").stdout.splitlines()
        self.assertEqual(shown[0], "means      fail/no_mailbox")
        self.assertIn("refuses    yes", shown)
        self.assertIn('words      "no such user" is about a mailbox that does not exist', shown)
        blocked = self.check(GOOD, "explain", "--at", "greeting", "--reply",
                             "521 5.7.1 Service unavailable; client [192.0.2.1] blocked").stdout
        self.assertIn("means      error/blocked", blocked)
        self.assertIn("holds for  us", blocked)

    def test_explain_of_a_reply_names_the_rule_that_decides(self):
        said = "550 5.4.1 Recipient address rejected: Access denied"
        self.assertIn("means      error/policy", self.check(GOOD, "explain", "--reply", said).stdout)
        known = self.check(GOOD, "explain", "--json", "--reply", said, "--host", "x.mail.protection.outlook.com").stdout
        found = json.loads(known)
        self.assertEqual((found["status"], found["reason"], found["enhanced"]), ("fail", "no_mailbox", "5.4.1"))
        self.assertIn("rule exchange-online-unknown (providers.rules:", found["because"])

    def test_explain_of_a_reply_reads_several_lines(self):
        for several in ("550-user | 550 unknown", "550-user\r\n550 unknown\r\n", "550 user | unknown"):
            self.assertIn("means      fail/no_mailbox", self.check(GOOD, "explain", "--reply", several).stdout, several)

    def test_explain_of_a_reply_leaves_out_the_address(self):
        said = ["explain", "--reply", "550 blacklisted.user@exists.example: user unknown"]
        self.assertIn("fail/no_mailbox", self.check(GOOD, *said, "blacklisted.user@exists.example").stdout)

    def test_rules_of_ones_own_come_first_and_are_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            rules, config = pathlib.Path(folder) / "own.rules", pathlib.Path(folder) / "own.toml"
            text = pathlib.Path(self.site.config).read_text()
            config.write_text(text.replace("[callout]", f'[callout]\nreply_rules = ["{rules}"]', 1))
            rule = "rule backend\n    means temporary\n    host .partner.example\n    reply 550 5.1.1\n"

            def run(*words):
                return subprocess.run([self.site.vouchd, "-c", config, *words], capture_output=True, text=True, check=False)

            rules.write_text(rule)
            said = run("explain", "--reply", "550 5.1.1 no such user", "--host", "mx.partner.example").stdout
            self.assertIn("means      transient/temporary", said)
            self.assertIn(f"rule backend ({rules}:1", said)
            rules.write_text(rule + "topic lost\n")
            done = run("check")
            self.assertEqual(done.returncode, CONFIGURATION)
            self.assertIn(f'names a file with an error: {rules}:5: there is no topic "lost"', done.stderr)
            rules.unlink()
            self.assertIn("which cannot be read", run("check").stderr)

    def test_what_is_not_a_reply_is_refused(self):
        for nonsense in ("hello", "55", "650 no", "550x"):
            self.assertIn("this is not a reply of a mail server", self.check(BAD_DATA, "explain", "--reply", nonsense).stderr)
        self.check(USAGE, "explain", "--reply", "550 no", "--logged", "x")
        self.check(USAGE, "explain", "ann@exists.example", "--host", "mx.example")

    def test_explain_of_a_reply_needs_no_configuration(self):
        done = subprocess.run([self.site.vouchd, "explain", "--reply", "550 5.1.1 no such user"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""))

    def test_DM_028_explain_has_all_its_sections_in_order(self):  # DM-028
        shown = self.check(UNDELIVERABLE, "explain", "--source", "live", "ghost@exists.example").stdout
        titles = [line.split()[0] for line in shown.splitlines() if not line.startswith(" ")]
        self.assertEqual(titles, ["address", "policy", "cache", "dns", "fence", "dialogue", "verdict", "decision", "reply"])
        self.assertIn("< 550 5.1.1 no such user here", shown)
        self.assertIn("ok (allow 127.77.0.1/32)", shown)

    def test_DM_030_standalone_says_the_same_as_the_daemon(self):  # DM-030
        for address in ("ann@exists.example", "ghost@exists.example", "newcomer@greylist.example"):
            of_daemon = json.loads(self.site.run("explain", "--json", "--source", "live", address).stdout)
            of_its_own = json.loads(self.site.run("explain", "--json", "--standalone", address).stdout)
            for part in ("result", "reason", "message", "mx"):
                self.assertEqual(of_daemon["verdict"][part], of_its_own["verdict"][part])
            self.assertEqual(of_daemon["decision"], of_its_own["decision"])

    def test_an_answer_from_the_cache_alone_opens_no_connection(self):
        document = json.loads(self.check(UNDETERMINED, "explain", "--json", "--source", "cache", "x@exists.example").stdout)
        self.assertEqual(document["dialogue"], [])
        self.assertEqual(document["verdict"]["result"], "timeout")

    def test_DM_038_cache_delete_has_an_address_asked_about_anew(self):  # DM-038
        def is_cached():
            done = self.site.run("explain", "--json", "forgotten@exists.example")
            return json.loads(done.stdout)["verdict"]["cached"]
        is_cached()
        self.assertTrue(is_cached())
        self.assertEqual(self.check(GOOD, "cache", "delete", "forgotten@exists.example").stdout, "2 records deleted\n",
                         "the verdict, and whether the domain takes everything")
        self.assertFalse(is_cached())

    def test_DM_151_cache_delete_names_a_server_or_says_what_is_wrong(self):  # DM-151
        self.assertEqual(self.check(GOOD, "cache", "delete", "192.0.2.1").stdout, "0 records deleted\n")
        self.assertIn("two words is neither", self.check(BAD_DATA, "cache", "delete", "two words").stderr)
        self.check(USAGE, "cache")
        self.check(USAGE, "cache", "delete")

    def test_policy_spares_the_callout(self):
        shown = self.check(GOOD, "explain", "--authenticated", "ghost@exists.example").stdout
        self.assertIn("authenticated MATCH", shown)
        self.assertIn("verdict    not asked", shown)

    def test_a_client_in_the_form_of_IPv6_is_its_IPv4_address(self):
        shown = self.check(GOOD, "explain", "--client", "::ffff:127.0.0.1", "ann@exists.example").stdout
        self.assertIn("own-networks - 127.0.0.1 is in none of lists.own_networks", shown)

    def test_CO_166_explain_says_that_a_role_recipient_spares_the_sender(self):  # CO-166
        shown = self.check(GOOD, "explain", "--recipient", "<postmaster>", "ghost@exists.example").stdout
        self.assertIn("role-recipients MATCH: the recipient is <postmaster>", shown)
        self.assertIn("verdict    not asked", shown)
        shown = self.check(UNDELIVERABLE, "explain", "--recipient", "bob@exists.example", "ghost@exists.example").stdout
        self.assertIn("role-recipients - the recipient is neither postmaster nor abuse", shown)
        self.check(BAD_DATA, "explain", "--recipient", "x" * 10_000, "ghost@exists.example")

    def test_DM_033_verify_prints_one_record_for_each_line(self):  # DM-033
        lines = ["ann@exists.example", "ghost@exists.example", "newcomer@greylist.example", "nonsense", "a@b@c\x1b[2J",
                 "x" * 5000 + "@exists.example"]
        done = self.check(UNDELIVERABLE, "verify", "--json", "-", input="# heads\n\n" + "\n".join(lines) + "\n")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(records), len(lines))
        results = {record["address"]: record.get("result") for record in records}
        self.assertEqual(results["ann@exists.example"], "success")
        self.assertEqual(results["ghost@exists.example"], "not_found")
        self.assertEqual(results["newcomer@greylist.example"], "temp_failure")
        self.assertEqual(results["nonsense"], "failure")
        self.assertIn("6 addresses, 1 deliverable, 1 undeliverable, 4 undetermined", done.stderr)
        self.assertNotIn("\x1b", done.stdout)

    def test_verify_reads_a_file_and_says_when_it_cannot(self):
        listed = self.site.folder / "addresses"
        listed.write_text("ann@exists.example\n")
        self.assertIn("success", self.check(GOOD, "verify", str(listed)).stdout)
        self.assertIn("cannot be read", self.check(NO_INPUT, "verify", "/no/such/file").stderr)

    def test_verify_refuses_a_folder(self):
        self.check(NO_INPUT, "verify", str(self.site.folder))

    def test_one_bad_line_ends_nothing(self):
        done = subprocess.run([self.site.vouchd, "-c", self.site.config, "verify", "--json"], capture_output=True,
                              input=b"\xff@exists.example\nann@exists.example\n", timeout=60, check=False)
        first, second = (json.loads(line) for line in sorted(done.stdout.splitlines()))
        self.assertEqual({name: value for name, value in first.items() if value is not None},
                         {"address": "\\xff@exists.example", "error": "not UTF-8"})
        self.assertEqual(second["result"], "success")
        self.assertEqual(done.returncode, UNDETERMINED)

    def test_explain_refuses_what_is_no_text_or_too_long(self):
        self.check(BAD_DATA, "explain", "x" * 10_000)
        done = subprocess.run([self.site.vouchd, "-c", self.site.config, "explain", b"\xff@x.example"],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, BAD_DATA)

    def test_as_many_jobs_as_are_allowed_are_served(self):
        addresses = "".join(f"user{i}@exists.example\n" for i in range(600))
        done = self.check(UNDELIVERABLE, "verify", "--json", "--jobs", "256", input=addresses)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(records), 600)
        # On a slow machine some run out of their time; none is turned away.
        self.assertEqual([record for record in records if record["error"] is not None], [])
        self.assertIn("600 addresses, ", done.stderr)

    def test_DM_036_waiting_for_input_holds_nothing_up_and_can_be_interrupted(self):  # DM-036
        with subprocess.Popen([self.site.vouchd, "-c", self.site.config, "verify", "--standalone", "-"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verify:
            verify.stdin.write("ghost@exists.example\n")
            verify.stdin.flush()
            self.assertIn("not_found", verify.stdout.readline())  # although the input has not ended
            verify.send_signal(signal.SIGINT)
            self.assertEqual(verify.wait(10), INTERRUPTED)
            verify.stdin.close()

    def test_what_a_command_leaves_under_way_is_ended_in_good_order(self):
        impatient = [("[callout]", '[callout.soft]\nrcpt = "1s"\n[callout]')]
        world = pathlib.Path(__file__).parent / "left_behind.world"
        with from_environment(world=world, edits=impatient, serve=False) as site:
            # Both are asked again under hard timers when the last address is answered.
            left = "x@tarpit.example\nx@mute.example\nann@slow.example\n"
            for words in (["verify", "--standalone", "-"], ["verify", "--standalone", "--jobs", "1", "-"]):
                done = site.run(*words, input=left)
                self.assertEqual((done.returncode, len(done.stdout.splitlines())), (UNDETERMINED, 3), done.stderr)
                self.assertIn("3 addresses", done.stderr)
            for words in (["explain", "--standalone", "ann@slow.example"], ["ask", "local:", "ann@slow.example"]):
                before = site.seen.read_text().count('"received","line":"QUIT"')
                done = site.run(*words)
                self.assertEqual(done.returncode, GOOD, done.stderr)
                quits = site.seen.read_text().count('"received","line":"QUIT"') - before
                self.assertEqual(quits, 1, "a session that was kept for another question is told QUIT")
            for words in (["explain", "--standalone", "x@tarpit.example"], ["ask", "local:", "x@mute.example"]):
                done = site.run(*words)
                self.assertEqual((done.returncode, done.stderr), (UNDETERMINED, ""))

    def test_DM_036_an_interrupted_batch_reports_no_more(self):  # DM-036
        world = pathlib.Path(__file__).parent / "left_behind.world"
        with from_environment(world=world, serve=False) as site:
            with subprocess.Popen([site.vouchd, "-c", site.config, "verify", "--standalone", "-"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verify:
                verify.stdin.write("x@tarpit.example\nann@slow.example\nx@mute.example\n")
                verify.stdin.flush()
                self.assertIn("ann@slow.example", verify.stdout.readline())
                verify.send_signal(signal.SIGINT)
                self.assertEqual(verify.wait(10), INTERRUPTED)
                self.assertEqual(verify.stdout.read(), "")
                verify.stdin.close()
                self.assertIn("1 address,", verify.stderr.read())
            with subprocess.Popen([site.vouchd, "-c", site.config, "ask", "local:", "x@tarpit.example"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ask:
                wait_until(lambda: "RCPT TO:<x@tarpit" in site.seen.read_text(), "the question", 10)
                ask.send_signal(signal.SIGINT)
                self.assertEqual(ask.wait(10), INTERRUPTED)
                self.assertEqual((ask.stdout.read(), ask.stderr.read()), ("", ""))

    def test_DM_036_an_address_with_line_ends_reaches_no_smtp_command(self):  # DM-036
        before = len(self.site.seen.read_text())
        self.check(UNDETERMINED, "explain", "--source", "live", "ann@exists.example>\r\nRCPT TO:<x@exists.example")
        # A session that earlier questions left may end meanwhile.
        self.assertNotIn("RCPT", self.site.seen.read_text()[before:])

    def test_DM_044_without_a_daemon_the_remedy_is_named(self):  # DM-044
        with from_environment(serve=False) as site:
            done = site.run("explain", "ann@exists.example")
            self.assertEqual(done.returncode, UNAVAILABLE)
            self.assertIn("vouchd serve", done.stderr)
            self.assertIn("--standalone", done.stderr)
            self.assertEqual(site.run("verify", "--standalone", "-", input="ann@exists.example\n").returncode, GOOD)

    def test_DM_017_check_says_what_is_wrong_and_opens_nothing(self):  # DM-017
        wrong = self.site.folder / "wrong.toml"
        wrong.write_text("config_version = 1\n[milter]\nreply_budget = \"8\"\n[http]\nenabled = true\n")
        done = subprocess.run([self.site.vouchd, "-c", wrong, "check"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, CONFIGURATION)
        self.assertIn(f"{wrong}:3:16: error E107 milter.reply_budget: \"8\" has no unit (write \"8s\")", done.stderr)
        self.assertIn("error E105 http: is not supported yet", done.stderr)
        self.check(GOOD, "check")
        self.check(CONFIGURATION, "check", "--strict")  # W07: the world's port is not 25

    def test_DM_018_print_config_is_a_configuration(self):  # DM-018
        printed = self.check(GOOD, "print-config").stdout
        again = self.site.folder / "again.toml"
        again.write_text(printed)
        done = subprocess.run([self.site.vouchd, "-c", again, "print-config", "--json"], capture_output=True, text=True,
                              check=True)
        first = json.loads(self.check(GOOD, "print-config", "--json").stdout)
        second = json.loads(done.stdout)
        self.assertEqual({key: entry["value"] for key, entry in first.items()},
                         {key: entry["value"] for key, entry in second.items()})
        self.assertIn("vouchd.toml", first["server.mode"]["origin"])

    def test_the_defaults_need_no_file(self):
        def printed(*words):
            return subprocess.run([self.site.vouchd, "-c", "/no/such/file", "print-config", *words],
                                  capture_output=True, text=True, check=False)
        shown = printed("--defaults")
        self.assertEqual((shown.returncode, shown.stderr), (GOOD, ""))
        self.assertIn('[server]\nmode = "monitor"\n', shown.stdout)
        self.assertEqual(printed().returncode, CONFIGURATION)
        self.assertEqual(json.loads(printed("--defaults", "--json").stdout)["server.mode"],
                         {"value": "monitor", "origin": "default"})

    def test_json_shows_no_more_than_was_asked_for(self):
        differing = json.loads(self.check(GOOD, "print-config", "--diff", "--json").stdout)
        self.assertEqual(differing["server.mode"]["value"], "enforce")
        self.assertNotIn("milter.reply_budget", differing)
        defaults = json.loads(self.check(GOOD, "print-config", "--defaults", "--json").stdout)
        self.assertEqual(defaults["server.mode"], {"value": "monitor", "origin": "default"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
