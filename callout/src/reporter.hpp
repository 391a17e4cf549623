#pragma once

#include "callout/clock.hpp"
#include "callout/events.hpp"

namespace callout {

/// Tells an observer, as long as there is one: the asker who brought it may leave before the callout ends.
class reporter {
public:
    reporter(observer* watcher, callout::clock& clock) : watcher_(watcher), clock_(clock) {}

    void tell(any_event const& what) const {
        if (watcher_) watcher_->on(what, clock_.now());
    }
    void dismiss() noexcept { watcher_ = nullptr; }

private:
    observer* watcher_;
    callout::clock& clock_;
};

}  // namespace callout
