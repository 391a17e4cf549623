#include "explain/explanation.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "explain/outcome.hpp"

using namespace std::chrono_literals;

namespace {

/// A callout as the engine tells it.
class story {
public:
    story() : watch_(begun_) {}

    void tell(callout::any_event const& what, std::chrono::milliseconds at) { watch_.on(what, begun_ + at); }

    boost::json::object document(callout::verification verified) {
        vouchd::sender_facts const facts("<ann@example.org>");
        values_.server.mode = vouchd::mode::enforce;
        auto const made =
            vouchd::conclude(facts, values_, vouchd::evaluate(facts, values_), std::move(verified));
        return watch_.document(facts, made, values_);
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
    auto const text = vouchd::render(told.document(unknown_user()));
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

// DM-031
TEST(explanation, shows_no_escape_sequence_of_a_peer) {
    story told;
    told.tell(callout::event::sent{"EHLO x\x1b[2J"}, 1ms);
    auto const text = vouchd::render(told.document(unknown_user()));
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_NE(text.find("EHLO x\\x1b[2J"), text.npos);
}

// DM-027
TEST(explanation, says_to_scripts_what_is_known) {
    story told;
    EXPECT_EQ(vouchd::outcome_of(told.document(unknown_user())), vouchd::deliverable::no);
    auto const pass = callout::verification(callout::status::pass, callout::reason::accepted);
    EXPECT_EQ(vouchd::outcome_of(told.document(pass)), vouchd::deliverable::yes);
    auto const later = callout::verification(callout::status::transient, callout::reason::greylisted);
    EXPECT_EQ(vouchd::outcome_of(told.document(later)), vouchd::deliverable::unknown);
}

TEST(explanation, a_record_has_the_fields_of_the_manual) {
    story told;
    auto const record = vouchd::verification_record("ann@example.org", told.document(unknown_user()));
    EXPECT_EQ(record.at("address"), "ann@example.org");
    EXPECT_EQ(record.at("normalized"), "ann@example.org");
    EXPECT_EQ(record.at("result"), "not_found");
    EXPECT_EQ(record.at("reason"), "no_mailbox");
    EXPECT_EQ(record.at("reply"), "550 5.1.1 no such user");
    EXPECT_EQ(record.at("mx"), "mx1.example.org");
    EXPECT_EQ(record.at("cached"), false);
}
