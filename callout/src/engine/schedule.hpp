#pragma once

#include "callout/doors/clock.hpp"
#include "callout/request.hpp"
#include "core/gate.hpp"

namespace callout {

/// How much time there is, and how urgent it is.
class schedule {
public:
    schedule(callout::mode pace_, steady_time begin_by_, steady_time until_)
        : pace(pace_), begin_by(begin_by_), until(until_) {}
    callout::mode pace;    ///< which timers
    steady_time begin_by;  ///< when it is of no more use to begin
    steady_time until;     ///< one deadline over DNS, hosts, TLS and commands
    core::urgency how = core::urgency::somebody_waits;
};

}  // namespace callout
