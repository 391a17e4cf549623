#include <gtest/gtest.h>

#include <memory>

#include "smtpserver/support/played_server.hpp"
#include "smtpserver/support/script.hpp"

namespace smtpserver::testing {
namespace {

/// Every conversation of the folder, fed in different pieces.
class Conversation : public ::testing::TestWithParam<std::string> {
protected:
    played_server server() const {
        auto const use = script_.may_xclient ? xclient_use::allowed : xclient_use::refused;
        return played_server(std::make_shared<session_options const>(script_.options), use);
    }

    script script_ = script::read(GetParam());
};

TEST_P(Conversation, GoesAsWritten) {
    ::test::expect_as_written(server(), script_.steps, GetParam());
}

// SE-133
TEST_P(Conversation, GoesTheSameByteByByte) {
    ::test::expect_same_byte_by_byte(server(), script_.steps, GetParam());
}

// SE-134: splitting at every offset.
TEST_P(Conversation, GoesTheSameSplitAnywhere) {
    ::test::expect_same_split_anywhere([this] { return server(); }, script_.steps, GetParam());
}

std::string name_of(::testing::TestParamInfo<std::string> const& info) {
    return script::read(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(Written, Conversation,
                         ::testing::ValuesIn(::test::scripts_in(SMTPSERVER_CONVERSATIONS, ".smtp")), name_of);

}  // namespace
}  // namespace smtpserver::testing
