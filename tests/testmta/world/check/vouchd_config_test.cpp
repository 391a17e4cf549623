#include "world/check/vouchd_config.hpp"

#include <gtest/gtest.h>

#include "world/language/parse_world.hpp"

namespace testmta::world {
namespace {

TEST(VouchdConfig, TM_110_NamesThisWorldAndNoOther) {
    auto const what = good_world("peer p at 127.0.0.3, 127.0.0.4\nend\npeer q at 127.0.0.5\nend\n");
    auto const config = vouchd_config(what, {2525, 5353}, "/tmp/a \"b\"");
    EXPECT_NE(config.find("allow = [\"127.0.0.3\", \"127.0.0.4\", \"127.0.0.5\"]\n"), std::string::npos);
    EXPECT_NE(config.find("\nport = 2525\n"), std::string::npos);
    EXPECT_NE(config.find("servers = [\"127.0.0.1:5353\"]\n"), std::string::npos);
    EXPECT_NE(config.find("state_dir = \"/tmp/a \\\"b\\\"\"\n"), std::string::npos);
    EXPECT_NE(config.find("listen = [\"unix:/tmp/a \\\"b\\\"/milter.sock\"]\n"), std::string::npos);
}

}  // namespace
}  // namespace testmta::world
