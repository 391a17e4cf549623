#pragma once

#include "callout/doors/clock.hpp"
#include "callout/events.hpp"
#include "engine/observed_question.hpp"

namespace callout {

/// Tells those who observe a question: the asker's observer, as long as there is one, because the asker may
/// leave before the callout ends; and the engine's. Keeps the promises of events.hpp about how the asker's
/// stories end.
class reporter {
public:
    reporter(observer* watcher, observed_question& question, callout::clock& clock)
        : watcher_(watcher), question_(question), clock_(clock) {}
    reporter(reporter const&) = delete;
    ~reporter() { dismiss(); }

    bool is_watched() const noexcept { return watcher_ || question_.is_watched(); }
    void tell(any_event const& what) const {
        if (!is_watched()) return;
        auto const now = clock_.now();
        if (watcher_) tell_asker(what, now);
        question_.tell(what, now);
    }

    /// Tells of an event and asks what is to come of it.
    template <decidable Event>
    typename Event::decision ask(Event const& what) const {
        tell(what);
        auto* const who = dynamic_cast<decides<Event>*>(watcher_);
        if (!who) return what.proposed;
        try {
            return who->decide(what);
        } catch (...) {
            threw_ = true;
            return what.proposed;
        }
    }

    /// Has the asker's observer thrown? The session is to be ended as cancelled (SE-025).
    bool threw() const noexcept { return threw_; }

    /// The last word to the observer of the asker. If a connection is open, its part in that ends here.
    void finish(verification const& verdict) const {
        if (!watcher_) return;
        auto const now = clock_.now();
        if (open_) tell_asker(event::disconnected{left, core::stage::any, {}, 0, 0}, now);
        tell_asker(event::session_done{verdict}, now);
        dismiss();
    }
    void dismiss() const noexcept { watcher_ = nullptr; }

private:
    static constexpr auto left = event::disconnected::cause::left;

    void tell_asker(any_event const& what, steady_time when) const {
        if (std::holds_alternative<event::connected>(what)) open_ = true;
        if (std::holds_alternative<event::disconnected>(what)) open_ = false;
        try {
            watcher_->on(what, when);
        } catch (...) {
            threw_ = true;
        }
    }

    mutable observer* watcher_;
    observed_question& question_;
    callout::clock& clock_;
    mutable bool open_ = false;
    mutable bool threw_ = false;
};

}  // namespace callout
