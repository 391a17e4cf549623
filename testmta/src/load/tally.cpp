#include "load/tally.hpp"

#include <algorithm>

namespace testmta::load {

std::string_view word_of(phase what) {
    constexpr std::array<std::string_view, phases> words{"open", "negotiate", "connect", "helo", "mail",
                                                         "rcpt", "data",      "header",  "eoh",  "body",
                                                         "eom",  "quit",      "message", "test"};
    return words[static_cast<std::size_t>(what)];
}

void tally::add_error(std::string const& kind, std::function<std::string()> const& describe) {
    auto& one = kinds[kind];
    if (one.count++ == 0) one.first = describe();
}

void tally::merge(tally const& other) {
    begun += other.begun;
    passed += other.passed;
    failed += other.failed;
    lost += other.lost;
    skipped += other.skipped;
    sessions += other.sessions;
    octets_sent += other.octets_sent;
    octets_received += other.octets_received;
    last_end = std::max(last_end, other.last_end);
    lateness.merge(other.lateness);
    for (std::size_t i = 0; i != phases; ++i) times[i].merge(other.times[i]);
    for (auto const& [kind, one] : other.kinds) {
        auto& mine = kinds[kind];
        if (mine.count == 0) mine.first = one.first;
        mine.count += one.count;
    }
}

std::uint64_t tally::errors() const {
    std::uint64_t all = 0;
    for (auto const& [kind, one] : kinds) all += one.count;
    return all;
}

}  // namespace testmta::load
