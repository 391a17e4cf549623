#include "run/edit.hpp"

#include <gtest/gtest.h>

#include "script/parse_script.hpp"

namespace testmta::run {
namespace {

using core::answer;

edit made(answer what, std::uint32_t index, std::string_view subject, std::string_view value = {}) {
    return edit({what, index, subject, value, false});
}

edit_is wanted(std::string const& words) {
    return std::get<edit_is>(good_steps("open\nexpect " + words + "\n").back().expectations.at(0));
}

std::optional<std::string> judge(std::vector<std::string> const& lines, std::vector<edit> const& asked) {
    std::vector<edit_is> all;
    for (auto const& line : lines) all.push_back(wanted(line));
    auto const problem = judge_edits(all, asked);
    return problem ? std::optional(problem->got) : std::nullopt;
}

TEST(Edits, TM_066_MatchInAnyOrderEachOnItsOwn) {
    std::vector<edit> const asked = {made(answer::add_header, 0, "X", "1"),
                                     made(answer::add_header, 0, "X", "2")};
    EXPECT_EQ(judge({"action add-header X 2", "action add-header X 1"}, asked), std::nullopt);
    EXPECT_EQ(judge({"action add-header X", "action add-header X 1"}, asked),
              std::nullopt);  // needs the other one
    EXPECT_NE(judge({"action add-header X 1", "action add-header X 1"}, asked), std::nullopt);
    EXPECT_NE(judge({"action add-header", "action add-header", "action add-header"}, asked), std::nullopt);
}

TEST(Edits, TM_067_IndexNameInAnyCaseAndValueInBytes) {
    std::vector<edit> const asked = {made(answer::change_header, 2, "X-Rep", "new")};
    EXPECT_EQ(judge({"action change-header 2 x-rep new"}, asked), std::nullopt);
    EXPECT_EQ(judge({"action change-header x-rep ~ \"^n\""}, asked), std::nullopt);
    EXPECT_NE(judge({"action change-header 1 x-rep new"}, asked), std::nullopt);
    EXPECT_NE(judge({"action change-header 2 x-rep New"}, asked), std::nullopt);
    EXPECT_NE(judge({"action delete-header 2 x-rep"}, asked), std::nullopt);
}

TEST(Edits, AnEmptyValueDeletes) {
    std::vector<edit> const asked = {made(answer::change_header, 1, "X", "")};
    EXPECT_EQ(judge({"action delete-header 1 X"}, asked), std::nullopt);
    EXPECT_EQ(judge({"action change-header 1 X ''"}, asked), std::nullopt);
    EXPECT_EQ(asked[0].describe(), "delete-header 1 \"X\"");
}

TEST(Edits, WhatMustNotComeIsNamed) {
    std::vector<edit> const asked = {made(answer::quarantine, 0, "held")};
    EXPECT_EQ(judge({"no action quarantine"}, asked), "quarantine \"held\"");
    EXPECT_EQ(judge({"no action quarantine other"}, asked), std::nullopt);
}

TEST(Edits, TM_068_AllAreListedTheNearestFirst) {
    std::vector<edit> const asked = {made(answer::add_recipient, 0, "<a@b>"),
                                     made(answer::add_header, 0, "Y", "1"),
                                     made(answer::add_header, 0, "X", "2")};
    EXPECT_EQ(judge({"action add-header X 1"}, asked),
              "add-header \"X\" \"2\", add-header \"Y\" \"1\", add-rcpt \"<a@b>\"");
    EXPECT_EQ(judge({"action add-header X 1"}, {}), "no edits");
}

TEST(Edits, AListIsBounded) {
    std::vector<edit> const asked(25, made(answer::add_header, 0, "X", "1"));
    auto const text = list_nearest({}, asked);
    EXPECT_NE(text.find(", and 5 more"), std::string::npos) << text;
}

}  // namespace
}  // namespace testmta::run
