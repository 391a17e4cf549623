#pragma once

#include <cstdint>
#include <map>

#include "callout/doors/clock.hpp"
#include "callout/engine_observer.hpp"

namespace callout {

class observed_question;

/// Numbers the questions of an engine, and tells the engine's observer of them, if there is one.
class observed_questions {
public:
    observed_questions(engine_observer* watcher, callout::clock& clock) : watcher_(watcher), clock_(clock) {}
    observed_questions(observed_questions const&) = delete;

    std::uint64_t next_number() noexcept { return ++last_; }
    bool are_watched() const noexcept { return watcher_ != nullptr; }
    steady_time now() const noexcept { return clock_.now(); }
    void tell(question_context const& whose, any_event const& what, steady_time when) noexcept;

    // Those whose end has not been told yet.
    void open(std::uint64_t number, observed_question& which) {
        open_.insert_or_assign(open_.end(), number, &which);
    }
    void close(std::uint64_t number) { open_.erase(number); }
    void end_all(verification const& verdict);

    /// Tells nobody anything from now on.
    void dismiss() noexcept { watcher_ = nullptr; }
    /// What the observer has thrown so far.
    std::size_t failures() const noexcept { return failures_; }

private:
    engine_observer* watcher_;
    callout::clock& clock_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, observed_question*> open_;
    std::size_t failures_ = 0;
};

}  // namespace callout
