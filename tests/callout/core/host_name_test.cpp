#include "callout/host_name.hpp"

#include <gtest/gtest.h>

using namespace callout;

TEST(host_name, is_a_name_or_an_address) {
    for (auto const* good :
         {"mx.example.org", "localhost", "my_host.example", "192.0.2.1", "2001:db8::1", "[192.0.2.1]"}) {
        auto const name = host_name::parse(good);
        ASSERT_TRUE(name) << good;
        EXPECT_EQ(name->text(), good);
    }
}

TEST(host_name, holds_nothing_that_ends_a_name_or_a_command) {
    for (auto const& bad : {std::string(), std::string("two words"), std::string("a\r\nRSET"),
                            std::string("a\0b", 3), std::string("a@b"), std::string(256, 'a')}) {
        auto const name = host_name::parse(bad);
        ASSERT_FALSE(name) << bad;
        EXPECT_EQ(name.error(), errc::host_name_syntax) << bad;
    }
}
