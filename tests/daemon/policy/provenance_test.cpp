// Whose words a remembered verdict repeats (DM-150).

#include "policy/provenance.hpp"

#include <gtest/gtest.h>

#include "policy/described.hpp"
#include "policy/sender_callout.hpp"

using namespace std::chrono_literals;
using callout::core::stage;

namespace {

vouchd::subject asked_sender() {
    return vouchd::subject("<ann@example.org>");
}

callout::verification remembered(callout::kept_for what, bool said_to_another) {
    callout::verification v(callout::status::error, callout::reason::policy);
    v.message = "550 5.7.1 blocked";
    v.reply = callout::core::reply(550, std::nullopt, {"5.7.1 blocked"});
    v.said_at = stage::rcpt;
    v.host = "mx1.example.org";
    v.ip = "192.0.2.10";
    v.cached = callout::freshness::cached;
    v.age = 12min;
    v.kept_for = what;
    v.kept_until = callout::system_time(std::chrono::seconds(1796080205));
    v.said_to_another = said_to_another;
    return v;
}

}  // namespace

TEST(provenance, names_no_other_address_and_the_command_that_ends_it) {  // DM-150
    EXPECT_EQ(provenance(remembered(callout::kept_for::host, true), asked_sender()),
              "said 12 minutes ago about another address of example.org, kept until 2026-11-30 23:10 UTC "
              "(`vouchd cache delete 192.0.2.10` ends it)");
    EXPECT_EQ(provenance(remembered(callout::kept_for::address, false), asked_sender()),
              "said 12 minutes ago about this address, kept until 2026-11-30 23:10 UTC "
              "(`vouchd cache delete ann@example.org` ends it)");
}

TEST(provenance, what_was_said_to_everybody_is_of_no_domain) {
    auto v = remembered(callout::kept_for::host, true);
    v.said_at = stage::greeting;
    EXPECT_EQ(source_of(v, asked_sender()), "said 12 minutes ago, when another address was asked about");
    v.kept_for = callout::kept_for::domain;
    v.reply.reset();
    EXPECT_EQ(source_of(v, asked_sender()), "found 12 minutes ago about another address of example.org");
}

TEST(provenance, a_live_verdict_has_none) {
    auto v = remembered(callout::kept_for::nothing, false);
    v.cached = callout::freshness::live;
    EXPECT_EQ(provenance(v, asked_sender()), "");
    EXPECT_EQ(vouchd::described(v, asked_sender()).provenance, std::nullopt);
    EXPECT_EQ(vouchd::described(v, asked_sender()).kept_for, std::nullopt);
}

TEST(provenance, age_is_told_in_the_largest_unit_that_is_not_too_coarse) {
    auto v = remembered(callout::kept_for::host, false);
    struct spoken {
        std::chrono::seconds age;
        std::string_view words;
    };
    for (auto const& [age, words] : {spoken{0s, "0 seconds"},
                                     {1s, "1 second"},
                                     {119s, "119 seconds"},
                                     {2min, "2 minutes"},
                                     {119min, "119 minutes"},
                                     {2h, "2 hours"},
                                     {47h, "47 hours"},
                                     {48h, "2 days"}}) {
        v.age = age;
        EXPECT_EQ(source_of(v, asked_sender()), "said " + std::string(words) + " ago about this address");
    }
}

TEST(provenance, documents_have_it_in_parts) {  // DM-150
    auto const v = vouchd::described(remembered(callout::kept_for::host, true), asked_sender());
    EXPECT_EQ(v.kept_for, "host");
    EXPECT_EQ(v.kept_until, "2026-11-30T23:10:05Z");
    EXPECT_TRUE(v.said_to_another);
    EXPECT_EQ(v.age_s, 720);
    EXPECT_TRUE(v.provenance->starts_with("said 12 minutes ago about another address"));
}

TEST(provenance, the_client_is_told_that_another_address_was_refused) {  // DM-150
    auto v = remembered(callout::kept_for::domain, true);
    v.status = callout::status::fail;
    v.reason = callout::reason::no_service;
    auto const told = vouchd::sender_callout::ruling_on(asked_sender(), v).reply->text();
    EXPECT_NE(told.find("refused by its own mail server mx1.example.org (said 12 minutes ago about "
                        "another address of example.org): 550 5.7.1 blocked"),
              told.npos)
        << told;
    v.said_to_another = false;
    auto const own = vouchd::sender_callout::ruling_on(asked_sender(), v).reply->text();
    EXPECT_NE(own.find("mx1.example.org: 550 5.7.1 blocked"), own.npos) << own;
}
