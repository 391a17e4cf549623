#include "engine/observed_question.hpp"

#include "engine/verdicts.hpp"

namespace callout {

observed_question::observed_question(observed_questions& all, purpose wanted, mode pace, question_cause why)
    : all_(all), context_(all.next_number(), wanted, pace, why), is_open_(all.are_watched()) {
    if (is_open_) all_.open(number(), *this);
}

observed_question::observed_question(observed_question&& other) noexcept
    : all_(other.all_),
      context_(other.context_),
      is_open_(std::exchange(other.is_open_, false)),
      is_connected_(other.is_connected_) {
    if (is_open_) all_.open(number(), *this);
}

observed_question::~observed_question() {
    if (is_open_) end(in_progress("the asker has left"));
}

void observed_question::tell(any_event const& what, steady_time when) {
    if (!is_open_) return;
    if (std::holds_alternative<event::connected>(what)) is_connected_ = true;
    if (std::holds_alternative<event::disconnected>(what)) is_connected_ = false;
    all_.tell(context_, what, when);
}

void observed_question::end(verification const& verdict) {
    if (!is_open_) return;
    using cause = event::disconnected::cause;
    auto const now = all_.now();
    if (is_connected_) tell(event::disconnected{cause::cancelled, core::stage::any, {}, 0, 0}, now);
    tell(event::session_done{verdict}, now);
    is_open_ = false;
    all_.close(number());
}

void observed_question::goes_on_alone() noexcept {
    context_.in_background = true;
    if (context_.why == question_cause::asked) context_.why = question_cause::gone_on;
}

}  // namespace callout
