#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace testmta::load {

/// Remembers how the last frames of a connection began, so that the first error of a kind can be shown with
/// what led to it. It is cheap enough to run all the time: it allocates nothing and copies a few bytes of
/// each frame.
class recent_frames {
public:
    /// Takes whole frames of the MTA.
    void sent(std::string_view octets);
    /// Takes what the filter said, in any pieces: one that is not whole frames is shown as it came.
    void received(std::string_view octets);
    void clear() noexcept { count_ = 0; }

    /// Returns lines such as `12.081 ms > RCPT <a@b>`, with the time since the oldest frame that is shown,
    /// each followed by its bytes.
    std::string format() const;

private:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t most = 8;
    static constexpr std::size_t most_octets = 64;

    struct entry {
        clock::time_point when;
        char way;
        std::size_t size;
        std::array<char, most_octets> begin;
    };
    void add(char way, std::string_view octets);
    void add(char way, std::string_view octets, clock::time_point when);
    static std::string describe(entry const& one);

    std::array<entry, most> entries_;
    std::size_t count_ = 0;  ///< of all frames; the last ones are kept, each at its number modulo `most`
};

}  // namespace testmta::load
