#include "printable.hpp"

namespace milterproto::detail {

std::string printable(std::string_view bytes, std::size_t most) {
    constexpr std::string_view plain("\r\n\t\\\"");
    constexpr std::string_view letters("rnt\\\"");
    constexpr std::string_view digits("0123456789abcdef");
    std::string text;
    for (char const c : bytes.substr(0, most)) {
        auto const byte = static_cast<unsigned char>(c);
        if (auto const known = plain.find(c); known != plain.npos) {
            text += {'\\', letters[known]};
        } else if (byte < 0x20 || byte >= 0x7f) {
            text += {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
        } else {
            text += c;
        }
    }
    if (bytes.size() > most) text += "...";
    return text;
}

}  // namespace milterproto::detail
