#include "run/test_player.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "host/net.hpp"
#include "text/mistakes.hpp"

namespace testmta::run {

namespace asio = boost::asio;
using proceeds = session_player::proceeds;

test_player::test_player(asio::any_io_executor executor, test const& what, milterproto::socket_spec filter)
    : executor_(std::move(executor)), test_(what), filter_(std::move(filter)) {}

asio::awaitable<void> test_player::play() {
    auto const passed = co_await play(test_.body, session("main"));
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

proceeds test_player::play(std::vector<node> const& lines, session_player& on) {
    for (auto const& one : lines) {
        auto const goes_on = co_await play(one, on);
        if (!goes_on) co_return false;
    }
    co_return true;
}

proceeds test_player::play(node const& line, session_player& on) {
    if (auto const* one = std::get_if<step>(&line.what)) return on.play(*one);
    if (auto const* one = std::get_if<together>(&line.what)) return on.play(*one);
    if (auto const* one = std::get_if<on_session>(&line.what)) return play_elsewhere(*one, on);
    if (auto const* one = std::get_if<parallel>(&line.what)) return play_side_by_side(*one, on);
    if (std::holds_alternative<choice>(line.what)) return choose(line, on);
    return play_late(line, on);
}

proceeds test_player::play_late(node const& line, session_player& on) {
    std::optional<std::string> wrong;
    std::vector<step> parsed;
    try {
        parsed = std::get<late_line>(line.what).parse(on.captured);
    } catch (text::mistake const& found) {
        wrong = found.text;
    }
    if (wrong) co_return on.fail_at(line, "with the captured values " + *wrong);
    for (auto& one : parsed) one.calls = line.calls;
    auto const& steps = on.keep(std::move(parsed));
    for (auto const& one : steps) {
        auto const goes_on = co_await on.play(one);
        if (!goes_on) co_return false;
    }
    co_return true;
}

proceeds test_player::choose(node const& line, session_player& on) {
    auto const& what = std::get<choice>(line.what);
    auto holds = false;
    std::optional<std::string> wrong;
    if (auto const* agreed = std::get_if<negotiated>(&what.condition)) {
        holds = on.has_agreed_to(*agreed) != what.inverted;
    } else {
        try {
            holds = std::get<late_condition>(what.condition).holds(on.captured);
        } catch (text::mistake const& found) {
            wrong = found.text;
        }
    }
    if (wrong) co_return on.fail_at(line, "with the captured values " + *wrong);
    co_return co_await play(holds ? what.then : what.otherwise, on);
}

proceeds test_player::play_elsewhere(on_session const& what, session_player& from) {
    auto& other = session(what.name);
    other.captured = from.captured;
    auto const goes_on = co_await play(what.body, other);
    from.captured = other.captured;
    co_return goes_on;
}

/// A session that fails does not stop the others (testmta.md 7).
proceeds test_player::play_side_by_side(parallel const& what, session_player& from) {
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
    auto const goes_on = co_await play(what.body, on);
    meetings.leave(what.name);
    on.meet_at(nullptr);
    // A copy has no name by which a later block could go on with it.
    if (goes_on && what.ends_with_block) co_await on.finish();
    if (!goes_on) on.close();
}

}  // namespace testmta::run
