#pragma once

#include <cstdint>

#include "callout/events.hpp"
#include "callout/request.hpp"

namespace callout {

/// Why an engine works on a question.
enum class question_cause {
    asked,    ///< somebody wants to know
    gone_on,  ///< for the cache: the askers have left, or had no time for a slow peer
    refresh,  ///< for the cache: somebody got an answer that grows old
    retry,    ///< for the cache: a host that greylists, or said nothing, is asked again
};

/// The question that an event belongs to. Each `engine::verify` is one, and so is each callout that the
/// engine begins in the background.
class question_context {
public:
    question_context(std::uint64_t number_, callout::purpose purpose_, mode pace_, question_cause why_)
        : number(number_),
          purpose(purpose_),
          pace(pace_),
          why(why_),
          in_background(why_ != question_cause::asked) {}
    std::uint64_t number;  ///< from 1; no two questions of an engine have the same
    callout::purpose purpose;
    mode pace;  ///< which timers hold
    question_cause why;
    bool in_background;  ///< nobody waits for the answer just now
};

/// Told of everything that an engine does, on its executor, with the time at which it happened. It decides
/// nothing and disturbs nobody: what it throws is counted in `engine_numbers::observer_failures`. It must not
/// call the engine, except for `numbers()`.
///
/// The story of each number ends once, with `session_done`: also if the cache had the answer, if the question
/// `joined` another one, if its asker was cancelled, and if the engine stops. `engine::stop` ends all of
/// them, and nothing is told after the engine has ended.
///
/// A callout whose asker leaves goes on under its number; `question_context` says that nobody waits for it.
class engine_observer {
public:
    virtual ~engine_observer() = default;
    virtual void on(question_context const& whose, any_event const& what, steady_time when) = 0;
};

}  // namespace callout
