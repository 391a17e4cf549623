#include <algorithm>
#include <charconv>

#include "world/language/block_parsers.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;
using text::token_kind;

using actions = std::vector<action>;

void parse_reply(cursor& words, actions& into) {
    auto const code = words.reply_code();
    auto const enhanced = words.enhanced_code();
    into.push_back(say{smtp::reply(code, enhanced, words.word("the text of the reply"))});
}

/// `lines N` is not an action of its own: it lengthens the reply before it.
void parse_lines(cursor& words, actions& into) {
    constexpr std::uint32_t most_lines = 100'000;
    constexpr std::size_t most_bytes = 8 * 1024 * 1024;
    auto* last = into.empty() ? nullptr : std::get_if<say>(&into.back());
    if (last == nullptr)
        throw mistake(words.offset(), "\"lines\" lengthens the reply before it", "expected a reply first");
    auto const at = words.offset();
    last->what.repeat(words.number("a number of lines from 1 to 100000", 1, most_lines));
    if (last->what.size() > most_bytes)
        throw mistake(at, "the reply would have " + std::to_string(last->what.size()) + " bytes",
                      "expected fewer lines: a reply has at most 8 MiB");
}

void parse_bytes(cursor& words, actions& into) {
    into.push_back(send_octets{words.hex()});
}

void parse_send(cursor& words, actions& into) {
    constexpr std::uint32_t most_times = 10'000'000;
    send_octets found{words.word("bytes, such as \"250 ok\\r\\n\"")};
    if (words.take("times"))
        found.times = words.number("a number from 1 to 10000000", 1, most_times);
    else if (words.take("forever"))
        found.times = 0;
    into.push_back(std::move(found));
}

void parse_drip(cursor& words, actions& into) {
    auto const octets = words.number("a number of bytes from 1 to 65535", 1, 65535);
    into.push_back(drip{octets, words.duration()});
}

template <class Timed>
void parse_timed(cursor& words, actions& into) {
    into.push_back(Timed{words.duration()});
}
template <class Plain>
void parse_plain(cursor&, actions& into) {
    into.push_back(Plain{});
}
template <ending How>
void parse_ending(cursor&, actions& into) {
    into.push_back(How);
}

constexpr text::keyword<tls_fault> tls_faults[] = {
    {"self-signed", tls_fault::self_signed}, {"expired", tls_fault::expired},
    {"wrong-name", tls_fault::wrong_name},   {"no-name", tls_fault::no_name},
    {"old-version", tls_fault::old_version}, {"client-certificate", tls_fault::client_certificate},
};

void parse_tls(cursor& words, actions& into) {
    into.push_back(start_tls{words.at_word() ? words.one_of(tls_faults, "a fault of TLS") : tls_fault::none});
}

/// `bounce after DURATION to ADDRESS:PORT`. Nothing of a world leaves the machine.
void parse_bounce(cursor& words, actions& into) {
    constexpr std::string_view expected = "an address on loopback with a port, such as 127.0.0.1:2525";
    words.expect("after");
    bounce found{words.duration(), {}, 0};
    words.expect("to");
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    auto const colon = std::min(spelt.rfind(':'), spelt.size());
    auto host = spelt.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code bad;
    found.to = boost::asio::ip::make_address(host, bad);
    auto const* const end = spelt.data() + spelt.size();
    auto const* const port = spelt.data() + std::min(colon + 1, spelt.size());
    auto const [stop, wrong] = std::from_chars(port, end, found.port);
    auto const is_port = wrong == std::errc() && stop == end && found.port != 0;
    if (bad || !found.to.is_loopback() || !is_port)
        throw mistake(at, '"' + spelt + "\" cannot be a bounce's destination",
                      "expected " + std::string(expected));
    into.push_back(found);
}

/// It decides whether the rule applies, so it cannot come after something that the rule does.
constexpr void (*first_alone)(cursor&, actions&) = nullptr;

constexpr text::keyword<void (*)(cursor&, actions&)> actions_by_name[] = {
    {"reply", parse_reply},
    {"lines", parse_lines},
    {"send", parse_send},
    {"bytes", parse_bytes},
    {"delay", parse_timed<wait>},
    {"tarpit", parse_timed<tarpit>},
    {"drip", parse_drip},
    {"bare-lf", parse_plain<bare_line_feeds>},
    {"hold", parse_plain<hold_back>},
    {"skip", parse_plain<skip_reply>},
    {"silent", parse_plain<stay_silent>},
    {"forget", parse_plain<forget_input>},
    {"stop-reading", parse_plain<stop_reading>},
    {"tls", parse_tls},
    {"greylist", first_alone},
    {"bounce", parse_bounce},
    {"half-close", parse_ending<ending::half_close>},
    {"close", parse_ending<ending::close>},
    {"reset", parse_ending<ending::reset>},
};

}  // namespace

std::vector<action> parse_actions(cursor& words) {
    actions found;
    do {
        auto const at = words.offset();
        auto const parse = words.one_of(actions_by_name, "an action");
        if (parse == first_alone)
            throw mistake(at, "\"greylist\" is not the first action here",
                          "expected it directly after \"->\"");
        parse(words, found);
    } while (words.take(token_kind::comma));
    return found;
}

}  // namespace testmta::world
