#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace callout::core {

/// Splits bytes that come in pieces into lines. No byte is searched twice for a line's end, and taking a line
/// does not move those after it.
class line_buffer {
public:
    void append(std::string_view bytes) {
        if (begin_ > 0) forget_taken();
        text_ += bytes;
    }

    /// Returns what was not taken yet. The view is valid until the next `append` or `clear`.
    std::string_view unread() const noexcept { return std::string_view(text_).substr(begin_); }
    std::size_t size() const noexcept { return text_.size() - begin_; }
    bool empty() const noexcept { return size() == 0; }

    /// Returns where in `unread` the first LF stands; npos if there is none yet.
    std::size_t find_line_end() noexcept {
        auto const at = text_.find('\n', searched_);
        searched_ = std::min(at, text_.size());
        return at == text_.npos ? at : at - begin_;
    }

    void take(std::size_t bytes) noexcept {
        begin_ += bytes;
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
    std::size_t begin_ = 0;     ///< everything before it was taken
    std::size_t searched_ = 0;  ///< no LF stands between the beginning and this
};

}  // namespace callout::core
