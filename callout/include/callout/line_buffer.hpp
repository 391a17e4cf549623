#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace callout::core {

/// Octets that come in pieces, and the lines that they make. No octet is looked at twice for a line's end,
/// and a line that is taken moves none of those behind it.
class line_buffer {
public:
    void append(std::string_view octets) {
        if (begin_ > 0) forget_taken();
        text_ += octets;
    }

    /// Holds until the next `append` or `clear`.
    std::string_view unread() const noexcept { return std::string_view(text_).substr(begin_); }
    std::size_t size() const noexcept { return text_.size() - begin_; }
    bool empty() const noexcept { return size() == 0; }

    /// Where in `unread` the first LF stands; npos if there is none yet.
    std::size_t find_line_end() noexcept {
        auto const at = text_.find('\n', searched_);
        searched_ = std::min(at, text_.size());
        return at == text_.npos ? at : at - begin_;
    }

    void take(std::size_t octets) noexcept {
        begin_ += octets;
        searched_ = std::max(searched_, begin_);
    }
    void clear() noexcept {
        text_.clear();
        begin_ = searched_ = 0;
    }

private:
    void forget_taken() {
        text_.erase(0, begin_);
        searched_ -= begin_;
        begin_ = 0;
    }

    std::string text_;
    std::size_t begin_ = 0;     ///< what stands before it was taken
    std::size_t searched_ = 0;  ///< no LF stands between the beginning and this
};

}  // namespace callout::core
