#include "engine/race.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace callout {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds stagger{250};  // RFC 8305 5

/// Shared by the two connections and by the coroutine that waits for them, which may leave first.
class race {
public:
    explicit race(callout::clock& clock) : bell(clock.make_alarm()) {}
    std::unique_ptr<alarm> bell;
    std::unique_ptr<stream> peer;
    endpoint winner;
    bool won = false;
    boost::system::error_code first_error = errc::timed_out;
    int running = 0;
};
using shared_race = std::shared_ptr<race>;

/// Detached, and yet with a reference: the connector is the world's. The second connection is let go.
asio::awaitable<void> run(connector& net, shared_race r, contender who, bool is_first, steady_time until) {
    auto connected = co_await net.connect(who.to, who.source, until);
    if (!connected) {
        if (is_first) r->first_error = connected.error();
    } else if (!r->won) {
        r->won = true;
        r->peer = *std::move(connected);
        r->winner = who.to;
    }
    --r->running;
    r->bell->ring();
}

}  // namespace

asio::awaitable<race_outcome> connect_first(world const& w, contender first, contender other,
                                            steady_time until) {
    auto const executor = co_await asio::this_coro::executor;
    auto const r = std::make_shared<race>(w.clock);
    auto const start = [&](contender const& who, bool is_first) {
        ++r->running;
        asio::co_spawn(executor, run(w.connector, r, who, is_first, until), asio::detached);
    };
    auto const joins_at = std::min(w.clock.now() + stagger, until);
    start(first, true);
    while (!r->peer && r->running > 0 && w.clock.now() < joins_at) co_await r->bell->wait(joins_at);
    bool const both = !r->peer && r->running > 0 && w.clock.now() < until;
    if (both) start(other, false);
    while (!r->peer && r->running > 0 && w.clock.now() < until) co_await r->bell->wait(until);
    result<std::unique_ptr<stream>> peer = r->first_error;
    auto to = first.to;
    if (r->peer) {
        to = r->winner;
        peer = std::move(r->peer);
    }
    r->won = true;  // a connection that comes now comes too late
    race_outcome outcome(std::move(peer), to, both);
    co_return std::move(outcome);
}

}  // namespace callout
