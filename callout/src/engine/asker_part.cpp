#include "engine/asker_part.hpp"

#include "engine/verdicts.hpp"

namespace callout {

asker_part::asker_part(callouts_under_way& all, shared_callout what, role as)
    : all_(all), what_(std::move(what)), role_(as) {
    all_.join(*what_);
}

asker_part::~asker_part() {
    if (role_ == role::first) what_->report.finish(verification(status::transient, reason::in_progress));
    all_.leave(*what_);
}

verification asker_part::answer() const {
    if (auto brought = what_->waiters.collect()) return *std::move(brought);
    auto none = in_progress("no verdict in time");
    if (role_ == role::first) what_->report.finish(none);
    return none;
}

}  // namespace callout
