#include "callout_stories.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace test {

using namespace callout::event;

bool callout_story::has(std::string_view name) const {
    return std::ranges::count(names, name) > 0;
}

void callout_stories::on(callout::question_context const& whose, callout::any_event const& what,
                         callout::steady_time) {
    if (std::exchange(are_of_an_engine_that_ended_, false)) all.clear();
    auto& story = all.try_emplace(whose.number, whose).first->second;
    story.context = whose;
    story.names.emplace_back(callout::name_of(what));
    if (auto const* end = std::get_if<disconnected>(&what)) story.causes.push_back(end->why);
    if (auto const* other = std::get_if<callout::event::joined>(&what)) story.joined = other->number;
    if (auto const* end = std::get_if<session_done>(&what)) story.ends.push_back(end->verdict);
    if (throws) throw std::runtime_error("the engine's observer has a bug");
}

void callout_stories::end() {
    expect_ended();
    are_of_an_engine_that_ended_ = true;
}

void callout_stories::expect_ended() const {
    for (auto const& [number, story] : all) {
        EXPECT_EQ(story.ends.size(), 1u) << "question " << number << " must end once";
        EXPECT_EQ(story.last(), "session_done") << "question " << number;
    }
}

}  // namespace test
