#include "milterproto/verdict.hpp"

#include <algorithm>
#include <array>

#include "milterproto/limits.hpp"

namespace milterproto {

namespace {

bool is_digits(std::string_view text, std::size_t most) noexcept {
    return !text.empty() && text.size() <= most &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// class "." subject "." detail, of the reply's own class: Postfix takes a reply of mixed classes for a
/// malformed one and turns the filter off (peculiarity D21).
bool is_enhanced_code(std::string_view text, char code_class) noexcept {
    auto const first = text.find('.');
    auto const second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos) return false;
    return text.substr(0, first) == std::string_view(&code_class, 1) &&
           is_digits(text.substr(first + 1, second - first - 1), 3) && is_digits(text.substr(second + 1), 3);
}

bool is_line(std::string_view text) noexcept {
    return text.size() <= limits::reply_line &&
           std::ranges::all_of(text, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

}  // namespace

result<smtp_reply> smtp_reply::make(int code, std::string_view enhanced, std::string_view text) {
    if (code < 400 || code > 599) return errc::reply_malformed;
    auto const digits = std::to_string(code);
    auto const plain = std::string{digits.front(), '.', '0', '.', '0'};
    if (enhanced.empty()) enhanced = plain;
    if (!is_enhanced_code(enhanced, digits.front())) return errc::reply_malformed;

    std::string whole;
    for (std::size_t lines = 1;; ++lines) {
        auto const end = text.find('\n');
        auto const line = text.substr(0, end);
        if (lines > limits::reply_lines || !is_line(line)) return errc::reply_malformed;
        bool const last = end == std::string_view::npos;
        whole.append(digits).append(last ? " " : "-").append(enhanced).append(" ").append(line);
        if (last) break;
        whole.append("\r\n");
        text.remove_prefix(end + 1);
    }
    return smtp_reply(code, std::move(whole));
}

std::string smtp_reply::wire() const {
    std::string doubled;
    doubled.reserve(text_.size());
    for (char const c : text_) doubled.append(c == '%' ? 2 : 1, c);
    return doubled;
}

}  // namespace milterproto
