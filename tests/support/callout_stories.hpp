#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callout/engine_observer.hpp"

namespace test {

/// What an engine tells of one question.
class callout_story {
public:
    explicit callout_story(callout::question_context const& about) : context(about) {}

    bool has(std::string_view name) const;
    std::string_view last() const { return names.back(); }

    callout::question_context context;  ///< as it was told last
    std::vector<std::string> names;     ///< of the events
    std::vector<callout::event::disconnected::cause> causes;
    std::optional<std::uint64_t> joined;
    std::vector<callout::verification> ends;  ///< verdicts of `session_done`
};

/// Observes an engine, and notes the story of each question by its number.
class callout_stories final : public callout::engine_observer {
public:
    void on(callout::question_context const& whose, callout::any_event const& what,
            callout::steady_time when) override;

    /// Fails the test unless the story of each question has ended once, and then no more was told.
    void expect_ended() const;
    /// The same, and forgets them when another engine tells something: it numbers its questions from 1 again.
    void end();
    callout_story const& at(std::uint64_t number) const { return all.at(number); }
    std::size_t size() const { return all.size(); }

    std::map<std::uint64_t, callout_story> all;
    bool throws = false;  ///< whatever it is told

private:
    bool are_of_an_engine_that_ended_ = false;
};

}  // namespace test
