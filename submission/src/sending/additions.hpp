#pragma once

#include "callout/doors/clock.hpp"
#include "callout/doors/random.hpp"
#include "callout/helo_name.hpp"
#include "submission/batch.hpp"

namespace submission::sending {

/// Makes the headers that a message may lack. They stay the same whenever it is sent again, so that those who
/// get it twice can tell.
message::additions make_additions(message const& what, callout::helo_name const& by, callout::system_time now,
                                  callout::random& chance);

}  // namespace submission::sending
