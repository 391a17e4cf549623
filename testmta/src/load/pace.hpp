#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "load/crew.hpp"

namespace testmta::load {

/// Says when the next message of one connection begins, and waits for it.
class pace {
public:
    pace(boost::asio::any_io_executor executor, crew& with, std::size_t connection);

    boost::asio::awaitable<void> await_opening();
    /// Returns when the next message is to begin, or nothing if there is none. The time may have passed.
    std::optional<moment> next_start() const;
    /// Waits for that time. Returns false if `interrupt` ended the wait early.
    boost::asio::awaitable<bool> await(moment start);
    void interrupt();
    /// Counts the message as begun. Returns when it should have begun: the time from which its latency
    /// counts, so that a filter that is slow cannot hide how long the next messages waited.
    moment begin_message(moment start);
    /// Counts the message as ended.
    void end_message(std::uint64_t tally::* how);

private:
    crew& with_;
    boost::asio::steady_timer timer_;
    std::size_t connection_;
    std::uint64_t turn_ = 0;
    std::optional<moment> last_end_;
    bool is_interrupted_ = false;
};

}  // namespace testmta::load
