#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "run/decode.hpp"
#include "run/secrets.hpp"

namespace testmta::run {

/// What one session's connection carried, frame by frame, as one of its two sides saw it.
class transcript {
public:
    using clock = std::chrono::steady_clock;

    explicit transcript(sender side = sender::mta) : side_(side) {}

    /// Records each whole frame separately, and any remaining bytes as they are.
    void sent(std::string_view octets);
    void received(char letter, std::string_view payload);
    void note(std::string_view what);

    /// Returns lines such as `12.081 ms > RCPT <a@b>`, each followed by its bytes: the last `count` entries,
    /// or all if there are fewer.
    std::string format(std::size_t count, secrets const& hidden) const;
    /// Tells the frames of the MTA, for what they reveal.
    void teach(secrets& hidden) const;
    /// Returns what came last, or an empty text.
    std::string last_received() const;
    /// Returns all entries as lines without bytes, for searching.
    std::string text() const;
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);

private:
    struct entry {
        clock::time_point when;
        char way;
        std::string text;
        std::string octets;
    };
    void add(char way, std::string text, std::string_view octets);

    sender side_;
    clock::time_point start_ = clock::now();
    std::vector<entry> entries_;
};

}  // namespace testmta::run
