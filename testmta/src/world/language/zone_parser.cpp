#include <boost/asio/ip/address.hpp>

#include "world/language/block_parsers.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;

constexpr std::uint32_t default_ttl = 60;

std::string parse_name(cursor& words, std::string_view expected) {
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    auto name = dns::normal_name(spelt);
    if (!name)
        throw mistake(at, "\"" + spelt + "\" is not a domain name", "expected " + std::string(expected));
    return *std::move(name);
}

/// Parses a name as in a master file (RFC 1035 5.1): `@` is the zone itself, a last dot makes a name
/// absolute.
std::string parse_relative_name(cursor& words, std::string_view expected, zone const& within) {
    if (words.take("@")) return within.domain;
    auto const absolute = words.peek().ends_with('.');
    auto const at = words.offset();
    auto name = parse_name(words, expected);
    if (!absolute) name += '.' + within.domain;
    auto whole = dns::normal_name(name);
    if (!whole) throw mistake(at, "the name is longer than 253 bytes");
    return *std::move(whole);
}

/// One record's line: the words that are still to be read, and the node that they describe.
struct record_line {
    cursor& words;
    zone const& within;
    std::string const& owner;
    std::uint32_t ttl;
    world::turn turn;
    node& into;

    void add(dns::record_type type, std::string data) const {
        into.records.push_back({{owner, type, ttl, std::move(data)}, turn});
    }
};

void parse_mx(record_line const& line) {
    auto const preference = line.words.number("a preference from 0 to 65535", 0, 65535);
    auto const exchange = parse_relative_name(line.words, "the name of a mail server, or a dot", line.within);
    line.add(dns::record_type::mx, dns::mx_data(static_cast<std::uint16_t>(preference), exchange));
}

void parse_address(record_line const& line, dns::record_type type, std::string_view expected) {
    auto const at = line.words.offset();
    auto const spelt = line.words.word(expected);
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address(spelt, bad);
    auto const fits = !bad && (type == dns::record_type::a ? address.is_v4() : address.is_v6());
    if (!fits)
        throw mistake(at, "\"" + spelt + "\" is not allowed here", "expected " + std::string(expected));
    line.add(type, dns::address_data(address));
}

void parse_a(record_line const& line) {
    parse_address(line, dns::record_type::a, "an IPv4 address");
}

void parse_aaaa(record_line const& line) {
    parse_address(line, dns::record_type::aaaa, "an IPv6 address");
}

void parse_cname(record_line const& line) {
    line.into.alias = parse_relative_name(line.words, "the name that this one is an alias of", line.within);
    line.add(dns::record_type::cname, dns::name_data(line.into.alias));
}

void parse_txt(record_line const& line) {
    line.add(dns::record_type::txt, dns::text_data(line.words.word("a text")));
}

template <condition What>
void parse_condition(record_line const& line) {
    line.into.condition = What;
}

void parse_truncate(record_line const& line) {
    line.into.truncated_over_udp = true;
}
void parse_delay(record_line const& line) {
    line.into.delay = line.words.duration();
}

constexpr text::keyword<void (*)(record_line const&)> record_types[] = {
    {"mx", parse_mx},
    {"a", parse_a},
    {"aaaa", parse_aaaa},
    {"cname", parse_cname},
    {"txt", parse_txt},
    {"nxdomain", parse_condition<condition::nxdomain>},
    {"nodata", parse_condition<condition::nodata>},
    {"servfail", parse_condition<condition::servfail>},
    {"silent", parse_condition<condition::silent>},
    {"truncate", parse_truncate},
    {"delay", parse_delay},
};

}  // namespace

zone parse_zone_head(cursor& words) {
    zone found;
    auto const at = words.offset();
    found.domain = parse_name(words, "a domain");
    if (found.domain.empty()) throw mistake(at, "the root cannot be a zone of a world");
    words.expect_end();
    return found;
}

void parse_zone_line(cursor& words, zone& into) {
    auto const at_owner = words.offset();
    auto const owner = parse_relative_name(words, "a name, @ for the zone itself, or \"end\"", into);
    // If the head could not be read the domain is empty, and the lines are checked for mistakes of their own.
    auto const within = into.domain.empty() || owner == into.domain || owner.ends_with('.' + into.domain);
    if (!within) throw mistake(at_owner, "\"" + owner + "\" is not in the zone " + into.domain);
    auto const has_ttl =
        !words.peek().empty() && words.peek().find_first_not_of("0123456789") == std::string_view::npos;
    auto const ttl = has_ttl ? words.number("a lifetime in seconds") : default_ttl;

    auto const when = words.take("first") ? turn::first : words.take("later") ? turn::later : turn::always;

    auto const at_kind = words.offset();
    auto const parse = words.one_of(record_types, "a kind of record");
    auto& about = into.names[owner];
    parse({words, into, owner, ttl, when, about});
    words.expect_end();
    if (about.condition != condition::normal && !about.records.empty()) {
        throw mistake(at_kind, owner + " has both records and a condition without records",
                      "expected one or the other");
    }
}

}  // namespace testmta::world
