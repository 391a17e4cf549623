#include "policy.hpp"

#include <gtest/gtest.h>

namespace {

vouchd::config site() {
    auto loaded = vouchd::load_config_text(R"(
config_version = 1
server.state_dir = "/tmp"
lists.local_domains = ["ours.example", ".branch.example"]
lists.own_networks = ["10.0.0.0/8", "2001:db8::/32"]
lists.never_verify = ["spared.example"]
)",
                                           "site.toml");
    return loaded.values;
}

struct expectation {
    char const* sender;
    char const* client;
    bool authenticated;
    char const* rule;
};

void PrintTo(expectation const& expected, std::ostream* out) {
    *out << expected.sender << " is met by " << expected.rule;
}

class senders : public testing::TestWithParam<expectation> {};

}  // namespace

// CO-157, DM-053, DM-054
TEST_P(senders, meet_their_rule) {
    auto const& expected = GetParam();
    vouchd::sender_facts facts(expected.sender);
    if (*expected.client != '\0') facts.who.client = boost::asio::ip::make_address(expected.client);
    facts.authenticated = expected.authenticated;
    auto const result = vouchd::evaluate(facts, site());
    EXPECT_EQ(result.rule(), expected.rule);
    bool const verifies = std::string_view(expected.rule) == "sender-callout";
    EXPECT_EQ(result.action == vouchd::rule_action::verify, verifies);
    EXPECT_TRUE(result.trace.back().matched);
}

INSTANTIATE_TEST_SUITE_P(policy, senders,
                         testing::Values(expectation{"<>", "192.0.2.7", false, "null-sender"},
                                         expectation{"", "192.0.2.7", false, "null-sender"},
                                         expectation{"<a@x.example>", "192.0.2.7", true, "authenticated"},
                                         expectation{"<a@x.example>", "10.1.2.3", false, "own-networks"},
                                         expectation{"<a@x.example>", "2001:db8::7", false, "own-networks"},
                                         expectation{"<a@OURS.example>", "192.0.2.7", false, "own-domains"},
                                         expectation{"<a@x.branch.example>", "", false, "own-domains"},
                                         expectation{"<a@branch.example>", "", false, "sender-callout"},
                                         expectation{"<a@spared.example>", "192.0.2.7", false, "opt-outs"},
                                         expectation{"<a@x.example>", "192.0.2.7", false, "sender-callout"},
                                         expectation{"garbage", "192.0.2.7", false, "sender-callout"}));

TEST(policy, the_trace_says_of_each_rule_why) {
    vouchd::sender_facts facts("<a@x.example>");
    auto const result = vouchd::evaluate(facts, site());
    ASSERT_EQ(result.trace.size(), 6u);
    EXPECT_EQ(result.trace[2].why, "no client address");
    EXPECT_EQ(result.trace[3].why, "x.example is not in lists.local_domains");
}

// daemon.md 3.2, the table of the rule sender-callout; CO-168
TEST(policy, only_what_speaks_of_the_address_refuses_mail) {
    using callout::verdict_word;
    for (auto const word : {verdict_word::not_found, verdict_word::no_mx}) {
        EXPECT_EQ(vouchd::action_for(word), vouchd::action::reject);
    }
    for (auto const word :
         {verdict_word::success, verdict_word::catch_all, verdict_word::failure, verdict_word::policy_block,
          verdict_word::temp_failure, verdict_word::timeout, verdict_word::dns_failure}) {
        EXPECT_EQ(vouchd::action_for(word), vouchd::action::proceed) << to_string(word);
    }
}
