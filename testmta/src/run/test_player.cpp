#include "run/test_player.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "host/net.hpp"

namespace testmta::run {

namespace asio = boost::asio;
using proceeds = session_player::proceeds;

test_player::test_player(asio::any_io_executor executor, test const& what, milterproto::socket_spec filter)
    : executor_(std::move(executor)), test_(what), filter_(std::move(filter)) {}

asio::awaitable<void> test_player::play() {
    auto const passed = co_await play_lines(test_.body, session("main"));
    if (passed) co_await finish_all();
    for (auto* one : in_order_) one->close();
}

asio::awaitable<void> test_player::finish_all() {
    for (std::size_t i = 0; i != in_order_.size(); ++i) co_await in_order_[i]->finish();
}

session_player& test_player::session(std::string const& name) {
    auto& found = sessions_[name];
    if (!found) {
        found = std::make_unique<session_player>(executor_, test_, name, filter_);
        in_order_.push_back(found.get());
    }
    return *found;
}

session_player const* test_player::find(std::string_view name) const {
    auto const found = sessions_.find(name);
    return found != sessions_.end() ? found->second.get() : nullptr;
}

outcome test_player::result() {
    outcome found;
    for (auto* one : in_order_) {
        auto& said = one->result;
        found.covered.merge(one->covered());
        if (said.unreachable && found.verdict != verdict::no_filter) {
            found.verdict = verdict::no_filter;
            found.reason = *said.unreachable;
        }
        if (said.failed && found.verdict != verdict::no_filter) found.verdict = verdict::failed;
        if (said.unmet && found.verdict == verdict::passed) {
            found.verdict = verdict::skipped;
            found.reason = *said.unmet;
        }
        found.sessions.push_back(std::move(said));
    }
    return found;
}

proceeds test_player::play(on_session const& what, step_player& from) {
    auto& other = session(what.name);
    other.captured = from.captured;
    auto const goes_on = co_await play_lines(what.body, other);
    from.captured = other.captured;
    co_return goes_on;
}

/// A session that fails does not stop the others (testmta.md 7).
proceeds test_player::play(parallel const& what, step_player& from) {
    std::set<std::string> names;
    for (auto const& one : what.sessions) names.insert(one.name);
    meeting_points meetings(executor_, std::move(names));
    asio::steady_timer all_ended(executor_, asio::steady_timer::time_point::max());
    auto running = what.sessions.size();
    std::exception_ptr thrown;
    for (auto const& one : what.sessions) {
        session(one.name).captured = from.captured;
        asio::co_spawn(executor_, play_beside(one, meetings), [&](std::exception_ptr problem) {
            if (problem) thrown = problem;
            if (--running == 0) all_ended.cancel();
        });
    }
    while (running != 0) co_await all_ended.async_wait(as_value);
    if (thrown) std::rethrow_exception(thrown);
    auto const went_on = [&](on_session const& one) {
        auto const& said = session(one.name).result;
        return !said.failed && !said.unreachable && !said.unmet;
    };
    co_return std::ranges::all_of(what.sessions, went_on);
}

asio::awaitable<void> test_player::play_beside(on_session const& what, meeting_points& meetings) {
    auto& on = session(what.name);
    on.meet_at(&meetings);
    auto const goes_on = co_await play_lines(what.body, on);
    meetings.leave(what.name);
    on.meet_at(nullptr);
    // A copy has no name by which a later block could go on with it.
    if (goes_on && what.ends_with_block) co_await on.finish();
    if (!goes_on) on.close();
}

}  // namespace testmta::run
