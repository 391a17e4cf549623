#pragma once

#include "filter_driver.hpp"
#include "milterproto/task.hpp"

namespace milterproto::detail {

/// Awaits the callback that waits, and tells the driver how it ended. A cancellation is over then: the
/// coroutine that awaits this may go on.
task<> await_callback(filter_driver& driver);

}  // namespace milterproto::detail
