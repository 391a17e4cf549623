#include "callout/capabilities.hpp"

#include <gtest/gtest.h>

using namespace callout::core;

namespace {

capabilities offered(std::initializer_list<std::string_view> lines) {
    reply_lines all = {"mx.example.org"};
    for (auto const& line : lines) all.push_back(line);
    return capabilities::of(reply(250, std::nullopt, std::move(all)));
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

TEST(capabilities, name_of_the_server_is_not_a_keyword) {
    EXPECT_FALSE(capabilities::of(reply(250, std::nullopt, {"PIPELINING"})).offers("PIPELINING"));
}

TEST(capabilities, parameters_are_kept_as_they_were_sent) {  // SE-042, SE-043
    EXPECT_EQ(offered({"AUTH=LOGIN PLAIN"}).parameters("auth"), "LOGIN PLAIN");
    EXPECT_EQ(offered({"X-Thing  Some Words"}).parameters("x-thing"), " Some Words");
    EXPECT_EQ(offered({"SIZE"}).parameters("SIZE"), "");
    EXPECT_EQ(offered({}).parameters("SIZE"), "");
}

TEST(capabilities, limits) {  // CO-130, SE-100
    auto const limit = [](std::string line) { return offered({std::move(line)}).limit("RCPTMAX"); };
    EXPECT_EQ(limit("LIMITS MAILMAX=5 RCPTMAX=20"), 20u);
    EXPECT_EQ(limit("limits rcptmax=1"), 1u);
    EXPECT_EQ(limit("LIMITS RCPTMAX=0"), std::nullopt);
    EXPECT_EQ(limit("LIMITS RCPTMAX=many"), std::nullopt);
    EXPECT_EQ(limit("LIMITS RCPTMAX=9999999"), std::nullopt);  // six digits at most
    EXPECT_EQ(limit("LIMITS XRCPTMAX=3"), std::nullopt);
    EXPECT_EQ(limit("SIZE 1000"), std::nullopt);
}
