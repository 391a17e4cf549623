#include "engine/observed_questions.hpp"

#include "engine/observed_question.hpp"

namespace callout {

void observed_questions::tell(question_context const& whose, any_event const& what,
                              steady_time when) noexcept {
    if (!watcher_) return;
    try {
        watcher_->on(whose, what, when);
    } catch (...) {
        ++failures_;
    }
}

void observed_questions::end_all(verification const& verdict) {
    while (!open_.empty()) open_.begin()->second->end(verdict);
}

}  // namespace callout
