#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace vouchd {

/// What is dropped when there is no room for all lines: others before decisions (daemon.md 8.3).
enum class line_rank { other, decision };

/// How many lines of each rank were dropped.
struct dropped_lines {
    std::uint64_t others = 0;
    std::uint64_t decisions = 0;
    bool any() const noexcept { return others != 0 || decisions != 0; }
};

/// Lines that wait to be written, in their order. When it is full, the oldest line of the lowest rank makes
/// room.
class line_queue {
public:
    static constexpr std::size_t most_lines = 8192;
    static constexpr std::size_t most_bytes = std::size_t(4) << 20;

    /// Takes a line without its end.
    void push(line_rank rank, std::string line);
    /// Appends whole lines to `text`, each with its end, until it has `enough` bytes or no line is left.
    void take(std::size_t enough, std::string& text);
    /// Counts lines that could not even be made.
    void note_lost(line_rank rank) noexcept;
    /// Returns what was dropped since it was asked last.
    dropped_lines take_dropped() noexcept;

    bool empty() const noexcept { return others_.empty() && decisions_.empty(); }
    std::size_t size() const noexcept { return others_.size() + decisions_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

private:
    struct numbered {
        std::uint64_t number;
        std::string line;
    };
    using lines = std::deque<numbered>;

    lines& of(line_rank rank) noexcept { return rank == line_rank::decision ? decisions_ : others_; }
    lines& with_the_oldest() noexcept;
    std::string pop(lines& from);

    lines others_, decisions_;
    std::uint64_t next_ = 0;
    std::size_t bytes_ = 0;
    dropped_lines dropped_;
};

}  // namespace vouchd
