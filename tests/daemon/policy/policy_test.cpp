#include "policy/policy.hpp"

#include <gtest/gtest.h>

#include "daemon/support/known_answer.hpp"

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
    vouchd::subject sender(expected.sender);
    if (*expected.client != '\0') sender.who.client = boost::asio::ip::make_address(expected.client);
    sender.authenticated = expected.authenticated;
    auto const result = test::decided(sender, site());
    EXPECT_EQ(result.rule(), expected.rule);
    bool const verifies = std::string_view(expected.rule) == "sender-callout";
    EXPECT_EQ(result.verified.has_value(), verifies);
    EXPECT_EQ(result.action_word(), verifies ? "continue" : "skip");
    EXPECT_TRUE(result.trace.back().matched());
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
    vouchd::subject sender("<a@x.example>");
    auto const result = test::decided(sender, site());
    ASSERT_EQ(result.trace.size(), 7u);
    EXPECT_EQ(result.trace[2].why.text(sender), "no client address");
    EXPECT_EQ(result.trace[3].why.text(sender), "x.example is not in lists.local_domains");
    EXPECT_EQ(result.trace[5].why.text(sender), "no recipient was named");
}

TEST(policy, by_default_this_machine_is_ours) {
    for (auto const* client : {"127.0.0.1", "127.1.2.3", "::1"}) {
        vouchd::subject sender("<a@x.example>");
        sender.who.client = boost::asio::ip::make_address(client);
        EXPECT_EQ(test::decided(sender, vouchd::config()).rule(), "own-networks") << client;
    }
}

TEST(policy, a_program_on_this_machine_is_ours_and_an_unknown_client_is_a_stranger) {
    vouchd::subject sender("<a@x.example>");
    sender.who.client_name = "localhost";
    auto const local = test::decided(sender, site());
    EXPECT_EQ(local.rule(), "own-networks");
    EXPECT_EQ(local.trace.back().why.text(sender),
              "the client is a program on this machine (localhost, without an address)");
    sender.who.client_name = "unknown";
    EXPECT_EQ(test::decided(sender, site()).rule(), "sender-callout");
    // Whoever came over the network may have any name.
    sender.who.client_name = "localhost";
    sender.who.client = boost::asio::ip::make_address("192.0.2.7");
    EXPECT_EQ(test::decided(sender, site()).rule(), "sender-callout");
}

struct recipient {
    char const* path;
    bool is_spared;
    char const* why;
};

void PrintTo(recipient const& one, std::ostream* out) {
    *out << one.path;
}

class recipients : public testing::TestWithParam<recipient> {};

// CO-166
TEST_P(recipients, CO_166_postmaster_and_abuse_of_our_domains_spare_the_sender) {
    vouchd::subject sender("<a@x.example>");
    sender.recipient = GetParam().path;
    auto const result = test::decided(sender, site());
    EXPECT_EQ(result.rule(), GetParam().is_spared ? "role-recipients" : "sender-callout");
    EXPECT_EQ(result.verified.has_value(), !GetParam().is_spared);
    EXPECT_EQ(result.reach, GetParam().is_spared ? vouchd::reach::recipient : vouchd::reach::message);
    EXPECT_EQ(result.trace.at(5).why.text(sender), GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    policy, recipients,
    testing::Values(
        recipient{"<postmaster@ours.example>", true,
                  "the recipient is postmaster, and ours.example is in lists.local_domains (ours.example)"},
        recipient{"<PostMaster@OURS.example>", true,
                  "the recipient is PostMaster, and ours.example is in lists.local_domains (ours.example)"},
        recipient{"<abuse@x.branch.example>", true,
                  "the recipient is abuse, and x.branch.example is in lists.local_domains (.branch.example)"},
        recipient{
            "<\"postmaster\"@ours.example>", true,
            "the recipient is \"postmaster\", and ours.example is in lists.local_domains (ours.example)"},
        recipient{"<@relay.example:postmaster@ours.example>", true,
                  "the recipient is postmaster, and ours.example is in lists.local_domains (ours.example)"},
        recipient{"<postmaster>", true, "the recipient is <postmaster>"},
        recipient{"<Postmaster>", true, "the recipient is <Postmaster>"},
        recipient{"postmaster", true, "the recipient is postmaster"},
        recipient{"<postmaster@elsewhere.example>", false,
                  "the recipient is postmaster, and elsewhere.example is not in lists.local_domains"},
        recipient{"<postmasters@ours.example>", false, "the recipient is neither postmaster nor abuse"},
        recipient{"<bob@ours.example>", false, "the recipient is neither postmaster nor abuse"},
        recipient{"<abuse>", false, "the recipient is not a valid address"},
        recipient{"<>", false, "the recipient is not a valid address"}));

TEST(policy, a_rule_about_the_sender_comes_before_one_about_the_recipient) {
    vouchd::subject sender("<>");
    sender.recipient = "<postmaster@ours.example>";
    auto const result = test::decided(sender, site());
    EXPECT_EQ(result.rule(), "null-sender");
    EXPECT_EQ(result.reach, vouchd::reach::message);
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
