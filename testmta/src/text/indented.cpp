#include "text/indented.hpp"

#include <algorithm>

namespace testmta::text {

std::string indented(std::string_view lines, std::string_view margin) {
    std::string out;
    while (!lines.empty()) {
        auto const end = std::min(lines.find('\n'), lines.size() - 1);
        out.append(margin).append(lines.substr(0, end + 1));
        lines.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace testmta::text
