#include "run/coverage.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace testmta::run {
namespace {

using core::answer;
using core::command;

bool contains(std::vector<std::string> const& all, std::string const& one) {
    return std::ranges::find(all, one) != all.end();
}

/// A session that was refused its second recipient.
coverage refused_recipient() {
    covered_session session;
    session.opened();
    session.negotiated({6, core::action::add_headers, core::step::skip}, {6, core::action::add_headers, 0});
    session.answered(command::connect, answer::proceed);
    session.declined(command::helo);
    session.answered(command::mail, answer::proceed);
    session.answered(command::rcpt, answer::proceed);
    session.answered(command::rcpt, answer::reject);
    session.unanswered(command::abort);
    session.unanswered(command::quit);
    return session.noted();
}

TEST(Coverage, TransitionsNameStateEventAnswerAndNextState) {
    auto const noted = refused_recipient();
    coverage::counts const expected = {{"negotiated connect continue connected", 1},
                                       {"connected mail continue mail", 1},
                                       {"mail rcpt continue rcpt", 1},
                                       {"rcpt rcpt reject rcpt", 1},
                                       {"rcpt abort none connected", 1},
                                       {"connected quit none closed", 1}};
    EXPECT_EQ(noted.transitions, expected);
    EXPECT_EQ(noted.declined, (coverage::counts{{"helo", 1}}));  // TM-049
    EXPECT_EQ(noted.offered, (coverage::counts{{"add-header", 1}, {"skip", 1}}));
    EXPECT_EQ(noted.asked, (coverage::counts{{"add-header", 1}}));
}

TEST(Coverage, TM_104_WhatWasNeverTriedIsListed) {
    auto const noted = refused_recipient();
    auto const missing = noted.never_tried();
    EXPECT_TRUE(contains(missing, "content body skip content"));
    EXPECT_TRUE(contains(missing, "mail rcpt reject mail"));
    EXPECT_TRUE(contains(missing, "connected mail accept connected"));
    EXPECT_FALSE(contains(missing, "rcpt rcpt reject rcpt"));
    EXPECT_FALSE(contains(missing, "negotiated connect discard refused"));  // no filter may say so
    EXPECT_EQ(coverage().never_tried().size(), missing.size() + noted.transitions.size());
}

TEST(Coverage, TM_104_MergingDoesNotDependOnTheOrder) {
    covered_session other;
    other.negotiated({6, 0, 0}, {6, 0, 0});
    other.answered(command::connect, answer::reject);
    other.edited("add-header");
    coverage a, b;
    a.merge(refused_recipient());
    a.merge(other.noted());
    b.merge(other.noted());
    b.merge(refused_recipient());
    EXPECT_EQ(a.to_text(), b.to_text());
    EXPECT_EQ(a.transitions.at("negotiated connect reject refused"), 1u);
    EXPECT_NE(a.to_text().find("edits:\n  1  add-header\n"), std::string::npos);
}

}  // namespace
}  // namespace testmta::run
