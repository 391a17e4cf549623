#include "milterproto/core/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace milterproto {
namespace {

TEST(error, every_cause_has_words_of_its_own_and_a_kind) {
    std::set<std::string> words;
    int const last = static_cast<int>(errc::end_of_message_timeout);
    for (int value = 1; value <= last; ++value) {
        auto const error = make_error_code(static_cast<errc>(value));
        EXPECT_TRUE(words.insert(error.message()).second) << error.message();
        EXPECT_NE(error.message(), "unknown error") << value;
        EXPECT_STREQ(error.default_error_condition().category().name(), "milterproto condition") << value;
    }
    EXPECT_EQ(make_error_code(static_cast<errc>(last + 1)).message(), "unknown error");
}

TEST(error, callers_branch_on_the_kind) {
    EXPECT_EQ(make_error_code(errc::frame_too_long), condition::limit);
    EXPECT_EQ(make_error_code(errc::unexpected_command), condition::illegal_order);
    EXPECT_EQ(make_error_code(errc::idle_timeout), condition::timeout);
    EXPECT_EQ(make_error_code(errc::peer_gone), condition::peer_gone);
    EXPECT_NE(make_error_code(errc::peer_gone), condition::timeout);
}

}  // namespace
}  // namespace milterproto
