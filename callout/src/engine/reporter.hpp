#pragma once

#include "callout/doors/clock.hpp"
#include "callout/events.hpp"

namespace callout {

/// Tells an observer, as long as there is one: the asker who brought it may leave before the callout ends.
/// Keeps the promises of events.hpp about how stories end.
class reporter {
public:
    reporter(observer* watcher, callout::clock& clock) : watcher_(watcher), clock_(clock) {}
    reporter(reporter const&) = delete;
    ~reporter() { dismiss(); }

    bool is_watched() const noexcept { return watcher_ != nullptr; }
    void tell(any_event const& what) const {
        if (!watcher_) return;
        if (std::holds_alternative<event::connected>(what)) open_ = true;
        if (std::holds_alternative<event::disconnected>(what)) open_ = false;
        try {
            watcher_->on(what, clock_.now());
        } catch (...) {
            threw_ = true;
        }
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

    /// Has the observer thrown? The session is to be ended as cancelled (SE-025).
    bool threw() const noexcept { return threw_; }

    /// The last word. If a connection is open, the observer's part in it ends here.
    void finish(verification const& verdict) const {
        if (open_) tell(event::disconnected{left, core::stage::any, {}, 0, 0});
        tell(event::session_done{verdict});
        dismiss();
    }
    void dismiss() const noexcept { watcher_ = nullptr; }

private:
    static constexpr auto left = event::disconnected::cause::left;

    mutable observer* watcher_;
    callout::clock& clock_;
    mutable bool open_ = false;
    mutable bool threw_ = false;
};

}  // namespace callout
