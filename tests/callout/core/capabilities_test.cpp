#include "callout/core/capabilities.hpp"

#include <gtest/gtest.h>

using namespace callout::core;

namespace {

capabilities offered(std::vector<std::string> lines) {
    lines.insert(lines.begin(), "mx.example.org");
    return capabilities::of(reply(250, std::nullopt, std::move(lines)));
}

}  // namespace

TEST(capabilities, case_does_not_matter) {  // CO-045, SE-042
    EXPECT_TRUE(offered({"pipelining"}).offers("PIPELINING"));
    EXPECT_TRUE(offered({"PIPELINING"}).offers("Pipelining"));
}

TEST(capabilities, parameters_do_not_matter_to_the_keyword) {
    EXPECT_TRUE(offered({"SIZE 1000"}).offers("SIZE"));
    EXPECT_TRUE(offered({"AUTH=LOGIN PLAIN"}).offers("AUTH"));  // SE-043
}

TEST(capabilities, keyword_is_whole) {
    EXPECT_FALSE(offered({"PIPELININGS"}).offers("PIPELINING"));
    EXPECT_FALSE(offered({"PIPELINING!"}).offers("PIPELINING"));
    EXPECT_FALSE(offered({" PIPELINING"}).offers("PIPELINING"));
}

TEST(capabilities, empty_line_is_left_out) {  // SE-042
    EXPECT_TRUE(offered({"", "PIPELINING"}).offers("PIPELINING"));
}

TEST(capabilities, name_of_the_server_is_no_keyword) {
    EXPECT_FALSE(capabilities::of(reply(250, std::nullopt, {"PIPELINING"})).offers("PIPELINING"));
}
