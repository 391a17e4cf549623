#include "run/frame_fuzzer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "milterproto/core/wire/codec.hpp"
#include "script/parse_script.hpp"

namespace testmta::run {
namespace {

using namespace std::string_literals;

std::string two_frames() {
    std::string frames;
    core::append_frame(frames, 'M', "<a@b>\0"s);
    core::append_frame(frames, 'R', "<c@d>\0"s);
    return frames;
}

fuzz how(std::string const& words) {
    return std::get<fuzz>(good_steps("fuzz " + words + "\n").back().action);
}

std::string joined(std::vector<std::string> const& writes) {
    std::string all;
    for (auto const& one : writes) all += one;
    return all;
}

/// Returns what a hundred tries make of the two frames.
std::set<std::string> results(std::string const& kind) {
    frame_fuzzer fuzzer(how("seed 1 rate 100 kinds " + kind), "t");
    std::set<std::string> found;
    for (int i = 0; i != 100; ++i) found.insert(joined(fuzzer.mutate(two_frames())));
    return found;
}

TEST(FrameFuzzer, TM_085_TheSameSeedAndNameGiveTheSameBytes) {
    auto const run = [](std::string const& words, std::string_view name) {
        frame_fuzzer fuzzer(how(words), name);
        std::string all;
        for (int i = 0; i != 50; ++i) all += joined(fuzzer.mutate(two_frames()));
        return all;
    };
    EXPECT_EQ(run("seed 7 rate 50", "a"), run("seed 7 rate 50", "a"));
    EXPECT_NE(run("seed 7 rate 50", "a"), run("seed 8 rate 50", "a"));
    EXPECT_NE(run("seed 7 rate 50", "a"), run("seed 7 rate 50", "b"));
}

TEST(FrameFuzzer, TM_085_OnEveryMachine) {
    frame_fuzzer fuzzer(how("seed 7 rate 100 kinds byte-flip"), "a");
    EXPECT_EQ(joined(fuzzer.mutate(two_frames())), "\0\0\0\7M<aHb>\0\b\0\0\7R<c@d>\0"s);
}

TEST(FrameFuzzer, ARateOfNoneChangesNothing) {
    frame_fuzzer fuzzer(how("seed 1 rate 0"), "t");
    for (int i = 0; i != 100; ++i)
        EXPECT_EQ(fuzzer.mutate(two_frames()), std::vector<std::string>{two_frames()});
}

TEST(FrameFuzzer, EachKindDoesWhatItSays) {
    for (auto const& one : results("length")) {
        EXPECT_EQ(one.size(), two_frames().size());
        EXPECT_EQ(one.substr(4, 7), two_frames().substr(4, 7));
    }
    EXPECT_EQ(results("length").rbegin()->substr(0, 4), "\xff\xff\xff\xff");
    for (auto const& one : results("truncate")) EXPECT_LE(one.size(), two_frames().size());
    EXPECT_EQ(results("duplicate").begin()->size(), 2 * two_frames().size());
    EXPECT_EQ(results("reorder").size(), 2u);
    EXPECT_EQ(results("split"), std::set<std::string>{two_frames()});
    for (auto const& one : results("nul")) EXPECT_EQ(one.size(), two_frames().size() + 2);
    EXPECT_GT(results("oversize").rbegin()->size(), 100'000u);
    EXPECT_GT(results("command").size(), 50u);
    EXPECT_GT(results("byte-flip").size(), 50u);
}

TEST(FrameFuzzer, SplitLeavesInSeveralWrites) {
    frame_fuzzer fuzzer(how("seed 1 rate 100 kinds split"), "t");
    std::size_t writes = 0;
    for (int i = 0; i != 20; ++i) writes += fuzzer.mutate(two_frames()).size();
    EXPECT_GT(writes, 40u);
}

TEST(FrameFuzzer, MistakesInItsStatement) {
    EXPECT_EQ(mistake_in_test("fuzz seed 1 rate 101\n"),
              "2:18: \"101\" is not allowed here; expected how many of a hundred frames are changed");
    EXPECT_EQ(
        mistake_in_test("fuzz seed 1 rate 1 kinds nal\n"),
        "2:26: \"nal\" is not a kind of change, did you mean \"nul\"?; possible: length, command, truncate, "
        "duplicate, reorder, nul, byte-flip, oversize, split");
}

}  // namespace
}  // namespace testmta::run
