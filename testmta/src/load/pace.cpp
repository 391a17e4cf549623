#include "load/pace.hpp"

#include "host/net.hpp"

namespace testmta::load {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

pace::pace(asio::any_io_executor executor, crew& with, std::size_t connection)
    : with_(with), timer_(executor), connection_(connection) {}

asio::awaitable<void> pace::await_opening() {
    auto const opening = with_.begin + with_.when.opening_of(connection_);
    if (opening > clock::now()) co_await await(opening);
}

std::optional<moment> pace::next_start() const {
    auto const message = with_.when.message_of(connection_, turn_);
    if (!message || with_.is_over) return std::nullopt;
    auto start = clock::now();
    if (auto const due = with_.when.start_of(*message)) {
        start = with_.begin + *due;
    } else if (last_end_) {
        start = std::max(start, *last_end_ + with_.what.think);
    }
    auto const end = with_.when.end();
    if (end && std::max(start, clock::now()) >= with_.begin + *end) return std::nullopt;
    return start;
}

asio::awaitable<bool> pace::await(moment start) {
    is_interrupted_ = false;
    if (start <= clock::now()) co_return true;
    timer_.expires_at(start);
    co_await timer_.async_wait(as_value);
    co_return !is_interrupted_;
}

void pace::interrupt() {
    is_interrupted_ = true;
    timer_.cancel();
}

moment pace::begin_message(moment start) {
    auto const now = clock::now();
    ++turn_;
    ++with_.counted.begun;
    with_.begun.fetch_add(1, std::memory_order_relaxed);
    if (!with_.what.rate) return now;
    with_.counted.lateness.add(now - start);
    return start;
}

void pace::end_message(std::uint64_t tally::* how) {
    ++(with_.counted.*how);
    with_.ended.fetch_add(1, std::memory_order_relaxed);
    with_.counted.last_end = clock::now();
    last_end_ = with_.counted.last_end;
}

}  // namespace testmta::load
