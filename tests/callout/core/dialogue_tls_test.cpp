#include "support/callout_transcript.hpp"

using namespace test;

namespace {

dialogue_options with_tls(tls_use use) {
    auto o = asking();
    o.tls = use;
    return o;
}

opening in_clear() {
    opening how;
    how.in_clear = true;
    return how;
}

}  // namespace

TEST(dialogue_tls, is_used_where_it_is_offered_and_ehlo_is_said_again) {  // CO-047, SE-046, SE-050
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250-PIPELINING
< 250 STARTTLS
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        with_tls(tls_use::may));
}

TEST(dialogue_tls, is_not_used_unasked) {  // CO-051, CP-077
    for (auto const use : {tls_use::never, tls_use::ondemand}) {
        EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                            with_tls(use));
    }
}

TEST(dialogue_tls, is_given_to_a_peer_that_wants_it) {  // CO-051, CP-077, Z030
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250-PIPELINING
< 250 STARTTLS
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 530 5.7.0 Must issue a STARTTLS command first
< 503 5.5.1 need MAIL
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 250-mx
< 250 PIPELINING
> MAIL FROM:<>
>+ RCPT TO:<ann@example.org>
< 250 ok
< 550 5.1.1 no such user
= fail/no_mailbox, QUIT
)");
}

TEST(dialogue_tls, is_given_at_rcpt_after_a_reset) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 530 5.7.0 Must issue a STARTTLS command first
> RSET
< 250 ok
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)");
}

TEST(dialogue_tls, reset_that_fails_on_the_way_to_it_ends_in_the_demand) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 530 5.7.0 Must issue a STARTTLS command first
> RSET
< 502 no
= error/tls_required, QUIT
)");
}

TEST(dialogue_tls, demand_that_cannot_be_met) {  // CO-052, Z031
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 530 5.7.0 Must issue a STARTTLS command first
= error/tls_required, QUIT
)",
                        with_tls(tls_use::never));
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 530 5.7.0 Must issue a STARTTLS command first
= error/tls_required, QUIT
)");
}

TEST(dialogue_tls, refused_command_goes_on_in_clear) {  // CO-049, SE-065, Z037
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> STARTTLS
< 454 4.7.0 not now
* TLS failed
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        with_tls(tls_use::may));
}

TEST(dialogue_tls, refused_command_ends_it_where_tls_is_required) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> STARTTLS
< 454 4.7.0 not now
* TLS failed
= error/tls_policy, QUIT
)",
                        with_tls(tls_use::require));
}

TEST(dialogue_tls, required_and_not_offered) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
= error/tls_policy, QUIT
)",
                        with_tls(tls_use::require));
}

TEST(dialogue_tls, broken_handshake_begins_again_in_clear) {  // CO-050, SE-066, Z032, Z033
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> STARTTLS
< 220 go
! the TLS handshake failed
* TLS failed
= error/tls_policy, TLS broken, again in clear
)",
                        with_tls(tls_use::may));
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        with_tls(tls_use::may), in_clear());
}

TEST(dialogue_tls, broken_handshake_of_a_peer_that_demands_it) {
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 530 5.7.0 Must issue a STARTTLS command first
> STARTTLS
< 220 go
! the TLS handshake failed
* TLS failed
= error/tls_required, TLS broken
)");
}

TEST(dialogue_tls, required_is_never_traded_for_clear_text) {  // SE-066
    session state;
    auto const who = with_tls(tls_use::require);
    script peer("< 220 mx\n< 250-mx\n< 250 STARTTLS\n< 220 go\n");
    dialogue talk(who, opening(), state);
    auto next = talk.start();
    while (next.what == action::kind::exchange) next = talk.resume(peer.next());
    ASSERT_EQ(next.what, action::kind::secure);
    next = talk.secured(errc::tls_handshake);
    ASSERT_EQ(next.what, action::kind::weigh);
    EXPECT_EQ(talk.proposed(), after_tls_failure::quit);
    next = talk.weighed(after_tls_failure::retry_plain);
    EXPECT_TRUE(next.finished());
    EXPECT_FALSE(talk.again());
}

TEST(dialogue_tls, bytes_after_the_220_end_the_session) {  // CO-048, SE-067, Z036
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> STARTTLS
< 220 go
! bytes in clear follow the answer to STARTTLS
= error/protocol
)",
                        with_tls(tls_use::may));
}

TEST(dialogue_tls, what_was_offered_in_clear_is_forgotten) {  // RS-035, RFC 3207 4.2
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250-PIPELINING
< 250 STARTTLS
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 502 5.5.1 no such command
> HELO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        with_tls(tls_use::may));
}

TEST(dialogue_tls, is_given_whatever_the_code_of_the_demand) {  // CO-052
    for (std::string const demand :
         {"451 5.7.3 STARTTLS is required to send mail", "503 TLS required", "550 5.7.10 Encryption required",
          "454 4.7.0 Must issue a STARTTLS command first"}) {
        EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< )" + demand + R"(
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)");
    }
}

TEST(dialogue_tls, is_given_on_a_new_connection_where_the_demand_ended_the_old_one) {
    auto const* const demand = R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> MAIL FROM:<>
< 421 4.7.0 TLS required
= error/tls_required, again
)";
    EXPECT_CONVERSATION(demand);
    opening again;
    again.secure_first = true;
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250-mx
< 250 STARTTLS
> STARTTLS
< 220 go
* TLS
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 250 ok
> RCPT TO:<ann@example.org>
< 250 ok
= pass/accepted, QUIT
)",
                        asking(), again);
}

TEST(dialogue_tls, demand_is_never_learnt_as_a_refusal_of_the_null_sender) {  // CO-063
    EXPECT_CONVERSATION(R"(
< 220 mx
> EHLO mail.example.net
< 250 mx
> MAIL FROM:<>
< 550 5.7.10 TLS required for bounces
= error/tls_required, QUIT
)",
                        with_fallback());
}
