#include "milterproto/core/mta/client_response.hpp"

#include <gtest/gtest.h>

#include "milterproto/core/error.hpp"
#include "milterproto/core/mta/mta_socket.hpp"

/// What the SMTP client hears of a filter (milter-protocol.md 3.3, 6), and where an MTA finds one (9).
namespace milterproto {
namespace {

using core::answer;
using core::client_standing;
using core::command;
using core::failure_action;
using core::postfix;
using core::sendmail;

std::string heard(core::mta_dialect const& as, command to, answer verdict, std::string_view text = {}) {
    client_standing client(as);
    return client.on_verdict(to, verdict, text).reply;
}

// MP-214, peculiarity D27
TEST(client_response, default_texts_of_each_stage) {
    for (auto const to : {command::mail, command::rcpt, command::data, command::unknown}) {
        EXPECT_EQ(heard(sendmail(), to, answer::reject), "550 5.7.1 Command rejected");
        EXPECT_EQ(heard(postfix(), to, answer::reject), "550 5.7.1 Command rejected");
        EXPECT_EQ(heard(sendmail(), to, answer::tempfail), "451 4.3.2 Please try again later");
        EXPECT_EQ(heard(postfix(), to, answer::tempfail), "451 4.7.1 Service unavailable - try again later");
    }
    for (auto const to : {command::header, command::end_of_headers, command::body, command::end_of_message}) {
        EXPECT_EQ(heard(sendmail(), to, answer::reject), "554 5.7.1 Command rejected");
        EXPECT_EQ(heard(postfix(), to, answer::reject), "550 5.7.1 Command rejected");
        EXPECT_EQ(heard(sendmail(), to, answer::tempfail), "451 4.3.2 Please try again later");
        EXPECT_EQ(heard(postfix(), to, answer::tempfail), "451 4.7.1 Service unavailable - try again later");
    }
}

TEST(client_response, what_lets_a_command_pass_says_nothing) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const to : {command::connect, command::helo, command::mail, command::end_of_message}) {
            for (auto const verdict : {answer::proceed, answer::accept, answer::skip})
                EXPECT_EQ(heard(as, to, verdict), "");
        }
    }
}

// MP-215
TEST(client_response, an_unknown_command) {
    for (auto const& as : {postfix(), sendmail()}) {
        client_standing client(as);
        EXPECT_TRUE(client.on_verdict(command::unknown, answer::proceed).is_own());  // the MTA's own 500
        EXPECT_EQ(client.on_verdict(command::unknown, answer::reject).code(), 550);
        EXPECT_EQ(client.on_verdict(command::unknown, answer::reply_code, "502 5.5.1 no").reply,
                  "502 5.5.1 no");
        client.on_verdict(command::unknown, answer::discard);
        EXPECT_FALSE(client.discards());
    }
}

// MP-209
TEST(client_response, refusal_at_connect) {
    client_standing of_sendmail(sendmail());
    EXPECT_EQ(of_sendmail.on_verdict(command::connect, answer::reject).code(), 554);
    EXPECT_TRUE(of_sendmail.before(command::helo).is_own());
    EXPECT_EQ(of_sendmail.before(command::mail).reply, "550 5.0.0 Command rejected");
    client_standing of_postfix(postfix());
    EXPECT_EQ(of_postfix.on_verdict(command::connect, answer::reject).code(), 554);
    EXPECT_EQ(of_postfix.before(command::mail).reply, "550 5.7.1 Command rejected");
}

// MP-209
TEST(client_response, tempfail_at_connect_is_not_heard_in_the_greeting) {
    for (auto const& as : {postfix(), sendmail()}) {
        client_standing client(as);
        EXPECT_TRUE(client.before(command::mail).is_own());
        EXPECT_TRUE(client.on_verdict(command::connect, answer::tempfail).is_own());
        EXPECT_TRUE(client.before(command::helo).is_own());
        EXPECT_EQ(client.before(command::mail).code(), 451);
        EXPECT_EQ(client.before(command::rcpt).code(), 451);
    }
}

// Peculiarity D20
TEST(client_response, a_text_at_connect) {
    client_standing of_sendmail(sendmail());
    EXPECT_EQ(of_sendmail.on_verdict(command::connect, answer::reply_code, "571 5.7.1 listed").code(), 554);
    EXPECT_EQ(of_sendmail.before(command::mail).reply, "550 5.0.0 Command rejected");
    client_standing later(sendmail());
    EXPECT_TRUE(later.on_verdict(command::connect, answer::reply_code, "450 4.7.1 wait").is_own());
    EXPECT_EQ(later.before(command::mail).reply, "451 4.3.2 Please try again later");

    client_standing of_postfix(postfix());
    EXPECT_EQ(of_postfix.on_verdict(command::connect, answer::reply_code, "571 5.7.1 listed").code(), 554);
    EXPECT_EQ(of_postfix.before(command::mail).reply, "571 5.7.1 listed");
}

// MP-210
TEST(client_response, refusal_at_helo_is_heard_later) {
    for (auto const& as : {postfix(), sendmail()}) {
        client_standing client(as);
        EXPECT_TRUE(client.on_verdict(command::helo, answer::reject).is_own());
        EXPECT_EQ(client.before(command::mail).code(), 550);
        client_standing with_text(as);
        EXPECT_TRUE(with_text.on_verdict(command::helo, answer::reply_code, "571 5.7.1 listed").is_own());
        EXPECT_EQ(with_text.before(command::mail).reply, "571 5.7.1 listed");
        client_standing deferred(as);
        EXPECT_TRUE(deferred.on_verdict(command::helo, answer::tempfail).is_own());
        EXPECT_EQ(deferred.before(command::mail).code(), 451);
    }
    EXPECT_EQ(sendmail().texts.refused_after_helo, "550 Command rejected");
}

// MP-208
TEST(client_response, a_421_disconnects) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const to : {command::connect, command::helo, command::mail, command::rcpt, command::data,
                              command::end_of_message}) {
            for (auto const* text : {"421 4.7.0 go away", "421-4.7.0 go\r\n421 4.7.0 away"}) {
                client_standing client(as);
                auto const response = client.on_verdict(to, answer::reply_code, text);
                EXPECT_TRUE(response.disconnects());
                EXPECT_EQ(response.reply, text);
            }
            client_standing client(as);
            EXPECT_FALSE(client.on_verdict(to, answer::reply_code, "450 4.2.1 later").disconnects());
        }
    }
    client_standing client(postfix());
    EXPECT_TRUE(client.on_verdict(command::mail, answer::shutdown).disconnects());
}

// MP-211
TEST(client_response, a_discarded_message_looks_taken) {
    for (auto const& as : {postfix(), sendmail()}) {
        for (auto const to :
             {command::mail, command::rcpt, command::data, command::header, command::end_of_message}) {
            client_standing client(as);
            EXPECT_TRUE(client.on_verdict(to, answer::discard).is_own());
            EXPECT_TRUE(client.discards());
            EXPECT_TRUE(client.before(command::end_of_message).is_own());
            client.message_over();
            EXPECT_FALSE(client.discards());
        }
        client_standing client(as);
        EXPECT_TRUE(client.on_verdict(command::helo, answer::discard).is_own());
        EXPECT_FALSE(client.discards());
    }
}

core::mta_dialect failing(core::mta_dialect as, failure_action action) {
    as.failure.action = action;
    return as;
}

// MP-070, MP-071
TEST(client_response, when_the_filter_fails) {
    struct row {
        failure_action action;
        int postfix, sendmail;
    };
    constexpr row rows[] = {
        {failure_action::accept, 0, 0},       {failure_action::quarantine, 0, 0},
        {failure_action::tempfail, 451, 451}, {failure_action::reject, 550, 554},
        {failure_action::shutdown, 421, 421},
    };
    for (auto const& one : rows) {
        client_standing of_postfix(failing(postfix(), one.action));
        EXPECT_EQ(of_postfix.on_failure(command::mail, errc::peer_gone).code(), one.postfix);
        EXPECT_EQ(of_postfix.before(command::rcpt).code(), one.postfix);
        EXPECT_EQ(of_postfix.holds(), one.action == failure_action::quarantine);
        client_standing of_sendmail(failing(sendmail(), one.action));
        of_sendmail.on_failure(command::negotiate, errc::agreement_missing);
        EXPECT_EQ(of_sendmail.before(command::mail).code(), one.sendmail);
    }
    EXPECT_EQ(postfix().failure.action, failure_action::tempfail);
    EXPECT_EQ(sendmail().failure.action, failure_action::accept);
}

TEST(client_response, the_command_that_sendmails_filter_failed_at_goes_on) {
    client_standing client(failing(sendmail(), failure_action::tempfail));
    EXPECT_TRUE(client.on_failure(command::mail, errc::unknown_reply).is_own());
    EXPECT_EQ(client.before(command::rcpt).code(), 451);
    client_standing at_end(failing(sendmail(), failure_action::tempfail));
    EXPECT_EQ(at_end.on_failure(command::end_of_message, errc::unknown_reply).code(), 451);
    client_standing shut(failing(sendmail(), failure_action::shutdown));
    EXPECT_TRUE(shut.on_failure(command::mail, errc::unknown_reply).disconnects());
}

// MP-206
TEST(client_response, a_malformed_text_is_a_fault_of_the_configuration_in_postfix) {
    client_standing client(postfix());
    EXPECT_EQ(client.on_failure(command::mail, errc::reply_malformed).reply.substr(0, 9), "451 4.3.5");
    EXPECT_EQ(client.before(command::rcpt).code(), 451);
    client_standing lenient(failing(postfix(), failure_action::accept));
    EXPECT_TRUE(lenient.on_failure(command::mail, errc::reply_malformed).is_own());
}

// MP-071
TEST(client_response, actions_are_selected_by_name_or_letter) {
    EXPECT_EQ(core::parse_failure_action("accept"), failure_action::accept);
    EXPECT_EQ(core::parse_failure_action("tempfail"), failure_action::tempfail);
    EXPECT_EQ(core::parse_failure_action("reject"), failure_action::reject);
    EXPECT_EQ(core::parse_failure_action("quarantine"), failure_action::quarantine);
    EXPECT_EQ(core::parse_failure_action("shutdown"), failure_action::shutdown);
    EXPECT_EQ(core::parse_failure_action("Accept"), std::nullopt);
    EXPECT_EQ(core::parse_failure_flag(""), failure_action::accept);
    EXPECT_EQ(core::parse_failure_flag("R"), failure_action::reject);
    EXPECT_EQ(core::parse_failure_flag("T"), failure_action::tempfail);
    EXPECT_EQ(core::parse_failure_flag("4"), failure_action::shutdown);
    EXPECT_EQ(core::parse_failure_flag("X"), std::nullopt);
}

// MP-267
TEST(mta_socket, forms_of_postfix) {
    auto const takes = [](std::string_view text) { return core::takes_socket(postfix().sockets, text); };
    for (auto const* text : {"inet:127.0.0.1:8891", "inet:[::1]:8891", "inet:localhost:milter", "unix:/run/x",
                             "unix:private/x", "local:/run/x"})
        EXPECT_TRUE(takes(text)) << text;
    for (auto const* text :
         {"", "/run/x", ":/run/x", "inet:8891", "inet:8891@127.0.0.1", "inet:8891@[::1]", "inet6:8891@[::1]",
          "inet6:[::1]:8891", "tcp:127.0.0.1:8891", "UNIX:/run/x", "Inet:localhost:1",
          "unix:", "inet:::1:8891", "inet::8891", "inet:localhost:", "inet:localhost:70000"})
        EXPECT_FALSE(takes(text)) << text;
}

// MP-267
TEST(mta_socket, forms_of_sendmail) {
    auto const takes = [](std::string_view text) { return core::takes_socket(sendmail().sockets, text); };
    for (auto const* text :
         {"inet:8891@127.0.0.1", "inet:milter@localhost", "inet6:8891@[::1]", "inet6:8891@::1", "unix:/run/x",
          "local:/run/x", "UNIX:/run/x", "/run/x", ":/run/x"})
        EXPECT_TRUE(takes(text)) << text;
    for (auto const* text : {"", "inet:8891", "inet:127.0.0.1:8891", "inet:localhost:8891", "inet:8891@",
                             "inet:@h", "unix:relative", "tcp:8891@localhost", "inet:99999@localhost"})
        EXPECT_FALSE(takes(text)) << text;
}

}  // namespace
}  // namespace milterproto
