#include "load/plan.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace testmta::load {
namespace {

using namespace std::chrono_literals;

options with_end() {
    options wanted;
    wanted.messages = "100";
    return wanted;
}

std::string refusal(options const& wanted) {
    try {
        read_plan(wanted);
    } catch (std::runtime_error const& problem) {
        return problem.what();
    }
    return "taken";
}

std::string refusal(std::string options::* option, std::string word) {
    auto wanted = with_end();
    wanted.*option = std::move(word);
    return refusal(wanted);
}

TEST(Plan, TakesAllOptions) {
    auto wanted = with_end();
    wanted.connections = "3";
    wanted.per_connection = "7";
    wanted.rate = "12.5/s";
    wanted.ramp = "500ms";
    wanted.duration = "1s";
    wanted.size = "1K..2K";
    wanted.recipients = "4";
    wanted.headers = "0";
    wanted.dialect = "postfix";
    wanted.seed = "9";
    wanted.threads = "64";
    wanted.expected_rate = "10";
    wanted.expected_p99 = "5ms";
    auto const read = read_plan(wanted);
    EXPECT_EQ(read.connections, 3u);
    EXPECT_EQ(read.messages, 100u);
    EXPECT_EQ(read.per_connection, 7u);
    EXPECT_EQ(read.rate, 12.5);
    EXPECT_EQ(read.ramp, 500ms);
    EXPECT_EQ(read.time, 1s);
    EXPECT_EQ(read.least_size, 1024u);
    EXPECT_EQ(read.greatest_size, 2048u);
    EXPECT_EQ(read.recipients, 4u);
    EXPECT_EQ(read.headers, 0u);
    EXPECT_EQ(read.as->name, "postfix");
    EXPECT_EQ(read.seed, 9u);
    EXPECT_EQ(read.threads, 3u) << "a thread without a connection would be of no use";
    EXPECT_EQ(read.expected_rate, 10);
    EXPECT_EQ(read.expected_p99, 5ms);
}

TEST(Plan, SaysWhatIsWrongAndWhatIsRight) {
    EXPECT_EQ(refusal(&options::connections, "0"),
              "--connections: \"0\" is not a number from 1 to 65000, such as 10");
    EXPECT_EQ(refusal(&options::messages, "many"),
              "--messages: \"many\" is not a number from 1 to 1000000000000, such as 10");
    for (auto const* bad : {"0", "-1", "fast", "1e3", "nan", "inf", "10/h", "20000000", "/s"}) {
        EXPECT_EQ(refusal(&options::rate, bad),
                  "--rate: \"" + std::string(bad) +
                      "\" is not a rate from 0.001 to 10000000 messages per second, such as 100 or 100/s");
    }
    EXPECT_EQ(refusal(&options::think, "5"),
              "--think: \"5\" is not a duration; expected at most an hour, such as 500ms or 10s");
    for (auto const* bad : {"x", "1K..", "..1K", "65M", "1K..2K..3K"}) {
        EXPECT_EQ(refusal(&options::size, bad),
                  "--size: \"" + std::string(bad) +
                      "\" is not a size of at most 64M, such as 4K, or a range of sizes, such as 1K..64K");
    }
    EXPECT_EQ(
        refusal(&options::size, "2K..1K"),
        "--size: \"2K..1K\" begins with its greater size; expected the smaller one first, such as 1K..64K");
    EXPECT_TRUE(refusal(&options::dialect, "qmail").starts_with("--dialect: \"qmail\" is not a dialect; "));
    auto wanted = with_end();
    wanted.defines = {"a=b"};
    EXPECT_EQ(refusal(wanted), "-D: there is no script that has variables; expected a SCRIPT, too");
}

TEST(Plan, WhatContradictsItselfIsRefused) {
    EXPECT_EQ(refusal(options()), "nothing ends the load; expected --messages M, --duration DUR, or both");
    auto wanted = with_end();
    wanted.rate = "5";
    wanted.think = "1s";
    EXPECT_EQ(refusal(wanted),
              "--think and --rate exclude each other; with a rate, the schedule says when a message begins");
    for (auto const option :
         {&options::per_connection, &options::size, &options::recipients, &options::headers}) {
        wanted = with_end();
        wanted.script = "a.mts";
        wanted.*option = "1";
        EXPECT_TRUE(
            refusal(wanted).ends_with(" and a script exclude each other; the script says what is sent"));
    }
}

}  // namespace
}  // namespace testmta::load
