#include "world/check/vouchd_config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

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

TEST(VouchdConfig, TM_110_IsWrittenWholeOrNotAtAll) {
    auto const folder =
        std::filesystem::temp_directory_path() / ("vouchd_config_test." + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    write_atomically(folder / "c.toml", "one");
    write_atomically(folder / "c.toml", "two");
    std::ostringstream content;
    content << std::ifstream(folder / "c.toml").rdbuf();
    EXPECT_EQ(content.str(), "two");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
    EXPECT_THROW(write_atomically(folder / "no/c.toml", "x"), std::runtime_error);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace testmta::world
