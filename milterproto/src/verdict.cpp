#include "milterproto/verdict.hpp"

#include <algorithm>

#include "milterproto/core/limits.hpp"
#include "utf8.hpp"

namespace milterproto {

namespace {

bool is_digits(std::string_view text, std::size_t most) noexcept {
    return !text.empty() && text.size() <= most &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Returns whether it is class "." subject "." detail, as RFC 3463 has it.
bool is_enhanced_code(std::string_view text) noexcept {
    auto const first = text.find('.');
    auto const second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos) return false;
    auto const code_class = text.substr(0, first);
    return (code_class == "2" || code_class == "4" || code_class == "5") &&
           is_digits(text.substr(first + 1, second - first - 1), 3) && is_digits(text.substr(second + 1), 3);
}

/// Returns the enhanced code that a line begins with, or nothing if it begins with other words.
std::string_view leading_code(std::string_view line) noexcept {
    auto const word = line.substr(0, line.find(' '));
    return is_enhanced_code(word) ? word : std::string_view();
}

std::string_view after_code(std::string_view line, std::string_view code) noexcept {
    line.remove_prefix(std::min(code.size() + 1, line.size()));
    return line;
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
    bool const is_given = !enhanced.empty();
    if (!is_given) enhanced = leading_code(text.substr(0, text.find('\n')));
    if (enhanced.empty()) enhanced = plain;
    if (!is_enhanced_code(enhanced)) return errc::reply_malformed;

    std::string whole;
    for (std::size_t lines = 1;; ++lines) {
        auto const end = text.find('\n');
        auto line = text.substr(0, end);
        if (lines > limits::reply_lines || !is_line(line)) return errc::reply_malformed;
        auto of_line = enhanced;
        auto const own = leading_code(line);
        if (!own.empty() && (!is_given || own == enhanced)) {
            of_line = own;
            line = after_code(line, own);
        }
        // Postfix takes a reply of mixed classes for a malformed one, and turns the filter off
        // (peculiarity D21).
        if (of_line.front() != digits.front()) return errc::reply_malformed;
        bool const last = end == std::string_view::npos;
        whole.append(digits).append(last ? " " : "-").append(of_line).append(" ").append(line);
        if (last) break;
        whole.append("\r\n");
        text.remove_prefix(end + 1);
    }
    return smtp_reply(code, std::move(whole));
}

bool smtp_reply::is_readable_in(reply_charset charset) const noexcept {
    for (std::string_view rest = text_; !rest.empty();) {
        auto const size = utf8_character(rest);
        if (size == 0 || (size > 1 && charset == reply_charset::ascii)) return false;
        rest.remove_prefix(size);
    }
    return true;
}

std::string smtp_reply::wire(reply_charset charset) const {
    std::string bytes;
    bytes.reserve(text_.size());
    for (std::string_view rest = text_; !rest.empty();) {
        auto const size = utf8_character(rest);
        bool const is_readable = size == 1 || (size > 1 && charset == reply_charset::utf8);
        auto const character = rest.substr(0, std::max<std::size_t>(size, 1));
        bytes.append(is_readable ? character : "?");
        if (character == "%") bytes.push_back('%');
        rest.remove_prefix(character.size());
    }
    return bytes;
}

}  // namespace milterproto
