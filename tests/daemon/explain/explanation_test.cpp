#include "explain/explanation.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "daemon/support/known_answer.hpp"
#include "explain/json.hpp"
#include "explain/recorder.hpp"
#include "explain/render.hpp"

using namespace std::chrono_literals;

namespace {

/// A callout as the engine tells it.
class story {
public:
    story() : watch_(begun_) {}

    void tell(callout::any_event const& what, std::chrono::milliseconds at) { watch_.on(what, begun_ + at); }

    vouchd::explanation explain(callout::verification verified, std::string sender = "<ann@example.org>") {
        vouchd::subject const whom(std::move(sender));
        values_.server.mode = vouchd::mode::enforce;
        return watch_.explain(whom, test::decided(whom, values_, std::move(verified)));
    }

private:
    callout::steady_time begun_{};
    vouchd::config values_;
    vouchd::recorder watch_;
};

callout::verification unknown_user() {
    callout::verification verified(callout::status::fail, callout::reason::no_mailbox);
    verified.host = "mx1.example.org";
    verified.message = "550 5.1.1 no such user";
    return verified;
}

}  // namespace

// DM-028: every section, in its order
TEST(explanation, tells_the_whole_story) {
    story told;
    callout::dns_answer mx(callout::dns_outcome::ok);
    mx.ttl = 300s;
    mx.exchanges.emplace_back(std::uint16_t{10}, "mx1.example.org");
    callout::fence_verdict const denied(false, "special-purpose: loopback");
    auto const loopback = boost::asio::ip::make_address("127.0.0.1");
    callout::core::reply const reply(550, std::nullopt, {"no such user"});
    told.tell(callout::event::cache_looked_up{"memory", "address", false, nullptr}, 0ms);
    told.tell(callout::event::dns_answered{"example.org", callout::record_type::mx, mx}, 3ms);
    told.tell(callout::event::address_checked{"mx1.example.org", loopback, denied}, 4ms);
    told.tell(callout::event::connecting{"mx1.example.org", callout::endpoint(loopback, 25), 1}, 5ms);
    told.tell(callout::event::sent{"RCPT TO:<ann@example.org>"}, 31ms);
    told.tell(callout::event::received{reply}, 1046ms);
    auto const text = vouchd::render(told.explain(unknown_user()));
    auto position = std::size_t{0};
    for (auto const* part :
         {"address    ann@example.org", "policy     null-sender - the sender is not <>",
          "sender-callout MATCH", "cache      address in memory: miss",
          "dns        MX example.org 300s -> 10 mx1.example.org",
          "fence      mx1.example.org [127.0.0.1] DENIED (special-purpose: loopback)",
          "dialogue   mx1.example.org [127.0.0.1]:25", "+0.031  > RCPT TO:<ann@example.org>",
          "+1.046  < 550 no such user", "verdict    not_found (fail/no_mailbox, said by mx1.example.org)",
          "decision   reject by rule sender-callout; mode is enforce -> effective: reject",
          "reply      550 5.1.8 "}) {
        auto const found = text.find(part, position);
        ASSERT_NE(found, text.npos) << part << "\nis missing in\n" << text;
        position = found;
    }
}

// CO-195: it is asked about and refused like any other, and an operator sees that it is unusual.
TEST(explanation, says_what_rfc_5321_does_not_allow) {
    story told;
    auto const odd = told.explain(unknown_user(), "<john..doe@example.org>");
    EXPECT_EQ(odd.decision.effective, "reject");
    auto const text = vouchd::render(odd);
    EXPECT_NE(text.find("address    john..doe@example.org"), text.npos) << text;
    EXPECT_NE(text.find("not by the letter of RFC 5321: a dot in the local part"), text.npos) << text;
    auto const carried = boost::json::parse(boost::json::serialize(to_json(odd)));
    EXPECT_EQ(render(vouchd::explanation_from(carried).value()), text);
    EXPECT_EQ(vouchd::render(told.explain(unknown_user())).find("RFC 5321"), std::string::npos);
}

// DM-031
TEST(explanation, shows_no_escape_sequence_of_a_peer) {
    story told;
    told.tell(callout::event::sent{"EHLO x\x1b[2J"}, 1ms);
    auto const text = vouchd::render(told.explain(unknown_user()));
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_NE(text.find("EHLO x\\x1b[2J"), text.npos);
}

// DM-027
TEST(explanation, says_to_scripts_what_is_known) {
    story told;
    EXPECT_EQ(told.explain(unknown_user()).outcome, vouchd::deliverable::no);
    auto const pass = callout::verification(callout::status::pass, callout::reason::accepted);
    EXPECT_EQ(told.explain(pass).outcome, vouchd::deliverable::yes);
    auto const later = callout::verification(callout::status::transient, callout::reason::greylisted);
    EXPECT_EQ(told.explain(later).outcome, vouchd::deliverable::unknown);
}

TEST(explanation, a_record_has_the_fields_of_the_manual) {
    story told;
    auto const record = vouchd::record_of("ann@example.org", told.explain(unknown_user()));
    EXPECT_EQ(record.address, "ann@example.org");
    EXPECT_EQ(record.normalized, "ann@example.org");
    EXPECT_EQ(record.result, "not_found");
    EXPECT_EQ(record.reason, "no_mailbox");
    EXPECT_EQ(record.reply, "550 5.1.1 no such user");
    EXPECT_EQ(record.mx, "mx1.example.org");
    EXPECT_EQ(record.cached, false);
}

// DM-150
TEST(explanation, says_whose_reply_it_shows) {
    story told;
    auto verified = callout::verification(callout::status::error, callout::reason::policy);
    verified.host = "mx1.example.org";
    verified.ip = "192.0.2.10";
    verified.message = "550 5.7.1 refused by policy";
    verified.reply = callout::core::reply(550, std::nullopt, {"refused by policy"});
    verified.said_at = callout::core::stage::rcpt;
    verified.cached = callout::freshness::cached;
    verified.age = 61s;
    verified.kept_for = callout::kept_for::host;
    verified.kept_until = callout::system_time(std::chrono::seconds(1796080205));
    verified.said_to_another = true;
    auto const carried = boost::json::parse(boost::json::serialize(to_json(told.explain(verified))));
    auto const text = render(vouchd::explanation_from(carried).value());
    EXPECT_NE(text.find("           said 61 seconds ago about another address of example.org, kept until "
                        "2026-11-30 23:10 UTC (`vouchd cache delete 192.0.2.10` ends it)\n"),
              text.npos)
        << text;
    auto const& verdict = carried.at("verdict");
    EXPECT_EQ(verdict.at("said_to_another"), true);
    EXPECT_EQ(verdict.at("kept_for"), "host");
    EXPECT_EQ(verdict.at("kept_until"), "2026-11-30T23:10:05Z");
    auto const record = vouchd::record_of("ann@example.org", told.explain(verified));
    EXPECT_EQ(record.said_to_another, true);
    EXPECT_EQ(record.kept_until, "2026-11-30T23:10:05Z");
}

// The control socket carries it whole: what the command shows is what the daemon saw.
TEST(explanation, survives_its_journey_as_json) {
    story told;
    callout::dns_answer mx(callout::dns_outcome::ok);
    mx.exchanges.emplace_back(std::uint16_t{10}, "mx1.example.org");
    auto const loopback = boost::asio::ip::make_address("127.0.0.1");
    told.tell(callout::event::dns_answered{"example.org", callout::record_type::mx, mx}, 3ms);
    told.tell(callout::event::connecting{"mx1.example.org", callout::endpoint(loopback, 25), 1}, 5ms);
    told.tell(callout::event::sent{"RCPT TO:<ann@example.org>"}, 31ms);
    auto const before = told.explain(unknown_user());
    auto const carried = boost::json::parse(boost::json::serialize(to_json(before)));
    auto const after = vouchd::explanation_from(carried);
    ASSERT_TRUE(after.has_value()) << after.error().message();
    EXPECT_EQ(render(*after), render(before));
    EXPECT_EQ(after->outcome, vouchd::deliverable::no);
}

TEST(explanation, a_document_of_another_form_is_refused) {
    EXPECT_TRUE(vouchd::explanation_from(boost::json::parse("{}")).has_error());
    EXPECT_TRUE(vouchd::explanation_from(boost::json::parse("[]")).has_error());
}
