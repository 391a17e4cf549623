#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "submission/support/played_client.hpp"
#include "submission/support/script.hpp"

namespace submission::testing {
namespace {

/// Every conversation of the folder, fed in different pieces.
class Conversation : public ::testing::TestWithParam<std::string> {
protected:
    script script_ = script::read(GetParam());
};

TEST_P(Conversation, GoesAsWritten) {
    ::test::expect_as_written(played_client(GetParam()), script_.steps, GetParam());
}

class Pieces : public Conversation {};

// SE-085
TEST_P(Pieces, GoesTheSameByteByByte) {
    ::test::expect_same_byte_by_byte(played_client(GetParam()), script_.steps, GetParam());
}

TEST_P(Pieces, GoesTheSameSplitAnywhere) {
    ::test::expect_same_split_anywhere([] { return played_client(GetParam()); }, script_.steps, GetParam());
}

std::vector<std::string> scripts_for_pieces() {
    auto all = ::test::scripts_in(SUBMISSION_CONVERSATIONS, ".sent");
    std::erase_if(all, [](std::string const& path) { return script::read(path).is_about_pieces; });
    return all;
}

std::string name_of_script(::testing::TestParamInfo<std::string> const& info) {
    return script::read(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(All, Conversation,
                         ::testing::ValuesIn(::test::scripts_in(SUBMISSION_CONVERSATIONS, ".sent")),
                         name_of_script);

INSTANTIATE_TEST_SUITE_P(All, Pieces, ::testing::ValuesIn(scripts_for_pieces()), name_of_script);

}  // namespace
}  // namespace submission::testing
