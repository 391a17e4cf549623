#include "callout/helo_name.hpp"

#include <gtest/gtest.h>

using namespace callout;

TEST(helo_name, must_be_a_name_with_a_dot_or_a_literal) {  // CO-046
    for (auto const* good : {"mail.example.org", "a-b.example", "[192.0.2.1]", "[IPv6:2001:db8::1]"}) {
        auto const name = helo_name::parse(good);
        ASSERT_TRUE(name) << good;
        EXPECT_EQ(name->text(), good);
    }
    for (auto const* bad :
         {"", "localhost", "my_host.example", "192.0.2.1", "192.0.2.1.", "a b.example", "-a.example",
          "mail.example.", "mail.example.org\r\nMAIL", ".a", "[192.0.2.1", "[::1]",
          "b\xc3\xbc"
          "cher.example"}) {
        auto const name = helo_name::parse(bad);
        ASSERT_FALSE(name) << bad;
        EXPECT_EQ(name.error(), errc::helo_name_syntax) << bad;
    }
}

TEST(helo_name, of_somebody_else_may_be_any_host_name) {
    EXPECT_EQ(helo_name(host_name::parse("my_host").value()).text(), "my_host");
}
