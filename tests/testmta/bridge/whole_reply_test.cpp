#include "bridge/whole_reply.hpp"

#include <gtest/gtest.h>

using testmta::bridge::reply_from;

TEST(WholeReply, IsSaidAsItCame) {
    for (auto const* text : {"550 5.7.1 no\r\n", "550-5.7.8 one\r\n550-5.7.8 two\r\n550 5.7.8 three\r\n",
                             "451 later\r\n", "421 4.7.0 bye\r\n"}) {
        std::string const whole(text);
        auto const said = reply_from(whole.substr(0, whole.size() - 2));
        EXPECT_EQ(said.encode({}), whole);
        EXPECT_EQ(said.closes(), whole.starts_with("421"));
    }
}
