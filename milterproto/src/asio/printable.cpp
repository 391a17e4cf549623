#include "printable.hpp"

namespace milterproto::detail {

std::string printable(std::string_view octets, std::size_t most) {
    constexpr std::string_view plain("\r\n\t\\\"");
    constexpr std::string_view letters("rnt\\\"");
    constexpr std::string_view digits("0123456789abcdef");
    std::string text;
    for (char const c : octets.substr(0, most)) {
        auto const octet = static_cast<unsigned char>(c);
        if (auto const known = plain.find(c); known != plain.npos) {
            text += {'\\', letters[known]};
        } else if (octet < 0x20 || octet >= 0x7f) {
            text += {'\\', 'x', digits[octet >> 4], digits[octet & 0xf]};
        } else {
            text += c;
        }
    }
    if (octets.size() > most) text += "...";
    return text;
}

}  // namespace milterproto::detail
