#include "run/meeting_points.hpp"

#include <algorithm>

#include "host/net.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace asio = boost::asio;

meeting_points::meeting_points(asio::any_io_executor executor, std::set<std::string> sessions)
    : executor_(std::move(executor)), sessions_(std::move(sessions)) {}

asio::awaitable<std::optional<std::string>> meeting_points::arrive(std::string label, std::string who,
                                                                   std::size_t count, duration limit) {
    auto const round = ++arrivals_[{label, who}];
    auto& point = meetings_[label + '#' + std::to_string(round)];
    point.wanted = count == 0 ? sessions_.size() : count;
    point.here.insert(std::move(who));
    if (point.here.size() >= point.wanted) {
        point.is_over = true;
        wake(point);
    }
    asio::steady_timer timer(executor_);
    auto const until = std::chrono::steady_clock::now() + limit;
    while (!point.is_over && !is_hopeless(point) && std::chrono::steady_clock::now() < until) {
        timer.expires_at(until);
        point.waiting.push_back(&timer);
        co_await timer.async_wait(as_value);
        std::erase(point.waiting, &timer);
    }
    if (point.is_over) co_return std::nullopt;
    auto const* how = is_hopeless(point) ? ", and never will: missing " : " within ";
    std::string problem = "expected " + std::to_string(point.wanted) + " sessions at \"" + label +
                          "\", got " + std::to_string(point.here.size()) + how;
    if (!is_hopeless(point)) problem += text::to_string(limit) + "; missing ";
    co_return problem + missing(point);
}

void meeting_points::leave(std::string const& who) {
    gone_.insert(who);
    for (auto& [label, one] : meetings_) {
        if (!one.is_over && is_hopeless(one)) wake(one);
    }
}

bool meeting_points::is_hopeless(meeting const& one) const {
    auto const may_come = std::ranges::count_if(
        sessions_, [&](std::string const& name) { return one.here.contains(name) || !gone_.contains(name); });
    return static_cast<std::size_t>(may_come) < one.wanted;
}

std::string meeting_points::missing(meeting const& one) const {
    constexpr std::size_t most = 10;
    std::string text;
    std::size_t count = 0;
    for (auto const& name : sessions_) {
        if (one.here.contains(name)) continue;
        if (++count <= most) text.append(count == 1 ? "" : ", ").append(name);
    }
    if (count > most) text += " and " + std::to_string(count - most) + " more";
    return text.empty() ? "sessions that are not in this block" : text;
}

void meeting_points::wake(meeting& one) {
    for (auto* timer : one.waiting) timer->cancel();
}

}  // namespace testmta::run
