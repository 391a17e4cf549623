#include "text/printable.hpp"

namespace testmta::text {

std::string printable(std::string_view octets) {
    std::string text;
    for (unsigned char const octet : octets) {
        if (is_printable(octet)) {
            text += static_cast<char>(octet);
        } else {
            text.append("\\x").append(1, hex_digits[octet >> 4]).append(1, hex_digits[octet & 0xf]);
        }
    }
    return text;
}

}  // namespace testmta::text
