#include "core/utf8.hpp"

#include <boost/spirit/home/x3.hpp>

#include "core/octets.hpp"

namespace smtpserver::core {

namespace {

namespace utf8_grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;

auto const one = char_(octet(0x00), octet(0x7f));
auto const tail = char_(octet(0x80), octet(0xbf));
auto const two =
    (lit(octet(0xc2)) >> char_(octet(0xa0), octet(0xbf))) | (char_(octet(0xc3), octet(0xdf)) >> tail);
auto const three = (lit(octet(0xe0)) >> char_(octet(0xa0), octet(0xbf)) >> tail) |
                   (char_(octet(0xe1), octet(0xec)) >> tail >> tail) |
                   (lit(octet(0xed)) >> char_(octet(0x80), octet(0x9f)) >> tail) |
                   (char_(octet(0xee), octet(0xef)) >> tail >> tail);
auto const four = (lit(octet(0xf0)) >> char_(octet(0x90), octet(0xbf)) >> tail >> tail) |
                  (char_(octet(0xf1), octet(0xf3)) >> tail >> tail >> tail) |
                  (lit(octet(0xf4)) >> char_(octet(0x80), octet(0x8f)) >> tail >> tail);
auto const text = x3::omit[*(one | two | three | four)] >> x3::eoi;

}  // namespace utf8_grammar

}  // namespace

bool is_utf8(std::string_view text) {
    auto from = text.begin();
    return boost::spirit::x3::parse(from, text.end(), utf8_grammar::text);
}

}  // namespace smtpserver::core
