#pragma once

#include <utility>

#include "engine/observed_questions.hpp"

namespace callout {

/// One question, as the engine's observer is told of it. Its end is told once, at the latest when this ends.
class observed_question {
public:
    observed_question(observed_questions& all, purpose wanted, mode pace, question_cause why);
    /// The story goes on here.
    observed_question(observed_question&& other) noexcept;
    observed_question& operator=(observed_question&&) = delete;
    ~observed_question();

    std::uint64_t number() const noexcept { return context_.number; }
    /// Is there an observer that has not been told the end?
    bool is_watched() const noexcept { return is_open_; }
    void tell(any_event const& what, steady_time when);
    void end(verification const& verdict);
    /// Returns what tells the rest of the story; this one has no more to tell.
    observed_question hand_on() noexcept { return observed_question(std::move(*this)); }

    /// Somebody waits for the answer, or nobody does any more.
    void goes_on_with_an_asker() noexcept { context_.in_background = false; }
    void goes_on_alone() noexcept;

private:
    observed_questions& all_;
    question_context context_;
    bool is_open_;
    bool is_connected_ = false;
};

}  // namespace callout
