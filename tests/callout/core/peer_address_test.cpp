#include "callout/peer_address.hpp"

#include <gtest/gtest.h>

#include "support/callout_address.hpp"

using namespace callout;
using test::ip;

TEST(peer_address, same_machine_is_the_same_however_it_is_written) {  // CO-204
    peer_address const plain(ip("192.0.2.1"));
    for (auto const* form : {"::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.1"}) {
        EXPECT_EQ(peer_address(ip(form)), plain) << form;
        EXPECT_EQ(peer_address(ip(form)).to_string(), "192.0.2.1") << form;
    }
    EXPECT_EQ(peer_address(ip("fe80::1%lo")), peer_address(ip("fe80::1")));
}

TEST(peer_address, forms_that_lead_elsewhere_are_machines_of_their_own) {  // CO-204
    for (auto const* form : {"::192.0.2.1", "::ffff:0:192.0.2.1", "64:ff9b:1::192.0.2.1",
                             "2002:c000:201::", "64:ff9b:0:0:0:1:c000:201"}) {
        EXPECT_NE(peer_address(ip(form)), peer_address(ip("192.0.2.1"))) << form;
        EXPECT_EQ(peer_address(ip(form)).value(), ip(form)) << form;
    }
}

TEST(peer_address, subscriber_of_ipv6_has_a_64) {  // CO-204
    auto const subscriber = [](char const* text) { return peer_address(ip(text)).subscriber(); };
    EXPECT_EQ(subscriber("2001:db8:1:2::1"), subscriber("2001:db8:1:2:ffff::2"));
    EXPECT_NE(subscriber("2001:db8:1:2::1"), subscriber("2001:db8:1:3::1"));
    EXPECT_NE(subscriber("192.0.2.1"), subscriber("192.0.2.2"));
    EXPECT_EQ(subscriber("192.0.2.1"), subscriber("::ffff:192.0.2.1"));
}

TEST(peer_address, neighbours_have_a_24_or_a_64) {  // CO-204
    auto const network = [](char const* text) { return peer_address(ip(text)).network(); };
    EXPECT_EQ(network("192.0.2.1"), network("192.0.2.255"));
    EXPECT_NE(network("192.0.2.1"), network("192.0.3.1"));
    EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::2"));
    EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
}

TEST(peer_address, address_to_connect_to_is_the_plain_one) {  // CO-204
    EXPECT_EQ(unmapped(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    for (auto const* other : {"192.0.2.1", "2001:db8::1", "64:ff9b::192.0.2.1", "::ffff:0:192.0.2.1"})
        EXPECT_EQ(unmapped(ip(other)), ip(other));
}
