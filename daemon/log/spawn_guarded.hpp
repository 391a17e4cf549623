#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <exception>
#include <functional>
#include <string_view>

#include "log/event_log.hpp"

namespace vouchd {

/// Runs a coroutine for whose end nobody waits. What it throws, such as of exhausted memory, ends it and
/// nothing else: `event=fault` says which part of the daemon that was, and `give_up` tidies up after it.
/// Every coroutine of the daemon that nobody awaits begins here.
void spawn_guarded(boost::asio::any_io_executor const& executor, boost::asio::awaitable<void> what,
                   event_log& log, std::string_view part, std::function<void()> give_up);

/// Logs `event=fault` with what was thrown.
void log_fault(event_log& log, std::string_view part, std::exception_ptr const& thrown) noexcept;

}  // namespace vouchd
