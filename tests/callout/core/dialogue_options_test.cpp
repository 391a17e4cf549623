#include "core/dialogue_options.hpp"

#include <gtest/gtest.h>

#include <set>

#include "callout/testing/seeded_random.hpp"
#include "core/brief.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;

namespace {

dialogue_options options_for(extra_tests tests) {
    callout::testing::seeded_random chance;
    request asked(test::box("ann@example.org"));
    asked.tests = tests;
    return {brief(std::move(asked), engine_options()), chance};
}

}  // namespace

TEST(dialogue_options, ask_whom_the_tests_want_asked) {  // CO-119, CO-123
    auto const plain = options_for({});
    EXPECT_FALSE(plain.random_recipient);
    EXPECT_TRUE(plain.postmasters.empty());
    auto const random = options_for({.random = true});
    EXPECT_TRUE(random.random_recipient.value().ends_with("@example.org"));
    using names = std::vector<std::string>;
    EXPECT_EQ(options_for({.postmaster = true}).postmasters, (names{"postmaster@example.org"}));
    EXPECT_EQ(options_for({.fullpostmaster = true}).postmasters,
              (names{"postmaster@example.org", "postmaster"}));
}

TEST(dialogue_options, key_of_a_session_holds_all_that_the_peer_was_told) {
    endpoint const to(test::ip("192.0.2.10"), 25);
    auto plain = options_for({});
    auto helo = plain, tls = plain, via = plain, sender = plain;
    helo.helo = "other.example";
    tls.tls = tls_use::require;
    via.via = protocol::lmtp;
    sender.senders = {"verify@example.net"};
    std::set<std::string> keys;
    for (auto const* one : {&plain, &helo, &tls, &via, &sender}) keys.insert(one->session_key(to, {}));
    keys.insert(plain.session_key(to, test::ip("198.51.100.7")));
    keys.insert(plain.session_key(endpoint(to.address(), 26), {}));
    keys.insert(plain.session_key(endpoint(test::ip("192.0.2.11"), 25), {}));
    EXPECT_EQ(keys.size(), 8u);
}
