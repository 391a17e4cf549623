#include "callout/stage.hpp"

#include <gtest/gtest.h>

using namespace callout::core;

TEST(stage, has_a_word_that_is_read_back) {
    for (auto const where : {stage::connect, stage::greeting, stage::ehlo, stage::helo, stage::mail,
                             stage::rcpt, stage::rset, stage::starttls}) {
        EXPECT_EQ(stage_from(to_string(where)), where) << to_string(where);
    }
    EXPECT_EQ(to_string(stage::mail_null), "mail");
    EXPECT_EQ(to_string(stage::mail_sender), "mail");
}

TEST(stage, that_nobody_knows_has_no_word) {
    EXPECT_EQ(to_string(stage::any), "");
    EXPECT_EQ(to_string(stage::rcpt | stage::rset), "");
    EXPECT_EQ(stage_from(""), std::nullopt);
    EXPECT_EQ(stage_from("noon"), std::nullopt);
}
