#include "support/spoken_script.hpp"

#include <algorithm>
#include <filesystem>

namespace test {

std::string unescaped(std::string_view text, std::string_view line_end) {
    std::string octets;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            octets += text[i];
            continue;
        }
        if (++i == text.size()) return octets;  // no line end
        switch (text[i]) {
            case 'r': octets += '\r'; break;
            case 'n': octets += '\n'; break;
            case 't': octets += '\t'; break;
            case '0': octets += '\0'; break;
            case 'x':
                octets += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
                i += 2;
                break;
            case '*': {
                auto const colon = text.find(':', i);
                octets.append(std::stoul(std::string(text.substr(i + 1, colon - i - 1))), text[colon + 1]);
                i = colon + 1;
                break;
            }
            default: octets += text[i];
        }
    }
    return octets.append(line_end);
}

std::string escaped(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char const c : octets) {
        auto const octet = static_cast<unsigned char>(c);
        if (c == '\r')
            text += "\\r";
        else if (c == '\n')
            text += "\\n";
        else if (c == '\0')
            text += "\\0";
        else if (octet < ' ' && c != '\t')
            text += {'\\', 'x', digits[octet >> 4], digits[octet & 15]};
        else
            text += c;
    }
    return text;
}

std::vector<std::string> scripts_in(std::string const& folder, std::string_view extension) {
    std::vector<std::string> found;
    for (auto const& one : std::filesystem::directory_iterator(folder))
        if (one.path().extension() == extension) found.push_back(one.path());
    std::ranges::sort(found);
    return found;
}

}  // namespace test
