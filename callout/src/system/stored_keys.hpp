#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callout/doors/clock.hpp"
#include "core/key_filter.hpp"

namespace callout {

/// What is known in memory of the keys that a file has, so that of most keys that it has not nobody needs to
/// ask it. The file's keys are read in pieces, in their order, while others are added; until all are read, it
/// may have any key. When as many were added as there is room for, they are read again, because the file has
/// lost some of those that were added.
class stored_keys {
public:
    /// Returns whether the file may have the key. If not, it surely has not.
    bool may_have(std::string_view key) const { return !whole_ || whole_->may_have(key); }

    /// Notes a key that may be written.
    void add(std::string_view key) {
        if (whole_) whole_->add(key);
        if (part_) part_->add(key);
    }

    /// Returns whether the file's keys should be read, or read again.
    bool wants_reading(steady_time now) const noexcept {
        return !part_ && (!whole_ || whole_->is_full()) && entries_ <= most_entries && now >= earliest_;
    }
    /// Begins to read them. The owner adds what is still to be written, for the file may get it where it has
    /// been read already.
    void begin() {
        part_.emplace(std::max(least_capacity, 2 * entries_));
        from_.clear();
    }
    bool is_reading() const noexcept { return part_.has_value(); }
    /// Returns where the next piece begins: with this key, or the next one that there is.
    std::string const& from() const noexcept { return from_; }
    /// Takes the next piece, which is not empty unless it is the last.
    void take(std::vector<std::string> const& piece, bool is_last) {
        for (auto const& key : piece) part_->add(key);
        if (is_last)
            whole_ = std::exchange(part_, std::nullopt);
        else
            from_ = piece.back() + '\0';
    }
    /// The file cannot be read to its end.
    void give_up() noexcept { part_.reset(); }
    /// The file is a new one. What was added to the last one may be added to this.
    void note_new_file() noexcept {
        part_.reset();
        entries_ = 0;
        earliest_ = steady_time::min();
    }

    /// Says how many entries the file has.
    void note_entries(std::size_t count) noexcept { entries_ = count; }
    /// Another program has written the file, and may go on: what it adds nobody tells us.
    void note_shared(steady_time now) noexcept {
        whole_.reset();
        part_.reset();
        earliest_ = now + after_another;
    }

private:
    static constexpr std::size_t least_capacity = 1 << 16;                            // 80 KiB
    static constexpr std::size_t most_entries = core::key_filter::most_capacity / 2;  ///< 20 MiB

    static constexpr std::chrono::minutes after_another{10};

    std::optional<core::key_filter> whole_;  ///< of all keys
    std::optional<core::key_filter> part_;   ///< of those before `from_`, and those that were added since
    std::string from_;
    std::size_t entries_ = 0;
    steady_time earliest_ = steady_time::min();  ///< when they may be read
};

}  // namespace callout
