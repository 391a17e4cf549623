#include "callout/testing/stream_pair.hpp"

#include <algorithm>
#include <deque>
#include <string>

namespace callout::testing {

/// What is on its way to one end.
class memory_stream::direction {
public:
    explicit direction(virtual_clock& clock) : arrived_(clock.make_alarm()), taken_(clock.make_alarm()) {}

    void put(std::string_view bytes) {
        segments_.emplace_back(bytes);
        size_ += bytes.size();
        arrived_->ring();
    }
    std::size_t take(std::span<char> into) {
        auto& first = segments_.front();
        auto const size = std::min(first.size(), into.size());
        std::copy_n(first.begin(), size, into.begin());
        first.erase(0, size);
        if (first.empty()) segments_.pop_front();
        size_ -= size;
        taken_->ring();
        return size;
    }
    void end() noexcept {
        ended_ = true;
        arrived_->ring();
        taken_->ring();
    }

    bool is_empty() const { return segments_.empty(); }
    bool is_full() const { return size_ >= window; }
    bool has_ended() const { return ended_; }
    callout::alarm& arrived() { return *arrived_; }
    callout::alarm& taken() { return *taken_; }

private:
    /// How many bytes may be on their way before the writer must wait.
    static constexpr std::size_t window = 64 * 1024;

    std::unique_ptr<callout::alarm> arrived_;
    std::unique_ptr<callout::alarm> taken_;
    std::deque<std::string> segments_;
    std::size_t size_ = 0;
    bool ended_ = false;
};

/// What both ends share.
class memory_stream::wire {
public:
    explicit wire(virtual_clock& time) : clock(time), to_first(time), to_second(time) {}

    virtual_clock& clock;
    direction to_first;
    direction to_second;
};

memory_stream::memory_stream(std::shared_ptr<wire> line, side which, callout::endpoint local)
    : line_(std::move(line)),
      in_(which == side::first ? line_->to_first : line_->to_second),
      out_(which == side::first ? line_->to_second : line_->to_first),
      local_(local) {}

boost::asio::awaitable<callout::result<std::size_t>> memory_stream::read_some(std::span<char> into,
                                                                              callout::steady_time until) {
    while (in_.is_empty() && !in_.has_ended() && !closed_ && line_->clock.now() < until)
        co_await in_.arrived().wait(until);
    if (closed_) co_return callout::errc::cancelled;
    if (!in_.is_empty()) co_return in_.take(into);
    co_return in_.has_ended() ? callout::errc::closed : callout::errc::timed_out;
}

boost::asio::awaitable<callout::result<void>> memory_stream::write(std::string_view bytes,
                                                                   callout::steady_time until) {
    while (out_.is_full() && !out_.has_ended() && line_->clock.now() < until)
        co_await out_.taken().wait(until);
    if (closed_) co_return callout::errc::cancelled;
    if (out_.has_ended()) co_return callout::errc::closed;
    if (out_.is_full()) co_return callout::errc::timed_out;
    if (!bytes.empty()) out_.put(bytes);
    co_return callout::result<void>();
}

boost::asio::awaitable<callout::result<callout::tls_session>> memory_stream::start_tls(callout::tls_wish,
                                                                                       callout::steady_time) {
    co_return callout::errc::tls_handshake;
}

std::size_t memory_stream::take(std::span<char> into) {
    return in_.is_empty() ? 0 : in_.take(into);
}

callout::unread memory_stream::pending() noexcept {
    if (!in_.is_empty()) return callout::unread::bytes;
    return in_.has_ended() ? callout::unread::end : callout::unread::nothing;
}

void memory_stream::close() noexcept {
    if (closed_) return;
    closed_ = true;
    in_.end();
    out_.end();
}

void memory_stream::end_writing() noexcept {
    out_.end();
}

stream_pair make_stream_pair(virtual_clock& clock, callout::endpoint first, callout::endpoint second) {
    using side = memory_stream::side;
    auto const line = std::make_shared<memory_stream::wire>(clock);
    return {std::make_unique<memory_stream>(line, side::first, first),
            std::make_unique<memory_stream>(line, side::second, second)};
}

}  // namespace callout::testing
