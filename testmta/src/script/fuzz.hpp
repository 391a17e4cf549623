#pragma once

#include <cstdint>
#include <string_view>

namespace testmta::run {

/// What may be done to a frame.
enum class mutation : std::uint8_t {
    length,
    command,
    truncate,
    duplicate,
    reorder,
    nul,
    byte_flip,
    oversize,
    split
};
inline constexpr unsigned mutation_count = 9;

std::string_view word_of(mutation what);

/// From here on some frames of the session are changed. What the filter answers to them is not judged, only
/// that it answers in frames, or closes, and does not hang (testmta.md 6).
struct fuzz {
    std::uint32_t seed = 0;
    std::uint32_t rate = 0;   ///< how many of a hundred frames
    std::uint32_t kinds = 0;  ///< a bit for each mutation
};

}  // namespace testmta::run
