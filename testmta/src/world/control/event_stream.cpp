#include "world/control/event_stream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "host/net.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;

constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
    "close\r\n\r\n"
    ": events\n\n";
/// A comment, so that a reader that has vanished is noticed.
constexpr std::string_view heartbeat = ":\n\n";
constexpr std::chrono::seconds heartbeat_interval{15};
constexpr std::chrono::seconds write_limit{15};

}  // namespace

event_stream::event_stream(boost::beast::tcp_stream& to, conversation_log& conversations)
    : to_(to), conversations_(conversations), news_(to.get_executor()), unread_(head) {
    subscription_ = conversations_.subscribe([this](std::string_view json) { add(json); });
}

event_stream::~event_stream() {
    conversations_.unsubscribe(subscription_);
}

void event_stream::add(std::string_view json) {
    if (unread_.size() + json.size() > most_unread) has_ended_ = true;
    if (!has_ended_) unread_.append("data: ").append(json).append("\n\n");
    news_.cancel();
}

void event_stream::watch_reader() {
    to_.socket().async_read_some(asio::buffer(&ignored_, 1),
                                 [self = shared_from_this()](boost::system::error_code bad, std::size_t) {
                                     if (self->has_ended_) return;
                                     if (!bad) return self->watch_reader();
                                     self->has_ended_ = true;
                                     self->news_.cancel();
                                 });
}

asio::awaitable<void> event_stream::run(std::shared_ptr<event_stream> self) {
    self->to_.expires_never();
    self->watch_reader();
    while (!self->has_ended_) {
        auto const open = co_await self->send(std::exchange(self->unread_, {}));
        if (!open) break;
        co_await self->wait_for_events();
    }
    self->has_ended_ = true;
    boost::system::error_code ignored;
    self->to_.socket().close(ignored);
}

asio::awaitable<bool> event_stream::send(std::string what) {
    if (what.empty()) co_return true;
    to_.expires_after(write_limit);
    auto const octets = asio::buffer(what);
    auto const [bad, count] = co_await asio::async_write(to_, octets, as_value);
    to_.expires_never();
    co_return !bad;
}

asio::awaitable<void> event_stream::wait_for_events() {
    if (!unread_.empty() || has_ended_) co_return;
    news_.expires_after(heartbeat_interval);
    co_await news_.async_wait(as_value);
    if (unread_.empty() && !has_ended_) unread_ = heartbeat;
}

}  // namespace testmta::world
