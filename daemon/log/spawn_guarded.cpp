#include "log/spawn_guarded.hpp"

#include <boost/asio/co_spawn.hpp>
#include <new>

namespace vouchd {

namespace {

/// Calls it, and logs what it throws. A fault while tidying up after a fault must not reach the loop.
void tidy_up(event_log& log, std::string_view part, std::function<void()> const& give_up) noexcept {
    try {
        if (give_up) give_up();
    } catch (...) {
        log_fault(log, part, std::current_exception());
    }
}

}  // namespace

void spawn_guarded(boost::asio::any_io_executor const& executor, boost::asio::awaitable<void> what,
                   event_log& log, std::string_view part, std::function<void()> give_up) {
    auto const ended = [&log, part, give_up](std::exception_ptr const& thrown) {
        if (!thrown) return;
        log_fault(log, part, thrown);
        tidy_up(log, part, give_up);
    };
    try {
        boost::asio::co_spawn(executor, std::move(what), ended);
    } catch (...) {
        ended(std::current_exception());
    }
}

void log_fault(event_log& log, std::string_view part, std::exception_ptr const& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (std::bad_alloc const&) {
        log.fault(part, "out of memory");
    } catch (std::exception const& failed) {
        log.fault(part, failed.what());
    } catch (...) {
        log.fault(part, "something that is no std::exception was thrown");
    }
}

}  // namespace vouchd
