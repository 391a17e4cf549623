#include <algorithm>

#include "block_parsers.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;
using text::not_yet;
using text::token_kind;

boost::asio::ip::address_v4 parse_loopback(cursor& words) {
    constexpr std::string_view expected = "an address of 127.0.0.0/8";
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address_v4(spelt, bad);
    // Nothing of a world may be reached from outside of this machine.
    if (bad || !address.is_loopback()) {
        throw mistake(at, "\"" + spelt + "\" cannot be a peer's address",
                      "expected " + std::string(expected));
    }
    return address;
}

void parse_offer(cursor& words, peer& into) {
    auto offer = words.word("an EHLO keyword");
    while (words.at_word()) offer += ' ' + words.word("a parameter");
    into.offers.push_back(std::move(offer));
}

constexpr text::keyword<stage> stages[] = {
    {"connect", stage::connect}, {"greeting", stage::greeting}, {"ehlo", stage::ehlo}, {"helo", stage::helo},
    {"mail", stage::mail},       {"rcpt", stage::rcpt},         {"rset", stage::rset}, {"quit", stage::quit},
    {"any", stage::any},         {"starttls", not_yet},         {"data", not_yet},
};

void parse_reply(cursor& words, rule& into) {
    auto const code = words.reply_code();
    auto const enhanced = words.enhanced_code();
    into.actions.push_back(say{smtp::reply(code, enhanced, words.word("the text of the reply"))});
}

/// `lines N` is not an action of its own: it makes the reply before it that long.
void parse_lines(cursor& words, rule& into) {
    constexpr std::uint32_t most_lines = 100'000;
    auto* last = into.actions.empty() ? nullptr : std::get_if<say>(&into.actions.back());
    if (last == nullptr)
        throw mistake(words.offset(), "\"lines\" lengthens the reply before it", "expected a reply first");
    last->what.repeat(words.number("a number of lines from 1 to 100000", 1, most_lines));
}

void parse_bytes(cursor& words, rule& into) {
    into.actions.push_back(send_octets{words.hex()});
}
void parse_delay(cursor& words, rule& into) {
    into.actions.push_back(wait{words.duration()});
}
void parse_silent(cursor&, rule& into) {
    into.actions.push_back(stay_silent{});
}

void parse_drip(cursor& words, rule& into) {
    auto const octets = words.number("how many octets at a time, from 1 to 65535", 1, 65535);
    into.actions.push_back(drip{octets, words.duration()});
}

template <ending How>
void parse_ending(cursor&, rule& into) {
    into.actions.push_back(How);
}

/// It decides whether the rule applies at all, so it stands first.
void parse_greylist(cursor& words, rule& into) {
    auto const at = words.offset();
    auto const time = words.duration();
    if (!into.actions.empty())
        throw mistake(at, "\"greylist\" cannot follow an action", "expected it as the first one");
    into.actions.push_back(greylist{time});
}

constexpr text::keyword<void (*)(cursor&, rule&)> actions[] = {
    {"reply", parse_reply},
    {"lines", parse_lines},
    {"bytes", parse_bytes},
    {"delay", parse_delay},
    {"drip", parse_drip},
    {"silent", parse_silent},
    {"close", parse_ending<ending::close>},
    {"reset", parse_ending<ending::reset>},
    {"half-close", parse_ending<ending::half_close>},
    {"greylist", parse_greylist},
    {"tls", not_yet},
};

void parse_rule(cursor& words, peer& into) {
    rule found;
    found.stage = words.one_of(stages, "a stage");
    if (words.at_word() && words.peek() != "nth") found.pattern = words.word("a pattern");
    if (words.take("nth")) found.nth = words.number("a number from 1", 1);
    words.expect(token_kind::arrow);
    do {
        auto const parse = words.one_of(actions, "an action");
        parse(words, found);
    } while (words.take(token_kind::comma));
    into.rules.push_back(std::move(found));
}

constexpr text::keyword<void (*)(cursor&, peer&)> lines[] = {{"offer", parse_offer}, {"on", parse_rule}};

}  // namespace

peer parse_peer_head(cursor& words) {
    peer found;
    found.name = words.word("the peer's name");
    words.expect("at");
    do {
        auto const at = words.offset();
        auto const address = parse_loopback(words);
        if (std::ranges::find(found.addresses, address) != found.addresses.end()) {
            throw mistake(at, address.to_string() + " stands here twice");
        }
        found.addresses.push_back(address);
    } while (words.take(token_kind::comma));
    words.expect_end();
    return found;
}

void parse_peer_line(cursor& words, peer& into) {
    auto const parse = words.one_of(lines, "a line of a peer");
    parse(words, into);
    words.expect_end();
}

}  // namespace testmta::world
