#include "callout/delivery_status.hpp"

#include <gtest/gtest.h>

#include "core/decision.hpp"
#include "core/synthetic.hpp"

using namespace callout;

namespace {

mailbox ann() {
    return *mailbox::parse("ann@example.org");
}

/// Wednesday, 2 December 2026, 03:04:05 UTC.
constexpr system_time december{std::chrono::seconds(1796180645)};

verification replied(unsigned code, std::optional<core::enhanced_code> enhanced, core::reply_lines lines) {
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

TEST(delivery_status, lines_of_a_reply_are_folded) {  // CO-180: a second line is not a field
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

TEST(delivery_status, action_and_class_follow_the_status) {  // CO-180
    struct {
        status of;
        std::string_view action, code;
    } const cases[] = {
        {status::pass, "deliverable", "2.0.0"},
        {status::fail, "failed", "5.0.0"},
        {status::transient, "delayed", "4.0.0"},
        {status::error, "delayed", "4.0.0"},
    };
    for (auto const& one : cases) {
        delivery_status const s(verification(one.of, reason::temporary), ann(), december);
        EXPECT_EQ(s.action, one.action);
        EXPECT_EQ(s.status, one.code);
    }
}

TEST(delivery_status, detail_follows_the_reason_where_the_peer_gave_none) {  // CO-180, RFC 3463 3
    std::pair<reason, std::string_view> const cases[] = {
        {reason::accepted, "5.1.5"},   {reason::forwarded, "5.1.5"},    {reason::unverified, "5.1.5"},
        {reason::via_backup, "5.1.5"}, {reason::no_mailbox, "5.1.1"},   {reason::disabled, "5.2.1"},
        {reason::not_local, "5.1.6"},  {reason::relay_denied, "5.1.2"}, {reason::mailbox_full, "5.2.2"},
        {reason::blocked, "5.0.0"},
    };
    for (auto const& [why, code] : cases) {
        verification v(status::fail, why);
        EXPECT_EQ(delivery_status(v, ann(), december).status, code) << to_string(why);
        v.reply.emplace(550, std::nullopt, core::reply_lines{"no"});
        EXPECT_EQ(delivery_status(v, ann(), december).status, code) << to_string(why);
        v.reply->enhanced = core::enhanced_code{5, 7, 13};
        EXPECT_EQ(delivery_status(v, ann(), december).status, "5.7.13") << to_string(why);
    }
}

TEST(delivery_status, date_is_in_english_whatever_the_day) {  // CO-180, RFC 5322 3.3
    constexpr std::string_view days[] = {"Wed, 02 Dec 2026", "Thu, 03 Dec 2026", "Fri, 04 Dec 2026",
                                         "Sat, 05 Dec 2026", "Sun, 06 Dec 2026", "Mon, 07 Dec 2026",
                                         "Tue, 08 Dec 2026"};
    constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const date_at = [](system_time when) {
        return delivery_status(verification(status::pass, reason::accepted), ann(), when).last_attempt_date;
    };
    for (int i = 0; i < 7; ++i)
        EXPECT_EQ(date_at(december + std::chrono::days(i)), std::string(days[i]) + " 03:04:05 +0000");
    for (unsigned i = 0; i < 12; ++i) {
        using namespace std::chrono;
        auto const first = sys_days(year(2026) / month(i + 1) / 1);
        EXPECT_EQ(date_at(first).substr(5, 11), "01 " + std::string(months[i]) + " 2026");
    }
}
