#include "core/brief.hpp"

#include <gtest/gtest.h>

#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;
using test::box;

namespace {

struct a_brief : ::testing::Test {
    engine_options options;
    request asked{box("ann@example.org")};
    brief made() const { return {request(asked), options}; }
};

}  // namespace

TEST_F(a_brief, is_what_the_options_say_where_the_request_says_nothing) {
    options.helo = test::helo("mail.example.net");
    options.fallback_sender = box("verify@example.net");
    options.tls = tls_use::may;
    options.soft.rcpt = std::chrono::seconds(7);
    options.routes["example.org"] = {route_host(test::host("mx.example.org"))};
    auto const b = made();
    EXPECT_EQ(b.helo, "mail.example.net");
    EXPECT_EQ(b.senders, (std::vector<std::string>{"", "verify@example.net"}));
    EXPECT_EQ(b.tls, tls_use::may);
    EXPECT_EQ(b.times(mode::soft).rcpt, std::chrono::seconds(7));
    EXPECT_EQ(b.times(mode::hard).rcpt, options.hard.rcpt);
    ASSERT_EQ(b.route.size(), 1u);
    EXPECT_EQ(b.route.front().host.text(), "mx.example.org");
    EXPECT_FALSE(b.has_own_helo || b.has_own_senders || b.has_own_tls);
    EXPECT_TRUE(b.reuses_sessions && b.implicit_mx);
}

TEST_F(a_brief, is_what_the_request_says) {
    asked.helo = test::helo("other.example.net");
    asked.senders = {box("a@example.net"), std::nullopt};
    asked.tls = tls_use::never;
    asked.timeouts.emplace().rcpt = std::chrono::seconds(9);
    asked.route = {route_host(test::host("own.example.org"))};
    options.routes["example.org"] = {route_host(test::host("mx.example.org"))};
    auto const b = made();
    EXPECT_EQ(b.helo, "other.example.net");
    EXPECT_EQ(b.senders, (std::vector<std::string>{"a@example.net", ""}));
    EXPECT_EQ(b.tls, tls_use::never);
    EXPECT_EQ(b.times(mode::soft).rcpt, std::chrono::seconds(9));
    EXPECT_EQ(b.times(mode::hard).rcpt, std::chrono::seconds(9));
    EXPECT_EQ(b.route.front().host.text(), "own.example.org");
    EXPECT_TRUE(b.has_own_helo && b.has_own_senders && b.has_own_tls);
}

TEST_F(a_brief, of_a_question_that_names_a_host_has_no_route_of_the_engine) {
    options.routes["example.org"] = {route_host(test::host("mx.example.org"))};
    asked.hosts = host_choice(host_mode::hostonly, test::host("own.example.org"));
    EXPECT_TRUE(made().route.empty());
    EXPECT_EQ(made().first_host(), "own.example.org");
    asked.hosts = host_choice();
    EXPECT_EQ(made().route.size(), 1u);
}

TEST_F(a_brief, of_another_name_leaves_no_session_to_the_next) {
    options.reuse_sessions = true;
    asked.helo = test::helo("other.example.net");
    EXPECT_FALSE(made().reuses_sessions);
    asked.helo = options.helo;
    EXPECT_TRUE(made().reuses_sessions);
}

TEST_F(a_brief, begins_at_the_host_that_the_choice_names) {
    EXPECT_EQ(made().first_host(), "example.org");
    asked.hosts = host_choice(host_mode::hostonly, test::host("mx.example.net"));
    EXPECT_EQ(made().first_host(), "mx.example.net");
    EXPECT_TRUE(made().implicit_mx);
    asked.hosts.mode = host_mode::mxonly;
    EXPECT_FALSE(made().implicit_mx);
    asked.hosts.mode = host_mode::mxfirst;
    EXPECT_EQ(made().first_host(), "example.org");
}
