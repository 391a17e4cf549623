#include "smtpserver/core/line_reader.hpp"

#include <algorithm>
#include <utility>

namespace smtpserver::core {

void line_reader::append(std::string_view octets) {
    if (begin_ > 0) {
        text_.erase(0, begin_);
        searched_ -= begin_;
        begin_ = 0;
    }
    text_ += octets;
}

std::optional<line_reader::line> line_reader::next(std::size_t most) {
    auto const end = text_.find('\n', searched_);
    if (end != text_.npos) return cut(end, most);
    searched_ = text_.size();
    if (is_discarding_ || size() > most) {
        is_discarding_ = true;
        take(size());
    }
    return std::nullopt;
}

line_reader::line line_reader::cut(std::size_t end, std::size_t most) {
    auto text = unread().substr(0, end - begin_);
    bool const is_too_long = std::exchange(is_discarding_, false) || text.size() >= most;
    take(text.size() + 1);
    if (is_too_long) return {{}, fault::too_long};
    if (!text.ends_with('\r')) return {text, fault::bare_lf};
    text.remove_suffix(1);
    return {text, fault::none};
}

void line_reader::take(std::size_t octets) noexcept {
    begin_ += octets;
    searched_ = std::max(searched_, begin_);
}

void line_reader::clear() noexcept {
    text_.clear();
    begin_ = searched_ = 0;
    is_discarding_ = false;
}

void line_reader::rest() noexcept {
    if (size() != 0) return;
    text_ = std::string();
    begin_ = searched_ = 0;
}

}  // namespace smtpserver::core
