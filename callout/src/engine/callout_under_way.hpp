#pragma once

#include <memory>

#include "core/brief.hpp"
#include "engine/flight.hpp"
#include "engine/inquiry.hpp"
#include "engine/reporter.hpp"
#include "engine/schedule.hpp"
#include "engine/settings.hpp"
#include "engine/terms.hpp"

namespace callout {

/// One callout: what the network is asked, and those who wait for the answer.
class callout_under_way {
public:
    callout_under_way(world const& w, knowledge& known, politeness& limits, session_pool& sessions,
                      observed_question&& observed_, core::shared_brief what_, terms const& how,
                      schedule const& time_);
    callout_under_way(callout_under_way const&) = delete;

    core::shared_brief what;
    shared_settings usual;
    cache_use cache;
    purpose wanted;
    schedule time;
    observed_question observed;
    reporter report;
    flight waiters;
    inquiry questions;
    std::size_t askers = 0;
    bool in_background = false;  ///< it is counted as one that nobody waits for
};
using shared_callout = std::shared_ptr<callout_under_way>;

}  // namespace callout
