#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "load/histogram.hpp"

namespace testmta::load {

/// What is timed. An event lasts from its first byte to its answer, `open` until the socket is connected, and
/// `message` and `test` from the intended start to the last answer.
enum class phase : std::uint8_t {
    open,
    negotiate,
    connect,
    helo,
    mail,
    rcpt,
    data,
    header,
    end_of_headers,
    body,
    end_of_message,
    quit,
    message,
    test,
};
inline constexpr std::size_t phases = 14;
std::string_view word_of(phase what);

/// What was counted and timed, by one thread or, after merging, by all.
class tally {
public:
    struct error_kind {
        std::uint64_t count = 0;
        std::string first;  ///< how the first one came about
    };

    histogram& time_of(phase what) { return times[static_cast<std::size_t>(what)]; }
    histogram const& time_of(phase what) const { return times[static_cast<std::size_t>(what)]; }
    /// Counts an error. `describe` is asked only at the first of its kind.
    void add_error(std::string const& kind, std::function<std::string()> const& describe);
    void merge(tally const& other);

    std::uint64_t errors() const;
    std::uint64_t ended() const { return passed + failed + lost + skipped; }
    /// Returns how many messages had no end yet when the load ended.
    std::uint64_t under_way() const { return begun - ended(); }

    std::uint64_t begun = 0;    ///< messages; each ends as one of the next four
    std::uint64_t passed = 0;   ///< all answers were as expected
    std::uint64_t failed = 0;   ///< an answer was not
    std::uint64_t lost = 0;     ///< the connection ended, or could not be used
    std::uint64_t skipped = 0;  ///< tests of a script whose needs the filter does not meet
    std::uint64_t sessions = 0;
    std::uint64_t octets_sent = 0;
    std::uint64_t octets_received = 0;
    std::chrono::steady_clock::time_point last_end{};  ///< of a message
    histogram lateness;                                ///< of the starts, after the intended ones
    std::array<histogram, phases> times;
    std::map<std::string, error_kind, std::less<>> kinds;
};

}  // namespace testmta::load
