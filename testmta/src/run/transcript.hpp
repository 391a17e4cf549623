#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

#include "run/decode.hpp"
#include "run/secrets.hpp"

namespace testmta::run {

/// What one session's connection carried, frame by frame, as one of its two sides saw it.
class transcript {
public:
    using clock = std::chrono::steady_clock;

    explicit transcript(sender side = sender::mta) : side_(side) {}
    /// Returns a transcript that takes at most `octets` bytes of memory, and forgets its oldest entries for
    /// that.
    static transcript bounded(sender side, std::size_t octets);

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
        std::size_t size() const noexcept { return sizeof(entry) + text.size() + octets.size(); }
    };
    void add(char way, std::string text, std::string_view octets);

    sender side_;
    clock::time_point start_ = clock::now();
    std::deque<entry> entries_;
    std::size_t octets_ = 0;
    std::size_t most_octets_ = everything;
};

}  // namespace testmta::run
