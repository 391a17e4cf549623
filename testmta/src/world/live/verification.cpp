#include "world/live/verification.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <iomanip>
#include <ostream>

#include "host/net.hpp"

namespace testmta::world {

namespace {

constexpr std::chrono::milliseconds settle_time{100};
constexpr int most_settle_rounds = 20;

std::string to_string(amount const& times) {
    if (times.most == 0) return "never";
    if (times.most == UINT32_MAX) return "at-least " + std::to_string(times.least);
    if (times.least == times.most) return std::to_string(times.least);
    return "at-most " + std::to_string(times.most);
}

/// Returns the line of the world again.
std::string to_string(sighting const& what) {
    auto text = "peer " + what.peer;
    switch (what.what) {
        case sighting::kind::connections: text += " connections "; break;
        case sighting::kind::at_once: text += " at-once "; break;
        case sighting::kind::hears: text += " hears \"" + what.command->text() + "\" "; break;
    }
    return text + to_string(what.times);
}

std::ptrdiff_t number_wrong(verification const& results) {
    return std::ranges::count_if(results, [](verified const& one) { return !one.passed(); });
}

}  // namespace

bool has_something_to_verify(description const& what) {
    return std::ranges::any_of(what.entries, [](entry const& one) {
        return std::ranges::any_of(
            one.steps, [](entry_step const& step) { return std::holds_alternative<sighting>(step); });
    });
}

verification verify(live_world const& world) {
    verification results;
    for (auto const& one : world.what().entries) {
        for (auto const& step : one.steps) {
            auto const* const wanted = std::get_if<sighting>(&step);
            if (wanted == nullptr) continue;
            auto const* const seen = world.memory_of(wanted->peer);
            auto const times = seen == nullptr ? 0 : seen->times_seen(*wanted);
            results.push_back({one.number, one.title, to_string(*wanted), times, wanted->times});
        }
    }
    return results;
}

boost::asio::awaitable<void> settle(live_world const& world) {
    for (int round = 0; round != most_settle_rounds; ++round) {
        co_await sleep(settle_time);
        auto const now = verify(world);
        auto const lacks = [](verified const& one) { return one.seen < one.wanted.least; };
        if (std::ranges::none_of(now, lacks)) co_return;
    }
}

void print(std::ostream& out, verification const& results) {
    using row = std::array<std::string, 5>;
    std::vector<row> rows{{"", "no", "name", "expected", "seen"}};
    for (auto const& one : results)
        rows.push_back(
            {one.passed() ? "ok" : "WRONG", one.number, one.title, one.expected, std::to_string(one.seen)});
    std::array<std::size_t, 5> widths{};
    for (auto const& one : rows) {
        for (std::size_t i = 0; i != one.size(); ++i) widths[i] = std::max(widths[i], one[i].size());
    }
    for (auto const& one : rows) {
        for (std::size_t i = 0; i + 1 != one.size(); ++i)
            out << std::left << std::setw(static_cast<int>(widths[i]) + 2) << one[i];
        out << one.back() << '\n';
    }
    out << results.size() << " expectations, " << number_wrong(results) << " wrong" << std::endl;
}

void print_json(std::ostream& out, verification const& results) {
    boost::json::array all;
    for (auto const& one : results) {
        all.push_back({{"entry", one.number},
                       {"name", one.title},
                       {"expected", one.expected},
                       {"seen", one.seen},
                       {"passed", one.passed()}});
    }
    out << boost::json::object({{"verified", all}, {"wrong", number_wrong(results)}}) << std::endl;
}

}  // namespace testmta::world
