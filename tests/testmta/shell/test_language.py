"""The language of scripts, played against filters of a few lines: blocks, faults, edits and the resulting message."""

import pathlib
import resource
import socket
import threading
import time
import unittest

from processes import run, tempfile
from fake_filter import CONTINUE, MTA_SAYS_NO_MORE, STAY, FakeFilter, Raw, agreement, frame, reply

HELLO = "  use hello\n"
ENVELOPE = "  use envelope\n"
CONTENT = "  message <<M\nSubject: s\nX-Rep: one\nX-Rep: two\n\nx\nM\n"
ALL_ACTIONS = 0x1ff


def play(script, answers=None, status=0, options=(), files=()):
    """Plays a script, and returns its output and what the filter received."""
    with tempfile.TemporaryDirectory() as folder, FakeFilter(answers) as fake:
        for name, content in [("test.mts", script), *files]:
            file = pathlib.Path(folder, name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        said = run("run", "--milter", fake.spec, *options, "test.mts", status=status, cwd=folder)
        return said, fake.heard


def in_test(lines):
    return f'test "one"\n{lines}end\n'


def letters(session):
    return "".join(chr(one[0]) for one in session)


def number(index):
    return index.to_bytes(4, "big")


class Handmade:
    """A filter whose only connection is served by a function of its own."""

    def __init__(self, serve):
        self._serve = serve
        self.problem = None

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.spec = f"inet:{self._server.getsockname()[1]}@127.0.0.1"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def _run(self):
        connection, _ = self._server.accept()
        with connection:
            try:
                self._serve(connection)
            except (AssertionError, OSError) as problem:
                self.problem = problem

    def __exit__(self, *_):
        self._thread.join()
        self._server.close()
        if self.problem:
            raise self.problem


def read_exactly(connection, count):
    octets = b""
    while len(octets) < count:
        more = connection.recv(count - len(octets))
        if not more:
            return octets
        octets += more
    return octets


def read_frame(connection):
    head = read_exactly(connection, 4)
    return read_exactly(connection, int.from_bytes(head, "big")) if len(head) == 4 else b""


def serve_hello(connection, actions=0):
    """Takes the offer, the connection's macros, connect and helo."""
    while (one := read_frame(connection)[:1]) != b"H":
        assert one, "the MTA left"
        if one != b"D":
            connection.sendall(frame(agreement(actions=actions) if one == b"O" else CONTINUE))
    connection.sendall(frame(CONTINUE))


def play_handmade(serve, lines, status=0):
    with tempfile.TemporaryDirectory() as folder, Handmade(serve) as filter_:
        pathlib.Path(folder, "test.mts").write_text(in_test(lines))
        return run("run", "--milter", filter_.spec, "test.mts", status=status, cwd=folder)


class Blocks(unittest.TestCase):
    def test_TM_004_a_filter_that_lacks_what_a_test_needs_is_not_tested(self):  # TM-004
        skipped = in_test("  needs skip\n" + HELLO)
        said, _ = play(skipped, status=77)
        self.assertEqual(said, "1..1\nok 1 - one # SKIP the filter did not negotiate skip\n")
        play(skipped + in_test(HELLO))
        play(skipped, {b"O": agreement(steps=0x400)})
        said, _ = play(in_test("  needs action add-header version 6\n" + HELLO), status=77)
        self.assertIn("did not negotiate action add-header", said)

    def test_TM_020_include_is_relative_to_its_file(self):  # TM-020
        files = [("sub/a.mts", "define greet\n  use hello\nend\ninclude b.mts\n"), ("sub/b.mts", "set x = me\n")]
        _, heard = play("include sub/a.mts\n" + in_test("  call greet\n  helo ${x}\n"), files=files)
        self.assertEqual(heard[0][-1], b"Hme\0")

    def test_TM_020_a_circle_is_a_mistake(self):  # TM-020
        said, _ = play("include a.mts\n", status=2, files=[("a.mts", "\ninclude test.mts\n")])
        self.assertIn("a.mts:2:9: test.mts includes itself; expected files that do not go round in a circle", said)
        said, _ = play("include nowhere.mts\n", status=2)
        self.assertIn("test.mts:1:9: nowhere.mts: No such file or directory", said)

    def test_a_mistake_in_an_included_file_stands_there(self):
        said, _ = play("include sub/a.mts\n", status=2, files=[("sub/a.mts", "\n\nfrob\n")])
        self.assertIn("sub/a.mts:3:1: \"frob\" is not a statement", said)

    def test_a_failure_in_a_block_names_what_calls_it(self):
        script = "define greet name\n  helo ${name} -> reject\nend\n" + in_test(
            "  connect h unknown\n  call greet me\n")
        said, _ = play(script, status=1)
        self.assertIn("test.mts:2:3: expected reject, got continue", said)
        self.assertIn("called at test.mts:6:3\n", said)

    def test_an_if_on_the_negotiation(self):
        script = in_test(HELLO + "  if negotiated skip\n    helo yes\n  else\n    helo no\n  end\n")
        for steps, word in (0x400, b"Hyes\0"), (0, b"Hno\0"):
            _, heard = play(script, {b"O": agreement(steps=steps)})
            self.assertEqual(heard[0][-1], word)

    def test_a_captured_value_is_used(self):
        script = in_test(HELLO + '  mail <a@b> -> reply 550\n  capture id "id=(\\S+)" from reply\n'
                         "  helo ${id}\n  if ${id} == x7\n    helo yes\n  end\n")
        _, heard = play(script, {b"M": reply("550 5.1.1 id=x7 denied")})
        self.assertEqual(heard[0][-2:], [b"Hx7\0", b"Hyes\0"])

    def test_a_capture_that_finds_nothing(self):
        script = in_test(HELLO + '  capture id "id=(\\S+)" from transcript\n')
        said, _ = play(script, status=1)
        self.assertIn('expected a match of "id=(\\S+)", got ', said)

    def test_captures_from_header_and_body(self):
        script = in_test(HELLO + ENVELOPE + CONTENT + "  eom\n"
                         '  capture a "^(.)" from header X-Trace\n  capture b "(.)" from body\n  helo ${a}${b}\n')
        _, heard = play(script, {b"O": agreement(actions=1), b"E": [b"hX-Trace\0yes\0", CONTINUE]})
        self.assertEqual(heard[0][-1], b"Hyx\0")
        said, _ = play(in_test(HELLO + ENVELOPE + CONTENT + "  eom\n  capture a (.) from header Z\n"), status=1)
        self.assertIn("got no such field", said)

    def test_a_captured_value_that_does_not_fit(self):
        script = in_test(HELLO + '  mail <a@b> -> reply 550\n  capture id "id=(\\S+)" from reply\n  mail ${id}\n')
        said, _ = play(script, {b"M": reply("550 5.1.1 id=x7 denied")}, status=1)
        self.assertIn('test.mts:5:3: with the captured values the path "x7" is not in angle brackets', said)

    def test_sessions_take_turns(self):
        script = in_test(HELLO + "  session other\n    use hello a 192.0.2.1 other\n  end\n  helo main\n"
                         "  session other\n    helo again\n  end\n")
        _, heard = play(script)
        self.assertEqual(heard[0][-1], b"Hmain\0")
        self.assertEqual(heard[1][-2:], [b"Hother\0", b"Hagain\0"])

    def test_sessions_in_parallel_meet(self):
        script = in_test("  parallel\n    session s x20\n      use hello h${index} 192.0.2.${index} h${index}\n"
                         "      sync all\n      helo met\n    end\n  end\n")
        _, heard = play(script)
        self.assertEqual(len(heard), 20)
        self.assertTrue(all(session[-1] == b"Hmet\0" for session in heard))

    def test_a_session_that_fails_does_not_stop_the_others(self):
        script = in_test("  parallel\n    session a\n      connect a unknown -> reject\n      sync never\n    end\n"
                         "    session b\n      use hello\n      helo still\n      sync never\n    end\n  end\n")
        said, heard = play(script, status=1)
        self.assertIn("session a, message 0", said)
        self.assertIn('expected 2 sessions at "never", got 1, and never will: missing a', said)
        self.assertIn(b"Hstill\0", heard[0] + heard[1])

    def test_TM_088_a_thousand_sessions(self):  # TM-088
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        script = in_test("  parallel\n    session s x1000\n      connect h unknown\n      sync all\n    end\n  end\n")
        # testmta starts with a limit that would not do, and raises it.
        with tempfile.TemporaryDirectory() as folder, FakeFilter() as fake:
            pathlib.Path(folder, "test.mts").write_text("timeout connection 100s\ntimeout connect 100s\n" + script)
            run("run", "--milter", fake.spec, "--timeout", "100s", "test.mts", cwd=folder, files=256)
            self.assertEqual(len(fake.heard), 1000)


class Sending(unittest.TestCase):
    def test_the_dialects_of_older_versions(self):
        for dialect, version in ("v2", 2), ("v3", 3), ("v4", 4), ("v6", 6):
            answers = {b"O": agreement(version=version)}
            script = f"dialect {dialect}\n" + in_test(HELLO + ENVELOPE + CONTENT + "  eom\n  quit\n")
            _, heard = play(script, answers)
            self.assertEqual(heard[0][0][4], version)
            self.assertEqual("T" in letters(heard[0]), version > 3, dialect)

    def test_macros_of_the_script_alone(self):
        script = in_test("  macros none\n  macro mail i=Q1\n" + HELLO + ENVELOPE)
        lists = agreement() + number(0) + b"j _\0"
        _, heard = play(script, {b"O": lists})
        self.assertEqual([one for one in heard[0] if one[:1] == b"D"], [b"DMi\0Q1\0"])

    def test_TM_033_larger_chunks_that_were_agreed(self):  # TM-033
        script = in_test("  negotiate steps +chunks-256k +chunks-1m\n" + HELLO + ENVELOPE +
                         "  data\n  header A b\n  eoh\n  body fill 1200K\n  eom\n")
        for steps, largest in (0, 65535), (0x10000000, 262143), (0x20000000, 1048575):
            with self.subTest(largest):
                _, heard = play_large(script, steps)
                self.assertEqual(max(len(one) - 1 for one in heard if one[:1] == b"B"), largest)

    def test_TM_046_after_quit_nc_the_connection_begins_anew(self):  # TM-046
        _, heard = play(in_test("  macros none\n" + HELLO + "  quit-nc\n" + HELLO + "  quit\n"))
        self.assertEqual(letters(heard[0]), "OCHKCHQ")

    def test_TM_044_an_answer_to_quit_nc(self):  # TM-044
        said, _ = play(in_test(HELLO + "  quit-nc\n" + HELLO), {b"K": CONTINUE}, status=1)
        self.assertRegex(said, "expected nothing (before this step|more), got continue")

    def test_files(self):
        files = [("a.eml", "Subject: s\n\nbody\n"), ("b.txt", "text")]
        script = in_test(HELLO + ENVELOPE + "  message file a.eml\n  body file b.txt\n  eom\n")
        _, heard = play(script, files=files)
        self.assertIn(b"LSubject\0s\0", heard[0])
        self.assertEqual([one for one in heard[0] if one[:1] == b"B"], [b"Bbody\n", b"Btext"])
        said, _ = play(in_test(HELLO + ENVELOPE + "  message file c.eml\n"), status=2)
        self.assertIn("test.mts:4:16: c.eml: No such file or directory", said)

    def test_TM_079_what_is_together_leaves_in_one_write(self):  # TM-079
        def serve(connection):
            serve_hello(connection)
            self.assertIn(b"T", {connection.recv(65536)[-1:]})  # the last frame of three is data's
            connection.sendall(frame(CONTINUE) * 3)
            connection.recv(1)
        play_handmade(serve, "  macros none\n" + HELLO + "  together\n    mail <a@b>\n    rcpt <c@d>\n    data\n  end\n")

    def test_together_awaits_each_answer(self):
        script = in_test(HELLO + "  together\n    mail <a@b>\n    rcpt <c@d> -> reject\n  end\n")
        play(script, {b"R": b"r"})
        said, _ = play(script, status=1)
        self.assertIn("test.mts:5:5: expected reject, got continue", said)

    def test_writes_are_cut_where_the_script_says(self):
        def serve(connection):
            serve_hello(connection)
            self.assertEqual(connection.recv(65536), frame(b"Hab\0")[:2])
            self.assertEqual(connection.recv(65536), frame(b"Hab\0")[2:6])
            self.assertEqual(connection.recv(65536), frame(b"Hab\0")[6:])
            connection.sendall(frame(CONTINUE))
            connection.recv(1)
        play_handmade(serve, HELLO + "  write split at 2,6 gap 200ms\n  helo ab\n")

    def test_TM_081_reset_is_seen_as_such(self):  # TM-081
        def serve(connection):
            serve_hello(connection)
            with self.assertRaises(ConnectionResetError):
                connection.recv(1)
        play_handmade(serve, HELLO + "  reset\n")

    def test_TM_082_half_close_still_reads(self):  # TM-082
        def serve(connection):
            serve_hello(connection)
            self.assertEqual(connection.recv(1), b"")
            connection.sendall(frame(CONTINUE))
        play_handmade(serve, HELLO + "  half-close -> continue\n")

    def test_TM_083_pause_reading_lets_the_window_close(self):  # TM-083
        def serve(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
            serve_hello(connection, actions=ALL_ACTIONS)
            while read_frame(connection)[:1] != b"E":
                connection.sendall(frame(CONTINUE))
            begun = time.monotonic()
            connection.sendall(frame(b"b" + b"x" * 60000) * 100 + frame(CONTINUE))
            self.assertGreater(time.monotonic() - begun, 0.5)
            connection.recv(1)
        play_handmade(serve, "  macros none\n" + HELLO + ENVELOPE + CONTENT + "  pause-reading 600ms\n"
                      "  eom -> continue, final body ~ \"^x+$\"\n")

    def test_TM_051_frames_in_pieces_and_several_in_one_read(self):  # TM-051
        def serve(connection):
            serve_hello(connection)
            while read_frame(connection)[:1] != b"M":
                pass
            for octet in frame(CONTINUE):
                connection.sendall(bytes([octet]))
                time.sleep(0.01)
            while read_frame(connection)[:1] != b"R":
                pass
            connection.sendall(frame(b"p") + frame(b"p") + frame(CONTINUE))
            connection.recv(1)
        play_handmade(serve, HELLO + "  mail <a@b>\n  rcpt <c@d> -> continue, progress == 2\n")


def play_large(script, steps):
    """A filter that takes frames of any length."""
    heard = []

    def serve(connection):
        while one := read_frame(connection):
            heard.append(one)
            if one[:1] not in b"DAQ":
                connection.sendall(frame(agreement(steps=steps) if one[:1] == b"O" else CONTINUE))
    with tempfile.TemporaryDirectory() as folder, Handmade(serve) as filter_:
        pathlib.Path(folder, "test.mts").write_text(script)
        said = run("run", "--milter", filter_.spec, "test.mts", cwd=folder)
    return said, heard


class Judging(unittest.TestCase):
    def test_TM_028_lists_of_macros_are_shown_by_stage(self):  # TM-028
        lists = agreement(actions=0x100) + number(2) + b"i {mail_addr}\0" + number(6) + b"x\0"
        said, _ = play(in_test("  open\n  negotiate\n"), {b"O": lists}, options=["--transcript", "always"])
        self.assertIn("AGREE version 6 actions 0x100 steps 0x0 macros at mail: i {mail_addr} macros at eoh: x", said)

    def test_TM_030_a_malformed_list_is_reported_with_its_place(self):  # TM-030
        lists = agreement(actions=0x100) + number(2) + b"i\0" + number(3) + b"x"
        said, _ = play(in_test(HELLO), {b"O": lists}, status=1)
        self.assertIn("expected well-formed lists of macros, got a malformed one at byte 18", said)

    def test_TM_031_another_frame_than_the_agreement(self):  # TM-031
        said, _ = play(in_test(HELLO), {b"O": CONTINUE}, status=1)
        self.assertIn("expected an answer to the negotiation, got continue", said)
        self.assertIn("> OFFER version 6", said)
        self.assertIn("< CONTINUE", said)

    def test_TM_052_frames_of_no_length_and_of_too_much(self):  # TM-052
        for octets, said_of_it in (b"\0\0\0\0", "a frame of length 0"), (b"\0\x20\0\0xx", "longer"):
            said, _ = play(in_test(HELLO), {b"H": Raw(octets)}, status=1)
            self.assertRegex(said, f"expected continue, got .*{said_of_it}")

    def test_TM_053_an_unknown_letter(self):  # TM-053
        said, _ = play(in_test(HELLO), {b"H": b"Zx"}, status=1)
        self.assertIn('got unknown letter "Z" x', said)

    def test_TM_059_skip_where_it_has_no_place(self):  # TM-059
        said, _ = play(in_test(HELLO + ENVELOPE + CONTENT), {b"B": b"s"}, status=1)
        self.assertIn('expected "skip" only as an answer to a body, and only if it was negotiated, got skip', said)

    def test_TM_060_discard_before_a_message(self):  # TM-060
        said, _ = play(in_test(HELLO), {b"C": b"d"}, status=1)
        self.assertIn('expected no "discard" before a message, got discard', said)

    def test_TM_064_elapsed_is_the_time_to_the_first_byte(self):  # TM-064
        def serve(connection):
            serve_hello(connection)
            while read_frame(connection)[:1] != b"M":
                pass
            time.sleep(0.3)
            connection.sendall(frame(CONTINUE))
            connection.recv(1)
        play_handmade(serve, HELLO + "  mail <a@b> -> elapsed >= 290ms, elapsed < 60s\n")
        said, _ = play(in_test(HELLO + "  mail <a@b> -> elapsed > 60s\n"), status=1)
        self.assertIn("expected elapsed > 60s, got ", said)

    def test_progress_is_counted(self):
        answers = {b"E": [b"p", b"p", CONTINUE]}
        begin = HELLO + ENVELOPE + CONTENT
        play(in_test(begin + "  eom -> progress == 2\n"), answers)
        said, _ = play(in_test(begin + "  eom -> continue, progress > 2\n"), answers, status=1)
        self.assertIn("expected progress > 2, got 2", said)

    def edits(self, edits, expectations, status=0, verdict=CONTINUE, dialect="plain"):
        answers = {b"O": agreement(actions=ALL_ACTIONS), b"E": [*edits, verdict]}
        script = f"dialect {dialect}\nimplicit any\n" + in_test(HELLO + ENVELOPE + CONTENT + f"  eom -> {expectations}\n")
        return play(script, answers, status)[0]

    def test_TM_066_actions(self):  # TM-066
        edits = [b"hX-A\0one\0", b"m" + number(2) + b"X-Rep\0new\0", b"qheld\0"]
        self.edits(edits, 'action quarantine held, action change-header 2 "X-Rep" new, action add-header, '
                          "no action replace-body, actions exactly 3")
        said = self.edits(edits, "actions exactly 2", 1)
        self.assertIn("expected actions exactly 2, got 3: ", said)
        said = self.edits(edits, 'action add-header "X-B"', 1)  # TM-068
        self.assertIn('expected action add-header "X-B", got add-header "X-A" "one", change-header 2 ', said)

    def test_the_resulting_message(self):
        edits = [b"hX-A\0one\0", b"m" + number(2) + b"x-rep\0new\0", b"bnew body", b"+<n@x>\0", b"e<s@x>\0"]
        self.edits(edits, 'final header "X-A" == one, final header[2] X-Rep == new, final header[1] X-Rep == one, '
                          'final body == "new body", final rcpts lists <bob@example.net> <n@x>, final from == <s@x>, '
                          "final outcome == delivered, final headers lists Subject X-Rep X-Rep X-A")
        said = self.edits(edits, 'final header "X-A" == two', 1)
        self.assertIn('expected final header "X-A" == "two", got "one"', said)

    def test_a_message_that_is_refused_or_held(self):
        self.edits([b"qwhy\0"], "final outcome == quarantined")
        self.edits([b"hA\0b\0"], "reject, final outcome == rejected, final header A is absent", verdict=b"r")
        self.edits([], "reply 451, final outcome == deferred", verdict=reply("451 4.7.1 later"))
        self.edits([], "discard, final outcome == discarded", verdict=b"d")

    def test_recipients_that_were_refused_are_not_of_the_message(self):
        script = in_test(HELLO + "  mail <a@b>\n  rcpt <c@d> -> reject\n  expect final rcpts count == 0\n")
        play(script, {b"R": b"r"})

    def test_TM_070_a_warning_does_not_fail(self):  # TM-070
        said = self.edits([], 'continue, final header "X-Rep" == one')
        self.assertIn("ok 1 - one\n  test.mts:", said)
        self.assertIn('warning: the message has 2 fields "X-Rep", and the first was compared', said)

    def test_TM_072_a_body_that_differs(self):  # TM-072
        said = self.edits([b"b" + b"x" * 1000 + b"y"], 'final body == "x"', 1)
        self.assertIn("a body of 1001 bytes, expected 1; they differ at byte 1: got ", said)

    def test_an_edit_that_no_mta_can_carry_out(self):
        said = self.edits([b"hX-A\0"], "any", 1)
        self.assertIn("expected an edit that an MTA can carry out, got ADD-HEADER X-A", said)

    def test_the_end_of_a_message_in_pieces(self):
        script = in_test(HELLO + ENVELOPE + CONTENT + "  eom\n  expect final outcome == delivered\n"
                         "  expect action add-header X\n" + ENVELOPE + "  expect final header X is absent\n")
        play(script, {b"O": agreement(actions=1), b"E": [b"hX\0y\0", CONTINUE]})

    def test_TM_045_a_filter_that_closes_where_it_should_answer(self):  # TM-045
        said, _ = play(in_test(HELLO + "  mail <a@b>\n"), {b"M": None}, status=1)
        self.assertIn("expected continue, got the connection closed after CONTINUE", said)


class GarbageOut(FakeFilter):
    """A filter that answers what it does not know with what nobody knows."""

    def _answer(self, connection, letter):
        if letter not in b"OCHMRTLNBEUDAQK":
            connection.sendall(frame(b"Z" + letter))
            return True
        return super()._answer(connection, letter)


class Fuzzed(unittest.TestCase):
    SCRIPT = in_test("  fuzz seed 5 rate 60 kinds command split\n  open\n  negotiate\n" + HELLO +
                     "  repeat 5\n    use envelope\n    abort\n  end\n")

    def play(self, *options, status=1):
        with tempfile.TemporaryDirectory() as name, GarbageOut() as fake:
            folder = pathlib.Path(name)
            (folder / "test.mts").write_text(self.SCRIPT)
            said = run("run", "--milter", fake.spec, *options, "test.mts", status=status, cwd=folder)
            saved = [one.read_text() for one in folder.glob("found/*.mts")]
        return said, fake.heard, saved

    def test_TM_085_the_same_seed_sends_the_same(self):  # TM-085
        said, heard, _ = self.play()
        self.assertIn("; fuzz seed 5\n", said)
        self.assertEqual(self.play()[1], heard)
        other = self.play("--seed", "6")
        self.assertIn("; fuzz seed 6\n", other[0])
        self.assertNotEqual(other[1], heard)

    def test_TM_086_what_failed_is_a_script_that_fails_in_the_same_way(self):  # TM-086
        said, heard, saved = self.play("--save-fuzzed", "found")
        self.assertEqual(len(saved), 1)
        problem = next(line for line in said.splitlines() if "expected whatever" in line).partition(": ")[2]
        self.assertIn('got unknown letter "Z"', problem)
        with tempfile.TemporaryDirectory() as name, GarbageOut() as fake:
            pathlib.Path(name, "again.mts").write_text(saved[0])
            again = run("run", "--milter", fake.spec, "again.mts", status=1, cwd=name)
        self.assertIn(problem, again)
        self.assertEqual(fake.heard, heard)

    def test_a_filter_that_closes_has_not_failed(self):
        play(self.SCRIPT.replace("kinds command split", ""))

    def test_a_filter_that_hangs_has(self):
        script = "timeout quit 100ms\n" + in_test("  fuzz seed 1 rate 0\n" + HELLO)
        said, _ = play(script, {MTA_SAYS_NO_MORE: STAY}, status=1)
        self.assertIn("expected the filter to close its side after the MTA, got nothing within 100ms", said)


if __name__ == "__main__":
    unittest.main()
