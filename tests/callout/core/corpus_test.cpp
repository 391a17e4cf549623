#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <set>

#include "callout/verdict_word.hpp"
#include "core/decision.hpp"
#include "support/callout_replies.hpp"

/// What the classifier makes of replies that real servers were reported to give (tests/callout/replies).
namespace {

using namespace callout;
using namespace callout::core;
using test::corpus_row;

constexpr std::string_view our_ip = "203.0.113.77";
constexpr std::string_view asked = "ann.smith@customer.example";

constexpr double missing_share = 0.95;   ///< of the missing mailboxes that a 5xx names
constexpr std::size_t taken_for_us = 2;  ///< at most: such a verdict silences a host that did nothing

std::vector<corpus_row> const& corpus() {
    static auto const rows = test::read_reply_corpus(VOUCH_REPLY_CORPUS);
    return rows;
}

/// Stages as the corpus writes them. A question mark says that the source does not name the stage.
std::map<std::string_view, stage> const stages = {
    {"greeting", stage::greeting}, {"ehlo", stage::ehlo},  {"mail", stage::mail_null},
    {"rcpt", stage::rcpt},         {"rcpt?", stage::rcpt},
};

reply reply_of(corpus_row const& row, std::string_view address = asked) {
    reply_reader reader;
    reader.feed(row.wire(address, our_ip));
    return reader.next().value().value();
}

/// The only place that knows how the classifier is called.
verification classified(corpus_row const& row, std::string_view address = asked) {
    names_in_reply const names{.asked = address, .host = {}, .helo = {}, .senders = {}};
    return decide(stages.at(row.stage), reply_of(row, address), names).answer;
}

bool refuses(verification const& v) {
    auto const word = word_of(v);
    return word == verdict_word::not_found || word == verdict_word::no_mx;
}

/// Returns whether the verdict is kept against more than this one address.
bool is_more_than_the_address(verification const& v) {
    return v.scope != scope::address && (v.status == status::error || v.status == status::fail);
}

std::string shown(corpus_row const& row, verification const& v) {
    return row.shown() + "  =>  " + std::string(to_string(v.status)) + '/' +
           std::string(to_string(v.reason)) + (v.strength == strength::weak ? " weak" : "");
}

TEST(corpus, every_row_is_a_reply_with_a_known_truth_and_a_source) {
    std::set<std::string_view> const truths = {"no_mailbox", "disabled",   "full", "rate",
                                               "greylist",   "refuses_us", "other"};
    std::set<std::string> seen;
    EXPECT_GE(corpus().size(), 250U);
    for (auto const& row : corpus()) {
        SCOPED_TRACE(row.shown());
        EXPECT_TRUE(truths.contains(row.truth));
        EXPECT_TRUE(stages.contains(row.stage));
        EXPECT_TRUE(row.sender.empty() || row.sender == "<>");
        EXPECT_FALSE(row.provider.empty());
        EXPECT_FALSE(row.source.empty());
        EXPECT_EQ((row.provider + row.text + row.source).find('\n'), std::string::npos);
        EXPECT_TRUE(seen.insert(row.provider + row.stage + row.wire(asked, our_ip)).second) << "twice";
        EXPECT_EQ(std::to_string(reply_of(row).code), row.code);
        if (!row.enhanced.empty()) {
            EXPECT_EQ(reply_of(row).enhanced, parse_enhanced_code(row.enhanced));
        }
    }
}

TEST(corpus, refuses_nobody_who_exists) {
    for (auto const& row : corpus()) {
        auto const v = classified(row);
        if (refuses(v) && !row.is_missing()) ADD_FAILURE() << shown(row, v);
    }
}

/// Whoever sends mail chooses the name: it must not turn one verdict into another.
TEST(corpus, name_of_the_mailbox_changes_no_verdict) {
    for (auto const& row : corpus()) {
        auto const v = classified(row);
        for (std::string const name : {"blacklisted", "spam.policy", "user.unknown", "no-such-user", "full",
                                       "greylisted", "relay", "client", "tls", "disabled", "rate.limit"}) {
            auto const renamed = classified(row, name + "@customer.example");
            bool const same = v.status == renamed.status && v.strength == renamed.strength;
            EXPECT_TRUE(same || (!refuses(v) && !refuses(renamed))) << name << ": " << shown(row, renamed);
        }
    }
}

TEST(corpus, refuses_the_missing) {
    std::size_t missing = 0;
    std::string not_found;
    std::size_t found = 0;
    for (auto const& row : corpus()) {
        if (!row.is_missing() || !row.is_permanent()) continue;
        auto const v = classified(row);
        ++missing;
        found += refuses(v);
        if (!refuses(v)) not_found += shown(row, v) + '\n';
    }
    std::cout << found << " of " << missing << " missing mailboxes are found. Not found:\n" << not_found;
    EXPECT_GE(static_cast<double>(found), missing_share * static_cast<double>(missing));
}

TEST(corpus, hardly_takes_the_refusal_of_a_mailbox_for_one_of_us) {
    std::string taken;
    std::size_t count = 0;
    for (auto const& row : corpus()) {
        if (!row.is_about_one_mailbox()) continue;
        auto const v = classified(row);
        count += is_more_than_the_address(v);
        if (is_more_than_the_address(v)) taken += shown(row, v) + '\n';
    }
    EXPECT_LE(count, taken_for_us) << taken;
}

}  // namespace
