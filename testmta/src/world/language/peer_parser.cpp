#include <algorithm>

#include "world/language/block_parsers.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;
using text::token_kind;

/// Nothing of a world may be reachable from outside of this machine. fd77::/16 is on no machine at all: only
/// a simulated client reaches a peer there.
bool is_allowed_for_peers(boost::asio::ip::address const& address) {
    if (address.is_v4()) return address.is_loopback();
    auto const octets = address.to_v6().to_bytes();
    return octets[0] == 0xfd && octets[1] == 0x77;
}

boost::asio::ip::address parse_peer_address(cursor& words) {
    constexpr std::string_view expected =
        "an address of 127.0.0.0/8, or of fd77::/16, which only a simulated client reaches";
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address(spelt, bad);
    if (bad || !is_allowed_for_peers(address)) {
        throw mistake(at, "\"" + spelt + "\" cannot be a peer's address",
                      "expected " + std::string(expected));
    }
    return address;
}

void parse_offer(cursor& words, peer& into) {
    offer found;
    if (words.take("tls"))
        found.in_tls = true;
    else if (words.take("clear"))
        found.in_tls = false;
    found.line = words.word("an EHLO keyword");
    while (words.at_word()) found.line += ' ' + words.word("a parameter");
    into.offers.push_back(std::move(found));
}

constexpr text::keyword<port_state> port_states[] = {{"closed", port_state::closed},
                                                     {"blackhole", port_state::blackhole}};

void parse_port(cursor& words, peer& into) {
    into.port = words.one_of(port_states, "a state of the port");
}

void parse_mailbox(cursor& words, peer& into) {
    do {
        into.mailboxes.push_back(parse_pattern(words, "an address, or a pattern for several"));
    } while (words.take(token_kind::comma));
}

void parse_login(cursor& words, peer& into) {
    auto name = words.word("the name of a user");
    into.logins.push_back({std::move(name), words.word("the password")});
}

void parse_on(cursor& words, peer& into) {
    into.rules.push_back(parse_rule(words));
}

constexpr text::keyword<void (*)(cursor&, peer&)> lines_of_a_peer[] = {{"offer", parse_offer},
                                                                       {"mailbox", parse_mailbox},
                                                                       {"login", parse_login},
                                                                       {"port", parse_port},
                                                                       {"on", parse_on}};

}  // namespace

peer parse_peer_head(cursor& words) {
    peer found;
    found.name = words.word("the peer's name");
    words.expect("at");
    do {
        auto const at = words.offset();
        constexpr std::size_t most = 1000;
        auto const address = parse_peer_address(words);
        if (found.addresses.size() == most) throw mistake(at, "a peer has at most 1000 addresses");
        if (std::ranges::find(found.addresses, address) != found.addresses.end()) {
            throw mistake(at, address.to_string() + " is listed twice");
        }
        found.addresses.push_back(address);
    } while (words.take(token_kind::comma));
    words.expect_end();
    return found;
}

void parse_peer_line(cursor& words, peer& into) {
    auto const parse = words.one_of(lines_of_a_peer, "a line of a peer");
    parse(words, into);
    words.expect_end();
}

}  // namespace testmta::world
