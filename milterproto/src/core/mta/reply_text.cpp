#include "milterproto/core/mta/reply_text.hpp"

namespace milterproto::core {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool has_code(std::string_view line) noexcept {
    return line.size() >= 3 && (line[0] == '4' || line[0] == '5') && is_digit(line[1]) && is_digit(line[2]);
}

/// Returns whether the line is as Postfix asks: it has a separator, and no enhanced code of another class.
bool has_one_class(std::string_view line) noexcept {
    if (!has_code(line) || line.size() < 4 || (line[3] != ' ' && line[3] != '-')) return false;
    return line.size() == 4 || !is_digit(line[4]) || line[4] == line[0];
}

bool is_well_formed(std::string_view text, reply_rules const& rules) noexcept {
    if (rules.unlike_classes == stance::tolerated) return has_code(text);
    for (;;) {
        auto const end = text.find("\r\n");
        if (!has_one_class(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 2);
    }
}

/// Reads `%%` as `%`. A single `%` is removed, or makes the whole text invalid.
std::optional<std::string> without_escapes(std::string_view text, reply_rules const& rules) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i]);
        } else if (i + 1 != text.size() && text[i + 1] == '%') {
            plain.push_back('%');
            ++i;
        } else if (rules.percent == reply_rules::percent::spoils_reply) {
            return std::nullopt;
        }
    }
    return plain;
}

}  // namespace

std::optional<std::string> read_reply_text(std::string_view payload, reply_rules const& rules) {
    bool const one_nul_at_the_end = !payload.empty() && payload.find('\0') == payload.size() - 1;
    if (!one_nul_at_the_end) return std::nullopt;
    payload.remove_suffix(1);
    if (!is_well_formed(payload, rules)) return std::nullopt;
    return without_escapes(payload, rules);
}

int reply_code(std::string_view text) noexcept {
    if (text.size() < 3) return 0;
    int code = 0;
    for (char const digit : text.substr(0, 3)) {
        if (!is_digit(digit)) return 0;
        code = code * 10 + (digit - '0');
    }
    return code;
}

}  // namespace milterproto::core
