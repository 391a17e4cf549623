#include "load/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "text/values.hpp"

namespace testmta::load {

namespace {

/// A process cannot have more TCP connections to one port of one address.
constexpr std::uint64_t most_connections = 65'000;
constexpr std::uint64_t most_messages = 1'000'000'000'000;
constexpr double greatest_rate = 1e7;
constexpr std::uint64_t most_parts = 10'000;  ///< recipients or headers of a message
constexpr std::uint64_t most_threads = 256;
/// One body is kept in memory and shared by all connections.
constexpr std::size_t largest_body = 64 * 1024 * 1024;

[[noreturn]] void refuse(std::string_view option, std::string_view word, std::string_view why) {
    throw std::runtime_error(std::string(option) + ": \"" + std::string(word) + "\" " + std::string(why));
}

template <class Number>
Number read_count(std::string_view option, std::string const& word, std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    auto const* const end = word.data() + word.size();
    auto const [stopped, bad] = std::from_chars(word.data(), end, number);
    if (bad != std::errc() || stopped != end || number < least || number > most) {
        refuse(
            option, word,
            "is not a number from " + std::to_string(least) + " to " + std::to_string(most) + ", such as 10");
    }
    return static_cast<Number>(number);
}

/// Reads `100` or `100/s`.
double read_rate(std::string_view option, std::string const& word) {
    double rate = 0;
    auto const digits =
        std::string_view(word).substr(0, word.ends_with("/s") ? word.size() - 2 : word.size());
    auto const* const end = std::to_address(digits.end());
    auto const [stopped, bad] =
        std::from_chars(std::to_address(digits.begin()), end, rate, std::chars_format::fixed);
    if (bad != std::errc() || stopped != end || !(rate >= 0.001) || rate > greatest_rate)
        refuse(option, word,
               "is not a rate from 0.001 to 10000000 messages per second, such as 100 or 100/s");
    return rate;
}

plan::duration read_time(std::string_view option, std::string const& word) {
    auto const time = text::parse_duration(word);
    if (!time) refuse(option, word, "is not a duration; expected at most an hour, such as 500ms or 10s");
    return *time;
}

std::size_t read_bound(std::string const& whole, std::string_view word) {
    auto const size = text::parse_size(word);
    if (!size || *size > largest_body)
        refuse("--size", whole,
               "is not a size of at most 64M, such as 4K, or a range of sizes, such as 1K..64K");
    return *size;
}

void read_size(std::string const& word, plan& into) {
    auto const dots = word.find("..");
    into.least_size = read_bound(word, std::string_view(word).substr(0, dots));
    into.greatest_size = dots == std::string::npos
                             ? into.least_size
                             : read_bound(word, std::string_view(word).substr(dots + 2));
    if (into.least_size > into.greatest_size)
        refuse("--size", word,
               "begins with its greater size; expected the smaller one first, such as 1K..64K");
}

void refuse_contradictions(options const& wanted) {
    if (wanted.messages.empty() && wanted.duration.empty())
        throw std::runtime_error("nothing ends the load; expected --messages M, --duration DUR, or both");
    if (!wanted.rate.empty() && !wanted.think.empty())
        throw std::runtime_error(
            "--think and --rate exclude each other; with a rate, the schedule says when a message begins");
    if (wanted.script.empty()) {
        if (!wanted.defines.empty())
            throw std::runtime_error("-D: there is no script that has variables; expected a SCRIPT, too");
        return;
    }
    for (auto const& [option, word] :
         {std::pair("--per-connection", &wanted.per_connection), std::pair("--size", &wanted.size),
          std::pair("--rcpts", &wanted.recipients), std::pair("--headers", &wanted.headers)}) {
        if (!word->empty())
            throw std::runtime_error(std::string(option) +
                                     " and a script exclude each other; the script says what is sent");
    }
}

}  // namespace

plan read_plan(options const& wanted) {
    refuse_contradictions(wanted);
    plan found;
    auto const given = [](std::string const& word) { return !word.empty(); };
    if (given(wanted.connections))
        found.connections = read_count<std::size_t>("--connections", wanted.connections, 1, most_connections);
    if (given(wanted.messages))
        found.messages = read_count<std::uint64_t>("--messages", wanted.messages, 1, most_messages);
    if (given(wanted.per_connection))
        found.per_connection =
            read_count<std::uint64_t>("--per-connection", wanted.per_connection, 1, most_messages);
    if (given(wanted.rate)) found.rate = read_rate("--rate", wanted.rate);
    if (given(wanted.ramp)) found.ramp = read_time("--ramp", wanted.ramp);
    if (given(wanted.duration)) found.time = read_time("--duration", wanted.duration);
    if (given(wanted.size)) read_size(wanted.size, found);
    if (given(wanted.recipients))
        found.recipients = read_count<std::size_t>("--rcpts", wanted.recipients, 1, most_parts);
    if (given(wanted.headers))
        found.headers = read_count<std::size_t>("--headers", wanted.headers, 0, most_parts);
    if (given(wanted.think)) found.think = read_time("--think", wanted.think);
    if (given(wanted.dialect)) {
        found.as = run::find_dialect(wanted.dialect);
        if (found.as == nullptr)
            refuse("--dialect", wanted.dialect, "is not a dialect; " + run::list_dialects());
    }
    if (given(wanted.seed)) found.seed = read_count<std::uint32_t>("--seed", wanted.seed, 0, UINT32_MAX);
    auto const cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    found.threads = given(wanted.threads)
                        ? read_count<std::size_t>("--threads", wanted.threads, 1, most_threads)
                        : std::min<std::size_t>(cores, most_threads);
    found.threads = std::min(found.threads, found.connections);
    if (given(wanted.expected_rate)) found.expected_rate = read_rate("--expect-rate", wanted.expected_rate);
    if (given(wanted.expected_p99)) found.expected_p99 = read_time("--expect-p99", wanted.expected_p99);
    return found;
}

}  // namespace testmta::load
