#include <algorithm>

#include "callout/reply.hpp"

namespace callout::core {

std::string printable(std::string_view text) {
    std::string clean(text);
    std::ranges::replace_if(clean, [](char c) { return c != '\t' && (c < ' ' || c > '~'); }, '?');
    return clean;
}

}  // namespace callout::core
