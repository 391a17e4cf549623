#include "callout/delivery_status.hpp"

#include <gtest/gtest.h>

#include "callout/core/decision.hpp"
#include "callout/core/synthetic.hpp"

using namespace callout;

namespace {

mailbox ann() {
    return *mailbox::parse("ann@example.org");
}

/// Wednesday, 2 December 2026, 03:04:05 UTC.
constexpr system_time december{std::chrono::seconds(1796180645)};

verification replied(unsigned code, std::optional<core::enhanced_code> enhanced,
                     std::vector<std::string> lines) {
    auto v = core::decide(core::stage::rcpt, core::reply(code, enhanced, std::move(lines))).answer;
    v.host = "mx.example.org";
    return v;
}

}  // namespace

TEST(delivery_status, a_refused_address_has_failed) {  // CO-180
    auto const v = replied(550, core::enhanced_code{5, 1, 1}, {"5.1.1 no such user"});
    EXPECT_EQ(delivery_status(v, ann(), december).text(),
              "Final-Recipient: rfc822; ann@example.org\r\n"
              "Action: failed\r\n"
              "Status: 5.1.1\r\n"
              "Remote-MTA: dns; mx.example.org\r\n"
              "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
              "Last-Attempt-Date: Wed, 02 Dec 2026 03:04:05 +0000\r\n");
}

TEST(delivery_status, lines_of_a_reply_are_folded) {  // CO-180: a second line is no field
    auto const v = replied(550, {}, {"no such user", "Action: delivered"});
    auto const text = delivery_status(v, ann(), december).text();
    EXPECT_NE(text.find("Diagnostic-Code: smtp; 550-no such user\r\n    550 Action: delivered\r\n"),
              text.npos)
        << text;
    EXPECT_NE(text.find("Status: 5.1.1\r\n"), text.npos) << text;
}

TEST(delivery_status, a_taken_address_is_deliverable) {  // CO-180
    delivery_status const s(replied(250, {}, {"ok"}), ann(), december);
    EXPECT_EQ(s.action, "deliverable");
    EXPECT_EQ(s.status, "2.1.5");
}

TEST(delivery_status, a_refusal_of_us_only_delays) {  // CO-180: its class is 4, as the action says
    delivery_status const s(replied(550, core::enhanced_code{5, 7, 1}, {"5.7.1 you are listed"}), ann(),
                            december);
    EXPECT_EQ(s.action, "delayed");
    EXPECT_EQ(s.status, "4.7.1");
    EXPECT_EQ(s.diagnostic_code, "smtp; 550 5.7.1 you are listed");
}

TEST(delivery_status, where_nobody_replied_the_words_are_ours) {  // CO-180
    auto const v = core::verdict_by_fact(status::fail, reason::null_mx, scope::domain, "takes no mail");
    delivery_status const s(v, ann(), december);
    EXPECT_EQ(s.status, "5.1.10");
    EXPECT_EQ(s.remote_mta, "");
    EXPECT_EQ(s.diagnostic_code, "x-vouch; 556 5.1.10 takes no mail");
    EXPECT_EQ(s.text().find("Remote-MTA"), std::string::npos);
}

TEST(delivery_status, a_local_part_beyond_ascii) {  // RFC 6533 3
    delivery_status const s(replied(550, {}, {"no"}), *mailbox::parse("änn@example.org"), december);
    EXPECT_EQ(s.final_recipient, "utf-8; änn@example.org");
}
