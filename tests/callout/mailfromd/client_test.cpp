#include "callout/mailfromd/client.hpp"

#include <gtest/gtest.h>

#include "callout/mailfromd/url.hpp"

namespace {

using namespace callout;
using namespace callout::core;

/// Returns a client after greeting, SID and SET.
callout_client opened(callout_session_options session = {}) {
    callout_client client(std::move(session));
    client.open();
    client.feed("OK hi\r\n");
    while (client.busy()) {
        (void)client.take_output();
        client.feed("OK\r\n");
    }
    return client;
}

/// Returns the client after it asked about one address a server that answers RUN with this.
callout_client asked(std::string_view run, std::string_view id = "OK 0000000000\r\n") {
    auto client = opened();
    client.ask("a@b.example", "");
    client.feed(id);
    client.feed(run);
    return client;
}

// CP-086 CP-087 CP-088
TEST(callout_client, CP_086_CP_087_CP_088_opens_one_step_at_a_time) {
    callout_session_options session;
    session.sid = "192.0.2.7:QID1";
    session.ehlo_domain = "mta.example";
    session.mailfrom_address = "<>";
    callout_client client(session);
    client.open();
    EXPECT_EQ(client.take_output(), "");  // CP-086
    std::vector<std::string> const expected = {"SID 192.0.2.7:QID1\r\n", "SET TRANSCRIPT=\"OFF\"\r\n",
                                               "SET STARTTLS=\"ondemand\"\r\n",
                                               "SET EHLO=\"mta.example\"\r\n", "SET MAILFROM=\"<>\"\r\n"};
    client.feed("OK mailfromd callout server ready\r\n");
    for (auto const& line : expected) {
        EXPECT_TRUE(client.busy());
        EXPECT_EQ(client.take_output(), line);
        client.feed("OK");
        EXPECT_EQ(client.take_output(), "");
        client.feed("\r\n");
    }
    EXPECT_FALSE(client.busy());
    EXPECT_FALSE(client.error());
}

TEST(callout_client, CP_103_a_session_that_is_used_anew_sets_and_does_not_name_itself) {
    auto client = opened();
    client.set();
    EXPECT_EQ(client.take_output(), "SET TRANSCRIPT=\"OFF\"\r\n");
}

// CP-089 CP-090
TEST(callout_client, CP_089_CP_090_quotes_the_address_and_appends_the_rest) {
    auto client = opened();
    client.ask(R"(a"b\c d@b.c)", "MODE=mxonly HOST=\"x y\"");
    EXPECT_EQ(client.take_output(), "VRFY \"a\\\"b\\\\c d@b.c\" MODE=mxonly HOST=\"x y\"\r\n");
    client.feed("OK 7\r\n");
    EXPECT_EQ(client.take_output(), "RUN\r\n");  // CP-087
}

TEST(callout_client, control_characters_are_never_said) {  // CP-081
    EXPECT_TRUE(callout_client::objection("a@b\r\nQUIT", ""));
    EXPECT_TRUE(callout_client::objection("a@b", "MODE=x\nQUIT"));
    EXPECT_FALSE(callout_client::objection("a@b", "MODE=mxfirst"));
}

TEST(callout_client, CP_092_another_answer_than_OK_is_e_callout_proto_with_the_line) {  // CO-113
    for (std::size_t good = 0; good != 4; ++good) {
        callout_client client((callout_session_options()));
        client.open();
        for (std::size_t i = 0; i != good; ++i) client.feed("OK\r\n");
        client.feed("NO thanks\r\n");
        ASSERT_TRUE(client.error()) << good;
        EXPECT_EQ(client.error()->what, callout_fault::e_callout_proto);
        EXPECT_EQ(client.error()->text, "NO thanks");
        EXPECT_FALSE(client.busy());
    }
    auto client = opened();
    client.ask("a@b.example", "FOO=1");
    client.feed("NO unknown attribute\r\n");
    ASSERT_TRUE(client.error());
    EXPECT_EQ(client.error()->text, "NO unknown attribute");
    for (auto const* greeting : {"220 hi\r\n", "NOT OK really\r\n", "OKAY\r\n", "\r\n", "NO\n"}) {
        callout_client other((callout_session_options()));
        other.open();
        other.feed(greeting);
        EXPECT_TRUE(other.error()) << greeting;
    }
}

TEST(callout_client, CP_093_a_closed_connection_is_e_eof) {
    for (std::string_view const said : {"", "OK", "OK hi\r\n", "OK hi\r\nOK\r\n"}) {
        callout_client client((callout_session_options()));
        client.open();
        client.feed(said);
        client.end_of_input();
        ASSERT_TRUE(client.error());
        EXPECT_EQ(client.error()->what, callout_fault::e_eof);
    }
    auto client = opened();
    client.end_of_input();
    EXPECT_FALSE(client.error());  // nothing was outstanding
}

TEST(callout_client, CP_094_words_have_mailfromds_numbers) {
    struct row {
        char const* word;
        callout_status status;
        int number;
    };
    for (auto const& [word, status, number] : {row{"success", callout_status::success, 0},
                                               {"not_found", callout_status::e_not_found, 1},
                                               {"failure", callout_status::e_failure, 2},
                                               {"temp_failure", callout_status::e_temp_failure, 3},
                                               {"timeout", callout_status::e_temp_failure, 3}}) {
        auto const client = asked("OK 0000000000=" + std::string(word) + "\r\n");
        EXPECT_FALSE(client.busy());
        EXPECT_EQ(client.answer().status, status);
        EXPECT_EQ(static_cast<int>(client.answer().status), number);
        EXPECT_EQ(client.answer().word, word);
    }
}

TEST(callout_client, CP_095_a_run_that_lists_nothing_is_e_not_found) {
    for (auto const* line : {"NO bad\r\n", "OK\r\n"}) {
        auto const client = asked(line);
        EXPECT_FALSE(client.error());
        EXPECT_EQ(client.answer().status, callout_status::e_not_found);
        EXPECT_TRUE(client.answer().cache_used);
    }
}

TEST(callout_client, CP_096_the_own_address_is_found_among_others) {
    // mailfromd 8.15 reads from this line that the address is valid.
    auto const client = asked("OK 0000000004=temp_failure 0000000005=not_found\r\n", "OK 0000000005\r\n");
    EXPECT_EQ(client.answer().status, callout_status::e_not_found);
}

TEST(callout_client, what_does_not_answer_the_question_is_e_callout_proto) {
    // Of each mailfromd 8.15 reads that the address is valid.
    for (auto const* line : {"OK 0000000000=bogus\r\n", "OK 0=\r\n", "OK 1=success\r\n", "OK nonsense\r\n"}) {
        auto const client = asked(line);
        ASSERT_TRUE(client.error()) << line;
        EXPECT_EQ(client.error()->what, callout_fault::e_callout_proto);
    }
}

// CP-097 CP-099
TEST(callout_client, CP_097_CP_099_stages_are_the_variables_and_the_last_value_counts) {
    auto const client = asked(
        "* 0000000000 INIT mx1.x\r\n* 0000000000 GRTNG 421 busy\r\n* 0000000000 SENT nothing\r\n"
        "* 0000000000 RECV 421 busy\r\n* 0000000000 INIT mx2.x\r\n* 0000000000 HELO 250-h\r\n"
        "* 0000000000 SENT RCPT TO:<a@b.c>\r\n* 0000000000 RECV 250 ok\r\nOK 0000000000=success\r\n");
    auto const& answer = client.answer();
    EXPECT_EQ(answer.last_poll.host, "mx2.x");
    EXPECT_EQ(answer.last_poll.greeting, "421 busy");
    EXPECT_EQ(answer.last_poll.helo, "250-h");
    EXPECT_EQ(answer.last_poll.sent, "RCPT TO:<a@b.c>");
    EXPECT_EQ(answer.last_poll.received, "250 ok");
    EXPECT_FALSE(answer.cache_used);
}

TEST(callout_client, CP_099_without_progress_it_was_the_cache) {
    auto const client = asked("OK 0000000000=success\r\n");
    EXPECT_TRUE(client.answer().cache_used);
    EXPECT_EQ(client.answer().last_poll.host, "");
    EXPECT_EQ(client.answer().last_poll.sent, "");
}

TEST(callout_client, CP_100_unknown_stages_and_malformed_lines_are_ignored) {
    auto client = asked("* 0 FOO bar\r\n* 0 SENT\r\n*  0 RECV x\r\n*\r\n* x INIT y\r\n");
    EXPECT_TRUE(client.busy());
    client.feed("OK 0=success\r\n");
    EXPECT_FALSE(client.busy());
    EXPECT_EQ(client.answer().status, callout_status::success);
    EXPECT_EQ(client.answer().last_poll.received, "");
}

TEST(callout_client, CP_101_ids_have_any_number_of_digits) {
    EXPECT_EQ(word_of_id("OK 7=success", "7"), "success");
    EXPECT_EQ(word_of_id("OK 000000000000000000000000007=success", "7"), "success");
    EXPECT_EQ(word_of_id("OK 123456789012345678901234567890=failure", "123456789012345678901234567890"),
              "failure");
    EXPECT_EQ(asked("OK 0=success\r\n", "OK 00000\r\n").answer().word, "success");
    EXPECT_EQ(asked("OK 12=success\r\n", "OK\r\n").answer().word, "success");  // no id was given
}

TEST(callout_client, CP_102_quit_ignores_what_is_answered) {
    auto client = opened();
    client.quit();
    EXPECT_EQ(client.take_output(), "QUIT\r\n");
    client.feed("NO nobye\r\n");
    EXPECT_FALSE(client.busy());
    EXPECT_FALSE(client.error());
}

TEST(callout_client, a_server_without_an_end_is_left) {
    callout_client client((callout_session_options()));
    client.open();
    client.feed(std::string(callout_client::max_line + 1, 'x'));
    ASSERT_TRUE(client.error());
    EXPECT_EQ(client.error()->what, callout_fault::e_callout_proto);
    auto flooded = asked("");
    for (std::size_t i = 0; i <= callout_client::max_progress_lines; ++i) flooded.feed("* 0 RECV x\r\n");
    EXPECT_TRUE(flooded.error());
}

TEST(callout_client, two_questions_do_not_share_their_details) {  // CP-098
    auto client = asked("* 0 INIT mx.x\r\nOK 0=success\r\n");
    client.ask("c@d.example", "");
    client.feed("OK 1\r\nOK 1=not_found\r\n");
    EXPECT_EQ(client.answer().status, callout_status::e_not_found);
    EXPECT_EQ(client.answer().last_poll.host, "");
}

struct url_row {
    char const* text;
    callout_url::kind kind;
    char const* where;
};

TEST(callout_url, CP_104_takes_the_forms_of_mailfromd) {
    using enum callout_url::kind;
    url_row const rows[] = {
        {"inet://127.0.0.1:3535", inet, "127.0.0.1 3535"}, {"inet://localhost:3535", inet, "localhost 3535"},
        {"inet://127.0.0.1:smtp", inet, "127.0.0.1 smtp"}, {"inet:3535@127.0.0.1", inet, "127.0.0.1 3535"},
        {"inet6://[::1]:3535", inet6, "::1 3535"},         {"unix:///run/x.sock", unix_path, "/run/x.sock"},
        {"unix:/run/x.sock", unix_path, "/run/x.sock"},    {"local:///run/x.sock", unix_path, "/run/x.sock"},
        {"/run/x.sock", unix_path, "/run/x.sock"},         {"local:", engine, ""}};
    for (auto const& row : rows) {
        auto const url = callout_url::parse(row.text);
        ASSERT_TRUE(url) << row.text;
        EXPECT_EQ(url->how(), row.kind) << row.text;
        auto const where =
            url->path().empty() && !url->host().empty() ? url->host() + ' ' + url->service() : url->path();
        EXPECT_EQ(where, row.where) << row.text;
    }
}

// CP-104 CP-105
TEST(callout_url, CP_104_CP_105_says_what_is_wrong) {
    struct bad_row {
        std::string text;
        callout_fault what;
        char const* says;
    };
    bad_row const rows[] = {
        {"tcp://127.0.0.1:3535", callout_fault::e_range, "unsupported protocol: tcp"},  // CP-105
        {"localhost:3535", callout_fault::e_range, "unsupported protocol: localhost"},
        {"inet://host", callout_fault::e_failure, "missing port number"},
        {"inet://127.0.0.1:65536", callout_fault::e_failure, "a port is a number from 1 to 65535"},
        {"inet:99999@127.0.0.1", callout_fault::e_failure, "a port is a number from 1 to 65535"},
        {"inet://127.0.0.1:0", callout_fault::e_failure, "a port is a number from 1 to 65535"},
        {"", callout_fault::e_failure, "empty"},
        {"callout", callout_fault::e_failure, "no scheme"},
        {"unix://relative", callout_fault::e_failure, "must begin with /"},
        {"/" + std::string(200, 'x'), callout_fault::e_failure, "107"},
        {"/a\nb", callout_fault::e_failure, "control character"}};
    for (auto const& row : rows) {
        auto const url = callout_url::parse(row.text);
        ASSERT_FALSE(url) << row.text;
        EXPECT_EQ(url.error().what, row.what) << row.text;
        EXPECT_NE(url.error().text.find(row.says), std::string::npos) << url.error().text;
    }
}

}  // namespace
