#pragma once

#include "callout/doors/clock.hpp"
#include "submission/events.hpp"

namespace submission::sending {

/// Tells an observer what happens, and asks it what to do. After it has thrown it hears nothing but the end.
class notifier {
public:
    /// Both are borrowed; `watcher` may be null.
    notifier(observer* watcher, callout::clock const& clock) : watcher_(watcher), clock_(clock) {}
    notifier(notifier const&) = delete;

    bool is_watched() const noexcept { return watcher_ != nullptr; }
    void tell(any_event const& what) const {
        bool const is_end = std::holds_alternative<event::disconnected>(what) ||
                            std::holds_alternative<event::message_result>(what) ||
                            std::holds_alternative<event::session_done>(what);
        if (!watcher_ || (threw_ && !is_end)) return;
        try {
            watcher_->on(what, clock_.now());
        } catch (...) {
            threw_ = true;
        }
    }

    template <callout::decidable Event>
    typename Event::decision ask(Event const& what) const {
        tell(what);
        auto* const who = threw_ ? nullptr : dynamic_cast<decides<Event>*>(watcher_);
        if (!who) return what.proposed;
        try {
            return who->decide(what);
        } catch (...) {
            threw_ = true;
            return what.proposed;
        }
    }

    bool threw() const noexcept { return threw_; }

private:
    observer* watcher_;
    callout::clock const& clock_;
    mutable bool threw_ = false;
};

}  // namespace submission::sending
