#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "milterproto/timer.hpp"

namespace milterproto::detail {

/// The time of a loop, if it is not the system's. It belongs to the loop, so all code that has the executor
/// finds it.
class simulated_clock final : public boost::asio::execution_context::service {
public:
    /// What waits for a time to come.
    class sleeper {
    public:
        virtual void wake() noexcept = 0;

    protected:
        ~sleeper() = default;
    };
    /// Sleepers that are due at the same time are woken in the order in which they began.
    using place = std::pair<steady_time, std::uint64_t>;

    static boost::asio::execution_context::id id;
    explicit simulated_clock(boost::asio::execution_context& owner) : service(owner) {}
    /// Returns null if the loop has the system's time.
    static simulated_clock* of(boost::asio::execution_context& loop);

    steady_time now() const noexcept { return now_; }
    place begin(sleeper& who, std::chrono::nanoseconds span);
    void forget(place const& which) noexcept { sleepers_.erase(which); }
    std::optional<steady_time> next() const noexcept;
    void move_to(steady_time then) noexcept;

private:
    void shutdown() noexcept override {}

    steady_time now_{std::chrono::hours(1)};  ///< the time zero often means "never"
    std::uint64_t begun_ = 0;
    std::map<place, sleeper*> sleepers_;
};

}  // namespace milterproto::detail
