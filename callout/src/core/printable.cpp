#include <algorithm>

#include "callout/reply.hpp"

namespace callout::core {

std::string printable(std::string_view text) {
    std::string clean;
    append_printable(clean, text);
    return clean;
}

void append_printable(std::string& to, std::string_view text) {
    auto const before = static_cast<std::ptrdiff_t>(to.size());
    to += text;
    std::ranges::replace_if(
        to.begin() + before, to.end(), [](char c) { return c != '\t' && (c < ' ' || c > '~'); }, '?');
}

}  // namespace callout::core
