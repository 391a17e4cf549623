#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpserver::core {

/// Keeps input that comes in pieces, and takes lines or blocks from it. No byte is searched twice for a
/// line's end, taking does not move what comes after it, and a line that never ends takes no memory beyond
/// its limit.
class line_reader {
public:
    enum class fault : std::uint8_t { none, too_long, bare_lf };
    struct line {
        std::string_view text;  ///< without its line end; empty if it was too long
        fault how = fault::none;
    };

    void append(std::string_view octets);
    /// Returns the next line, which has at most `most` bytes with its line end; or nothing while it is
    /// incomplete. The view is valid until the next call of `append` or `clear`.
    std::optional<line> next(std::size_t most);

    std::string_view unread() const noexcept { return std::string_view(text_).substr(begin_); }
    /// Returns whether what comes next is the rest of a line that was too long.
    bool is_discarding() const noexcept { return is_discarding_; }
    std::size_t size() const noexcept { return text_.size() - begin_; }
    void take(std::size_t octets) noexcept;
    /// Forgets everything, also that a line was too long.
    void clear() noexcept;
    /// Gives back the memory, if nothing is unread.
    void rest() noexcept;

private:
    line cut(std::size_t end, std::size_t most);

    std::string text_;
    std::size_t begin_ = 0;     ///< everything before it was taken
    std::size_t searched_ = 0;  ///< no LF stands between the beginning and this
    bool is_discarding_ = false;
};

}  // namespace smtpserver::core
