#include "callout/mailfromd/server.hpp"

#include <gtest/gtest.h>

#include "callout/verdict_word.hpp"
#include "core/synthetic.hpp"

namespace {

using namespace callout;
using namespace callout::core;

callout_server_options usual() {
    callout_server_options options;
    options.ehlo = "mail.example.net";
    return options;
}

/// A session and what it said. All but RUN is answered at once.
class session {
public:
    explicit session(callout_server_options options = usual()) : machine(std::move(options)) {
        greeting = said();
    }

    /// What a line is answered with.
    std::string ask(std::string_view line) { return raw(std::string(line) + "\r\n"); }
    std::string raw(std::string_view bytes) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), piece))) {
            machine.feed(bytes.substr(0, piece));
        }
        return said();
    }
    std::string said() {
        std::string all;
        while (!machine.output().empty()) {
            all += machine.output();
            machine.written(machine.output().size());
        }
        return all;
    }

    callout_server machine;
    std::string greeting;
    std::size_t piece = 100'000;
};

verification found(callout::status s, callout::reason r) {
    return verification(s, r);
}
verification success() {
    return found(status::pass, reason::accepted);
}
verification refused() {  // a connection, so that nobody said anything
    return found(status::transient, reason::refused);
}
verification greylisted() {
    auto v = found(status::transient, reason::greylisted);
    v.reply = reply();
    return v;
}

TEST(callout_server, greets_first) {  // CP-001 CP-002
    EXPECT_EQ(session().greeting, "OK mailfromd callout server ready\r\n");
}

TEST(callout_server, CP_003_a_line_ends_in_CR_LF_or_LF) {
    session s;
    EXPECT_EQ(s.raw("SID a\nSID b\r\n"), "OK\r\nOK\r\n");
    EXPECT_EQ(s.machine.sid(), "b");
}

TEST(callout_server, words_and_names_have_no_case) {  // CP-004 CP-005
    session s;
    EXPECT_EQ(s.ask("vRfY a@b.example mOdE=MXONLY host=x.example"), "OK 0000000000\r\n");
    EXPECT_EQ(s.ask("set ehlo=\"A.example\""), "OK\r\n");
    EXPECT_EQ(s.ask("Get Ehlo"), "* Ehlo=A.example\r\nOK\r\n");
}

struct exchange {
    char const* says;
    char const* answer;
};

TEST(callout_server, bad_lines_get_the_answers_of_calloutd_and_end_nothing) {
    exchange const all[] = {
        {"  \t SID   x ", "OK"},                              // CP-006 CP-018
        {"VRFY \"open", "NO cannot parse line"},              // CP-009
        {"", "NO empty command"},                             // CP-010
        {"  ", "NO empty command"},                           // CP-010
        {"FOO", "NO unknown command"},                        // CP-011
        {"EHLO x", "NO unknown command"},                     // CP-011
        {"VRFY", "NO invalid arguments"},                     // CP-012
        {"SID", "NO invalid arguments"},                      // CP-012
        {"SID a b", "NO invalid arguments"},                  // CP-018
        {"SET", "NO invalid arguments"},                      // CP-012
        {"GET", "NO invalid arguments"},                      // CP-012
        {"RUN now", "NO invalid arguments"},                  // CP-012
        {"DROP", "NO invalid arguments"},                     // CP-012
        {"DROP 1 2", "NO invalid arguments"},                 // CP-012
        {"QUIT now", "NO invalid arguments"},                 // CP-012
        {"TIMEOUT 1 2 3 4 5 6", "NO invalid arguments"},      // CP-012
        {"TIMEOUT 1 2 3 4m 5 6 7", "NO syntax error in #4"},  // CP-029
        {"TIMEOUT x 2 3 4 5 6 7", "NO syntax error in #1"},   // CP-029
        {"TIMEOUT 1 2 3 4 5 6 99999999999999999999", "NO syntax error in #7"},
        {"TIMEOUT +1 2 -3 0 5 6 7", "OK timeouts set"},                    // CP-028
        {"VRFY a b", "NO syntax error"},                                   // CP-033
        {"VRFY a b=c", "NO unknown attribute"},                            // CP-034
        {"VRFY a@s1.test mode=foo", "NO unrecognized value for mode"},     // CP-035
        {"VRFY a@s1.test starttls=bad", "NO unrecognized value for tls"},  // CP-036
        {"VRFY a@s1.test MODE=hostonly", "NO mode requires host"},         // CP-037
        {"VRFY a@s1.test MODE=mxonly", "NO mode requires host"},           // CP-037
        {"VRFY a@s1.test MODE=hostfirst", "NO mode requires host"},        // CP-037
        {"VRFY a@s1.test MODE=hostfirst HOST=", "NO unrecognized value for host"},
        {"VRFY a@s1.test MAILFROM=nonsense", "NO unrecognized value for mailfrom"},
        {"VRFY a@s1.test EHLO=\"two words\"", "NO unrecognized value for ehlo"},
        {"DROP abc", "NO syntax error"},   // CP-041
        {"DROP 7", "NO entry not found"},  // CP-041
        {"DROP -1", "NO entry not found"},
        {"DROP 4294967296", "NO entry not found"},
        {"SET FOO=bar", "NO bad assignment FOO=bar"},                    // CP-023
        {"SET EHLO", "NO bad assignment EHLO"},                          // CP-023
        {"SET TRANSCRIPT=maybe", "NO bad assignment TRANSCRIPT=maybe"},  // CP-022
        {"SET STARTTLS=bad", "NO unrecognized starttls mode: bad"},      // CP-023
        {"VRFY a@s1.test", "OK 0000000000"},  // CP-031, and CP-039: none was used up
    };
    session s;
    for (auto const& one : all) EXPECT_EQ(s.ask(one.says), std::string(one.answer) + "\r\n") << one.says;
    EXPECT_FALSE(s.machine.finished());
}

TEST(callout_server, control_characters_are_refused_wherever_they_stand) {  // CP-081
    session s;
    for (auto const* line :
         {R"(VRFY "a@b.example>\r\nRCPT TO:<c@d.example")", R"(VRFY a@b.example EHLO="x\ny")",
          R"(VRFY a@b.example MAILFROM="a@b.example\n")", R"(VRFY a@b.example HOST="x\ry" MODE=hostonly)",
          R"(SET EHLO="x\r\nDATA")", R"(SET MAILFROM="x@y.example\nDATA")", R"(SID "a\nb")",
          "VRFY a\x01@b.example", "VRFY a\x7f@b.example", "VRFY a@b.example X\x1b=1"}) {
        auto const answer = s.ask(line);
        EXPECT_TRUE(answer.starts_with("NO ")) << line << answer;
        EXPECT_EQ(answer.find_first_of("\r\n"), answer.size() - 2) << line;
    }
    EXPECT_EQ(s.ask("RUN"), "OK\r\n");
}

// A page that a browser shows may have it POST to any port, and the lines of the body are the page's choice.
TEST(callout_server, a_request_of_HTTP_is_hung_up_on) {  // DM-157
    std::string const body = "VRFY ann@example.org\r\nRUN\r\n";
    for (std::string const line :
         {"POST / HTTP/1.1", "GET / HTTP/1.1", "PUT /x HTTP/1.0", "OPTIONS * HTTP/1.1"}) {
        for (auto const& path : {std::string(), std::string(10'000, 'x')}) {
            for (std::size_t const piece : {std::size_t(1), std::size_t(100'000)}) {
                session s;
                s.piece = piece;
                auto request = line + "\r\nHost: localhost\r\n\r\n" + body;
                request.insert(line.find(' ') + 2, path);
                EXPECT_EQ(s.raw(request), "") << line;
                EXPECT_TRUE(s.machine.finished()) << line;
                EXPECT_TRUE(s.machine.take_run().empty()) << line;
                EXPECT_EQ(s.machine.room(), 0u) << "it is not read any more";
            }
        }
    }
    session s;
    EXPECT_EQ(s.ask("get ehlo"), s.ask("GET ehlo"));
    EXPECT_FALSE(s.machine.finished());
}

TEST(callout_server, long_lines_are_answered_once) {  // CP-013 CP-014 CP-017
    session s;
    EXPECT_EQ(s.ask("SID " + std::string(1000, 'x')), "OK\r\n");
    EXPECT_EQ(s.ask("SID " + std::string(4092, 'x')), "OK\r\n");
    EXPECT_EQ(s.ask("SID " + std::string(4093, 'x')), "NO bad input\r\n");
    s.piece = 1000;
    EXPECT_EQ(s.ask("VRFY " + std::string(100'000, 'x')), "NO bad input\r\n");
    EXPECT_EQ(s.raw(std::string("SID a\0b\nSID c\n", 14)), "NO bad input\r\nOK\r\n");
    EXPECT_EQ(s.ask("SID y"), "OK\r\n");
}

TEST(callout_server, commands_in_one_piece_and_in_many_are_the_same) {  // CP-015 CP-016 CP-017
    std::string const script =
        "SID x\r\nSET EHLO=\"m.example\" STARTTLS=never\r\nFOO\r\nGET ehlo\r\n"
        "VRFY a@b.example\r\nDROP 0\r\nRUN\r\nVRFY \"c@d.example\" \r\nQUIT\r\n";
    std::string const expected =
        "OK\r\nOK\r\nNO unknown command\r\n* ehlo=m.example\r\nOK\r\n"
        "OK 0000000000\r\nOK\r\nOK\r\nOK 0000000001\r\nOK bye\r\n";
    for (std::size_t const piece : {1, 2, 3, 7, 1000}) {
        session s;
        s.piece = piece;
        EXPECT_EQ(s.raw(script), expected);
        EXPECT_TRUE(s.machine.finished());  // CP-052
    }
}

TEST(callout_server, CP_019_takes_what_mailfromd_labels_its_session_with) {
    session s;
    EXPECT_EQ(s.ask("SID 127.0.0.1:"), "OK\r\n");
    EXPECT_EQ(s.ask("SID local:QID123"), "OK\r\n");
    EXPECT_EQ(s.machine.sid(), "local:QID123");
}

TEST(callout_server, set_is_obeyed_by_what_comes_after_it) {  // CP-020 CP-021 CP-022 CP-024
    session s;
    EXPECT_EQ(s.ask("SET TRANSCRIPT=\"ON\""), "OK\r\n");
    EXPECT_TRUE(s.machine.wants_transcript());
    EXPECT_EQ(
        s.ask("SET TRANSCRIPT=\"OFF\" EHLO=\"a.example\" MAILFROM=\"<>,b@c.example\" STARTTLS=\"never\""),
        "OK\r\n");
    EXPECT_FALSE(s.machine.wants_transcript());
    s.ask("VRFY x@y.example");
    EXPECT_EQ(s.ask("SET EHLO=\"\" STARTTLS=always MAILFROM=<d@e.example>"), "OK\r\n");
    s.ask("VRFY z@y.example EHLO=own.example STARTTLS=ondemand MAILFROM=<>");
    s.ask("VRFY z@y.example");
    s.ask("RUN");
    auto const asked = s.machine.take_run();
    ASSERT_EQ(asked.size(), 3u);
    EXPECT_EQ(asked[0].how.ehlo.value().text(), "a.example");
    EXPECT_EQ(asked[0].how.mail_from, (std::vector<std::string>{"", "b@c.example"}));
    EXPECT_EQ(asked[0].how.starttls, starttls_mode::never);
    EXPECT_EQ(asked[1].how.ehlo.value().text(), "own.example");
    EXPECT_EQ(asked[1].how.mail_from, std::vector<std::string>{""});
    EXPECT_EQ(asked[1].how.starttls, starttls_mode::ondemand);
    EXPECT_EQ(asked[2].how.ehlo, std::nullopt);
    EXPECT_EQ(asked[2].how.mail_from, std::vector<std::string>{"d@e.example"});
    EXPECT_EQ(asked[2].how.starttls, starttls_mode::always);
}

TEST(callout_server, get_tells_what_is_known_and_set) {  // CP-025 CP-026 CP-027
    session s;
    EXPECT_EQ(s.ask("GET StartTLS timeout ehlo mailfrom Transcript"),
              "* StartTLS=ondemand\r\n* ehlo=mail.example.net\r\n* Transcript=OFF\r\nOK\r\n");
    s.ask("SET MAILFROM=\"<>,a@b.example\"");
    EXPECT_EQ(s.ask("GET mailfrom nonsense"), "* mailfrom=<>,a@b.example\r\nOK\r\n");
    auto options = usual();
    options.mail_from = "<>";
    EXPECT_EQ(session(options).ask("GET mailfrom"), "* mailfrom=<>\r\nOK\r\n");
}

TEST(callout_server, CP_030_timeouts_hold_for_what_is_queued_after_them) {
    session s;
    s.ask("VRFY a@b.example");
    s.ask("TIMEOUT 1 2 3 4 5 6 -7");
    s.ask("VRFY a@b.example");
    s.ask("RUN");
    auto const asked = s.machine.take_run();
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_FALSE(asked[0].timeouts.has_value());
    using seconds = std::chrono::seconds;
    EXPECT_EQ(asked[1].timeouts, (timeout_seconds{seconds(1), seconds(2), seconds(3), seconds(4), seconds(5),
                                                  seconds(6), seconds(0)}));
}

TEST(callout_server, CP_038_the_last_of_a_repeated_parameter_counts) {
    session s;
    s.ask("VRFY a@b.example MODE=hostonly HOST=one.example HOST=two.example MODE=mxonly");
    s.ask("RUN");
    auto const asked = s.machine.take_run();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].how.hosts.mode, host_mode::mxonly);
    EXPECT_EQ(asked[0].how.hosts.host.value().text(), "two.example");
}

TEST(callout_server, the_empty_and_the_null_address_get_an_id) {
    session s;
    EXPECT_EQ(s.ask("VRFY \"\""), "OK 0000000000\r\n");
    EXPECT_EQ(s.ask("VRFY <>"), "OK 0000000001\r\n");
    EXPECT_EQ(s.ask("VRFY nodomain"), "OK 0000000002\r\n");
}

TEST(callout_server, a_session_as_calloutd_has_it) {
    // callout-protocol.md 1.6, the first transcript. CP-043 CP-045 CP-050
    session s;
    EXPECT_EQ(s.ask("VRFY \"r250@s1.test\""), "OK 0000000000\r\n");
    EXPECT_EQ(s.ask("RUN"), "");
    ASSERT_EQ(s.machine.take_run().size(), 1u);
    EXPECT_TRUE(s.machine.take_run().empty());  // once
    s.machine.progress(0, poll_stage::init, "mx1.test");
    s.machine.progress(0, poll_stage::grtng, "220 mx1.test ESMTP fake");
    s.machine.progress(0, poll_stage::helo, "250-mx1.test Hello");
    s.machine.progress(0, poll_stage::sent, "RCPT TO:<r250@s1.test>");
    s.machine.progress(0, poll_stage::recv, "250 1.2.3 as asked");
    s.machine.answer(0, success());
    EXPECT_EQ(s.said(),
              "* 0000000000 INIT mx1.test\r\n"
              "* 0000000000 GRTNG 220 mx1.test ESMTP fake\r\n"
              "* 0000000000 HELO 250-mx1.test Hello\r\n"
              "* 0000000000 SENT RCPT TO:<r250@s1.test>\r\n"
              "* 0000000000 RECV 250 1.2.3 as asked\r\n"
              "OK 0000000000=success\r\n");
    EXPECT_EQ(s.ask("VRFY r550@s1.test"), "OK 0000000001\r\n");  // CP-032
    s.ask("RUN");
    s.machine.answer(1, found(status::fail, reason::no_mailbox));
    EXPECT_EQ(s.said(), "OK 0000000001=not_found\r\n");
}

TEST(callout_server, several_addresses_are_answered_in_any_order_and_listed_in_one) {  // CP-032 CP-040 CP-050
    session s;
    for (auto const* a : {"m1", "gone", "m1", "grey", "m2"}) s.ask(std::string("VRFY ") + a + "@s1.test");
    EXPECT_EQ(s.ask("DROP 1"), "OK\r\n");
    EXPECT_EQ(s.ask("DROP 0000000001"), "NO entry not found\r\n");
    s.ask("RUN");
    ASSERT_EQ(s.machine.take_run().size(), 4u);
    for (auto const& [id, v] : {std::pair(4u, refused()), {3u, greylisted()}, {0u, success()}}) {
        s.machine.answer(id, v);
    }
    EXPECT_EQ(s.said(), "");
    s.machine.answer(2, success());
    EXPECT_EQ(s.said(),
              "OK 0000000000=success 0000000002=success 0000000003=temp_failure 0000000004=temp_failure\r\n");
}

TEST(callout_server, CP_051_what_a_run_could_not_settle_is_not_listed_by_the_next_one) {
    session s;
    s.ask("VRFY a@b.example");
    s.ask("RUN");
    s.machine.answer(0, refused());
    EXPECT_EQ(s.said(), "OK 0000000000=temp_failure\r\n");
    EXPECT_EQ(s.ask("RUN"), "OK\r\n");  // CP-042
    s.ask("VRFY c@b.example");
    s.ask("RUN");
    s.machine.answer(1, found(status::fail, reason::no_mailbox));
    EXPECT_EQ(s.said(), "OK 0000000001=not_found\r\n");
}

TEST(callout_server, what_is_unsettled_stays_for_another_try_unless_it_is_dropped) {  // CP-041 CP-054 CP-056
    session s;
    for (auto const* a : {"a", "b", "c", "d"}) s.ask(std::string("VRFY ") + a + "@b.example");
    s.ask("RUN");
    s.machine.answer(0, refused());
    s.machine.answer(1, greylisted());
    s.machine.answer(2, success());
    auto cached = refused();
    cached.cached = freshness::cached;
    s.machine.answer(3, cached);
    ASSERT_EQ(s.machine.unfinished().size(), 1u);
    EXPECT_EQ(s.machine.unfinished()[0].address, "a@b.example");
    s.said();
    EXPECT_EQ(s.ask("DROP 1"), "NO entry not found\r\n");
    EXPECT_EQ(s.ask("DROP 0"), "OK\r\n");
    EXPECT_TRUE(s.machine.unfinished().empty());
}

TEST(callout_server, only_the_five_words_are_ever_said) {  // CP-050
    for (auto const word : {verdict_word::success, verdict_word::catch_all, verdict_word::not_found,
                            verdict_word::no_mx, verdict_word::failure, verdict_word::policy_block,
                            verdict_word::temp_failure, verdict_word::timeout, verdict_word::dns_failure}) {
        auto const said = foreign_words_of(word).protocol;
        EXPECT_TRUE(said == "success" || said == "not_found" || said == "failure" || said == "temp_failure" ||
                    said == "timeout")
            << said;
    }
}

struct outcome_row {
    callout::status status;
    callout::reason reason;
    char const* word;
};

/// What our word is where callout-protocol.md records what calloutd says of the same peer.
TEST(callout_server, each_outcome_has_the_word_of_the_daemons_table) {
    outcome_row const rows[] = {
        {status::pass, reason::accepted, "success"},              // CP-073
        {status::fail, reason::no_mailbox, "not_found"},          // CP-073
        {status::transient, reason::greylisted, "temp_failure"},  // CP-073
        {status::fail, reason::null_mx, "not_found"},             // CP-061: calloutd says failure
        {status::fail, reason::no_domain, "not_found"},           // CP-062
        {status::transient, reason::dns, "temp_failure"},         // CP-063: calloutd says not_found
        {status::error, reason::blocked, "failure"},              // CP-074: calloutd says not_found
        {status::error, reason::helo, "failure"},                 // CP-074: calloutd says not_found
        {status::error, reason::sender_refused, "failure"},       // CP-074: calloutd says not_found
        {status::transient, reason::busy, "temp_failure"},        // CP-074
        {status::transient, reason::refused, "temp_failure"},     // CP-075
        {status::transient, reason::closed, "temp_failure"},      // CP-075
        {status::transient, reason::timeout, "timeout"},          // CP-075: calloutd never says timeout
        {status::error, reason::protocol, "failure"},
    };
    for (auto const& row : rows) {
        session s;
        s.ask("VRFY a@b.example");
        s.ask("RUN");
        s.machine.answer(0, found(row.status, row.reason));
        EXPECT_EQ(s.said(), std::string("OK 0000000000=") + row.word + "\r\n") << to_string(row.reason);
    }
}

TEST(callout_server, commands_after_a_run_wait_for_it) {  // CP-015
    session s;
    EXPECT_EQ(s.raw("VRFY a@b.example\nRUN\nVRFY c@d.example\nRUN\nQUIT\n"), "OK 0000000000\r\n");
    EXPECT_EQ(s.machine.take_run().size(), 1u);
    s.machine.end_of_input();  // a script that has said all and waits for the answers
    EXPECT_FALSE(s.machine.finished());
    s.machine.answer(0, success());
    EXPECT_EQ(s.said(), "OK 0000000000=success\r\nOK 0000000001\r\n");
    EXPECT_EQ(s.machine.take_run().size(), 1u);
    s.machine.answer(1, success());
    EXPECT_EQ(s.said(), "OK 0000000001=success\r\nOK bye\r\n");
    EXPECT_TRUE(s.machine.finished());
}

TEST(callout_server, CP_053_an_end_without_QUIT_ends_the_session) {
    session s;
    s.raw("SID x\r\nVRFY a@b.exam");  // a piece of a command is not a command
    s.machine.end_of_input();
    EXPECT_EQ(s.said(), "");
    EXPECT_TRUE(s.machine.finished());
}

TEST(callout_server, a_client_that_leaves_in_the_middle_of_a_run_leaves_its_addresses) {
    session s;
    s.ask("VRFY a@b.example");
    s.ask("VRFY c@b.example");
    s.ask("RUN");
    s.machine.answer(0, success());
    ASSERT_EQ(s.machine.unfinished().size(), 1u);
    EXPECT_EQ(s.machine.unfinished()[0].address, "c@b.example");
}

TEST(callout_server, a_queue_has_an_end_and_the_session_goes_on) {
    session s;
    std::size_t taken = 0, refused_ones = 0;
    for (int i = 0; i != 100'000; ++i) {
        auto const answer = s.ask("VRFY u" + std::to_string(i) + "@b.example");
        taken += answer.starts_with("OK ") ? 1 : 0;
        refused_ones += answer == "NO too many addresses before RUN\r\n" ? 1 : 0;
    }
    EXPECT_EQ(taken, 100u);
    EXPECT_EQ(refused_ones, 99'900u);
    s.ask("RUN");
    EXPECT_EQ(s.machine.take_run().size(), 100u);
}

TEST(callout_server, a_client_that_does_not_read_is_not_read_either) {
    session s;
    std::size_t fed = 0;
    while (s.machine.room() > 0) {
        std::string const some("FOO\n");
        if (s.machine.room() < some.size()) break;
        s.machine.feed(some);
        fed += some.size();
        ASSERT_LT(fed, 1u << 20);
    }
    EXPECT_LT(s.machine.output().size(), 70'000u);
    EXPECT_FALSE(s.machine.overwhelmed());
    s.said();  // all that was kept waiting is answered now
    EXPECT_GT(s.machine.room(), 1000u);
}

TEST(callout_server, progress_that_nobody_reads_ends_the_session) {
    session s;
    s.ask("VRFY a@b.example");
    s.ask("RUN");
    std::string const long_line(10'000, 'x');
    std::size_t lines = 0;
    while (!s.machine.overwhelmed()) {
        s.machine.progress(0, poll_stage::recv, long_line);
        ASSERT_LT(++lines, 10'000u);
    }
    EXPECT_LT(s.machine.output().size(), callout_server::max_output + 1024);
}

TEST(callout_server, what_a_peer_says_stays_one_line) {  // CP-045
    session s;
    s.ask("VRFY a@b.example");
    s.ask("RUN");
    s.machine.progress(0, poll_stage::recv, "250 ok\r\nOK 0000000000=success\x1b[2J");
    EXPECT_EQ(s.said(), "* 0000000000 RECV 250 ok??OK 0000000000=success?[2J\r\n");
    s.machine.progress(7, poll_stage::recv, "of nobody");
    EXPECT_EQ(s.said(), "");
}

TEST(callout_server, hosts_may_be_forbidden) {
    auto options = usual();
    options.allow_host = false;
    session s(options);
    EXPECT_EQ(s.ask("VRFY a@b.example MODE=hostonly HOST=10.0.0.1"), "NO HOST is not allowed here\r\n");
    EXPECT_EQ(s.ask("VRFY a@b.example"), "OK 0000000000\r\n");
}

}  // namespace
