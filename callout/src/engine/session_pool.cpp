#include "engine/session_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "callout/command.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;

/// What a peer may still say when it is told QUIT.
constexpr std::size_t most_farewell = 4096;

}  // namespace

std::unique_ptr<live_session> session_pool::take(std::string const& key) {
    for (auto found = waiting_.find(key); found != waiting_.end(); found = waiting_.find(key)) {
        auto const one = found->second;
        waiting_.erase(found);
        auto session = std::move(one->session);
        one->bell->ring();
        if (session->peer->pending() == unread::nothing) return session;
        session->peer->close();  // it hung up, or said that it will
    }
    return nullptr;
}

void session_pool::give(std::string const& key, std::unique_ptr<live_session> session) {
    auto const now = clock_.now();
    if (stopped_ || waiting_.size() >= most_kept) return see_off(std::move(session), now + quit_);
    auto const mine = std::make_shared<entry>();
    mine->session = std::move(session);
    mine->bell = clock_.make_alarm();
    waiting_.emplace(key, mine);
    asio::co_spawn(executor_, linger(weak_from_this(), clock_, mine, now + idle_, quit_, stay(sessions_)),
                   asio::detached);
}

void session_pool::see_off(std::unique_ptr<live_session> session, steady_time until) {
    asio::co_spawn(executor_, take_leave(std::move(session), until, stay(sessions_)), asio::detached);
}

void session_pool::stop() {
    stopped_ = true;
    for (auto const& [key, one] : waiting_) {
        one->dismissed = true;
        one->bell->ring();
    }
    waiting_.clear();
}

asio::awaitable<void> session_pool::linger(std::weak_ptr<session_pool> pool, callout::clock& clock,
                                           shared_entry mine, steady_time until,
                                           std::chrono::milliseconds quit, stay here) {
    while (mine->session && !mine->dismissed && clock.now() < until) co_await mine->bell->wait(until);
    if (!mine->session) co_return;
    if (auto const keeper = pool.lock())
        std::erase_if(keeper->waiting_, [&](auto const& entry) { return entry.second == mine; });
    auto session = std::move(mine->session);
    auto const end = clock.now() + quit;
    co_await take_leave(std::move(session), end, std::move(here));
}

asio::awaitable<void> session_pool::take_leave(std::unique_ptr<live_session> session, steady_time until,
                                               stay here) {
    if (here.is_crowded()) co_return session->peer->close();
    auto const quit = core::command(core::verb::quit).line() + std::string(core::line_end);
    auto& peer = *session->peer;
    auto const written = co_await peer.write(quit, until);
    std::span<char> const into(session->buffer);
    bool open = written.has_value();
    for (std::size_t total = 0;
         open && total < most_farewell;) {  // that it hangs up matters, not what it says
        auto const got = co_await peer.read_some(into, until);
        open = got.has_value();
        total += open ? *got : 0;
    }
    peer.close();
}

}  // namespace callout
