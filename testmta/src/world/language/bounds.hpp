#pragma once

#include <cstddef>
#include <cstdint>

#include "text/mistakes.hpp"

namespace testmta::world {

/// Bounds a world while it is read, far above what a person writes: whatever the text, reading it takes a
/// moment and a bounded memory. Each function throws text::mistake.
class bounds {
public:
    static constexpr std::size_t most_blocks =
        10'000;  ///< of each kind: their names are compared with each other

    /// Counts a line, or one of those that "repeat" makes of it.
    void count_line(std::size_t at, std::size_t octets) {
        constexpr std::uint32_t most_lines = 200'000;
        constexpr std::size_t most_octets = 32 * 1024 * 1024;
        octets_ += octets;
        is_too_long_ = ++lines_ > most_lines || octets_ > most_octets;
        if (is_too_long_)
            throw text::mistake(
                at, "the world is too long here",
                "expected at most 200000 lines and 32 MiB, with what \"repeat\" makes of a line");
    }
    /// Returns whether the rest is not read.
    bool is_too_long() const noexcept { return is_too_long_; }
    void count_addresses(std::size_t at, std::size_t number) {
        constexpr std::size_t most = 5000;
        addresses_ += number;
        if (addresses_ > most)
            throw text::mistake(at, "there are too many peers", "expected at most 5000 addresses of peers");
    }
    void count_expressions(std::size_t at, std::size_t number) {
        constexpr std::size_t most = 2000;
        expressions_ += number;
        if (expressions_ > most)
            throw text::mistake(at, "there are too many regular expressions",
                                "expected at most 2000; patterns with * and ? are not counted");
    }
    static void check_blocks(std::size_t at, std::size_t before) {
        if (before >= most_blocks)
            throw text::mistake(at, "there are too many blocks of this kind", "expected at most 10000");
    }

private:
    bool is_too_long_ = false;
    std::uint32_t lines_ = 0;
    std::size_t octets_ = 0;
    std::size_t addresses_ = 0;
    std::size_t expressions_ = 0;
};

}  // namespace testmta::world
