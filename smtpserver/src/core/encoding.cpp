#include "core/encoding.hpp"

#include <boost/spirit/home/x3.hpp>
#include <cstdint>

namespace smtpserver::core {

namespace {

namespace xtext_grammar {

namespace x3 = boost::spirit::x3;

/// The digits are upper case (RFC 3461 4); senders of lower case exist, and mean the same.
auto const hex_octet = x3::uint_parser<unsigned char, 16, 2, 2>();
x3::rule<class smtpserver_xtext_tag, std::string> const text = "xtext";
auto const text_def =
    *(('+' >> hex_octet) | x3::char_("!-*") | x3::char_(",-<") | x3::char_(">-~")) >> x3::eoi;

BOOST_SPIRIT_DEFINE(text)

}  // namespace xtext_grammar

std::optional<std::uint32_t> sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return std::nullopt;
}

constexpr std::size_t group = 4;

/// Decodes one group, of which the last `padding` letters are `=`.
bool append_group(std::string_view letters, std::size_t padding, std::string& into) {
    std::uint32_t bits = 0;
    for (char const c : letters.substr(0, group - padding)) {
        auto const value = sextet(c);
        if (!value) return false;
        bits = bits << 6 | *value;
    }
    bits <<= 6 * padding;
    for (std::size_t i = 0; i + padding < 3; ++i) into += static_cast<char>(bits >> (16 - 8 * i) & 0xff);
    bool const is_canonical = (bits & ((1U << 8 * padding) - 1)) == 0;
    return is_canonical;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % group != 0) return std::nullopt;
    std::string decoded;
    while (!text.empty()) {
        auto const letters = text.substr(0, group);
        text.remove_prefix(group);
        auto const padding = !text.empty()             ? 0U
                             : letters.ends_with("==") ? 2U
                             : letters.ends_with('=')  ? 1U
                                                       : 0U;
        if (!append_group(letters, padding, decoded)) return std::nullopt;
    }
    return decoded;
}

std::optional<std::string> from_xtext(std::string_view text) {
    std::string decoded;
    auto from = text.begin();
    if (!boost::spirit::x3::parse(from, text.end(), xtext_grammar::text, decoded)) return std::nullopt;
    return decoded;
}

}  // namespace smtpserver::core
