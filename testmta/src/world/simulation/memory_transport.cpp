#include "world/simulation/memory_transport.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace testmta::world {

namespace {

namespace asio = boost::asio;

/// How much is read at once.
constexpr std::size_t room = 4096;

}  // namespace

memory_transport::memory_transport(callout::testing::memory_world& within,
                                   std::unique_ptr<callout::testing::memory_stream> line, std::string client)
    : context_(within.context),
      clock_(within.clock),
      line_(std::move(line)),
      client_(std::move(client)),
      sleep_alarm_(within.clock.make_alarm()) {}

asio::awaitable<transport::outcome> memory_transport::read(std::string& into, duration limit) {
    into.resize(room);
    std::span<char> const where(into);
    auto const got = co_await line_->read_some(where, now() + limit);
    if (!got) co_return got.error() == callout::errc::timed_out ? outcome::quiet : outcome::ended;
    into.resize(*got);
    co_return outcome::octets;
}

asio::awaitable<bool> memory_transport::write(std::string_view octets) {
    auto const written = co_await line_->write(octets, callout::steady_time::max());
    co_return written.has_value();
}

asio::awaitable<void> memory_transport::sleep(duration time) {
    auto const until = now() + time;
    if (time.count() == 0) co_await asio::post(context_, asio::use_awaitable);
    while (now() < until) co_await sleep_alarm_->wait(until);
}

void memory_transport::end(ending how) {
    if (how == ending::half_close) return line_->end_writing();
    line_->close();
}

}  // namespace testmta::world
