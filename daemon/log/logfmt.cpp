#include "log/logfmt.hpp"

#include <algorithm>

namespace vouchd {

namespace {

bool is_bare(char c) {
    bool const is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_word || std::string_view("_.:@+/<>,-").find(c) != std::string_view::npos;
}

std::string escape_byte(unsigned char c, bool quote) {
    constexpr char hex[] = "0123456789abcdef";
    if (quote && (c == '"' || c == '\\')) return {'\\', static_cast<char>(c)};
    if (c < 0x20 || c > 0x7e) return {'\\', 'x', hex[c >> 4], hex[c & 15]};
    return {static_cast<char>(c)};
}

}  // namespace

std::string logfmt_value(std::string_view value, std::size_t most) {
    if (!value.empty() && value.size() <= most && std::ranges::all_of(value, is_bare))
        return std::string(value);
    std::string out = "\"";
    for (std::size_t i = 0; i != value.size(); ++i) {
        auto const byte = escape_byte(static_cast<unsigned char>(value[i]), true);
        if (out.size() - 1 + byte.size() > most) {
            out += "...(+" + std::to_string(value.size() - i) + ')';
            break;
        }
        out += byte;
    }
    return out + '"';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) out += escape_byte(static_cast<unsigned char>(c), false);
    return out;
}

}  // namespace vouchd
