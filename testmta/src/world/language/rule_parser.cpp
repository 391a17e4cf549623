#include <algorithm>
#include <array>

#include "world/language/block_parsers.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;
using text::token_kind;

constexpr text::keyword<stage> stages[] = {
    {"connect", stage::connect}, {"early", stage::early}, {"greeting", stage::greeting},
    {"ehlo", stage::ehlo},       {"helo", stage::helo},   {"starttls", stage::starttls},
    {"mail", stage::mail},       {"rcpt", stage::rcpt},   {"data", stage::data},
    {"content", stage::content}, {"rset", stage::rset},   {"quit", stage::quit},
    {"idle", stage::idle},       {"any", stage::any},     {"auth", stage::auth},
};

constexpr text::keyword<span> spans[] = {
    {"connection", span::connection}, {"peer", span::peer}, {"envelope", span::envelope}};

template <counting How>
void parse_count(cursor& words, rule& into) {
    auto const at_greeting = into.stage == stage::connect || into.stage == stage::greeting;
    auto const number = words.number("a number from 1", 1);
    auto const within = words.take("per") ? words.one_of(spans, "a span to count in")
                                          : (at_greeting ? span::peer : span::connection);
    into.count = count_condition{How, number, within};
}

void parse_sender(cursor& words, rule& into) {
    into.sender = parse_pattern(words, "a pattern for the sender");
}
void parse_client(cursor& words, rule& into) {
    into.client = parse_pattern(words, "a pattern for the client's address");
}
template <bool Inside>
void parse_in_tls(cursor&, rule& into) {
    into.in_tls = Inside;
}
void parse_refusals(cursor& words, rule& into) {
    into.refusals = words.number("a number from 1", 1);
}
void parse_commands(cursor& words, rule& into) {
    into.commands = words.number("a number of commands");
}
void parse_open(cursor& words, rule& into) {
    into.open = words.number("a number of connections");
}

void parse_rate(cursor& words, rule& into) {
    constexpr std::uint32_t most = 10'000;  // a peer remembers this many arrivals
    rate_condition found{words.number("a number of connections from 0 to 10000", 0, most), {}};
    found.time = words.duration();
    if (words.take("ban")) found.ban = words.duration();
    into.rate = found;
}

struct key_part {
    std::string_view name;
    bool greylist_condition::* part;
};
constexpr auto key_parts = std::to_array<key_part>({{"client", &greylist_condition::by_client},
                                                    {"sender", &greylist_condition::by_sender},
                                                    {"recipient", &greylist_condition::by_recipient}});

greylist_condition parse_greylist_condition(cursor& words) {
    greylist_condition found{words.duration()};
    if (!words.take("by")) return found;
    auto any = false;
    for (auto const& one : key_parts) any |= found.*one.part = words.take(one.name);
    if (!any) words.fail("client, sender and recipient, or some of them in this order");
    return found;
}
void parse_greylist(cursor& words, rule& into) {
    into.greylist = parse_greylist_condition(words);
}

constexpr text::keyword<void (*)(cursor&, rule&)> conditions[] = {
    {"nth", parse_count<counting::nth>},
    {"from", parse_count<counting::from>},
    {"every", parse_count<counting::every>},
    {"sender", parse_sender},
    {"client", parse_client},
    {"tls", parse_in_tls<true>},
    {"clear", parse_in_tls<false>},
    {"refusals", parse_refusals},
    {"commands", parse_commands},
    {"open", parse_open},
    {"rate", parse_rate},
    {"greylist", parse_greylist},
};

bool is_condition(std::string_view word) {
    for (auto const& one : conditions) {
        if (one.name == word) return true;
    }
    return false;
}

}  // namespace

pattern parse_pattern(cursor& words, std::string_view expected) {
    auto const at = words.offset();
    try {
        return pattern(words.pattern(expected));
    } catch (text::mistake_in_expression const& wrong) {
        throw mistake(at, "this is not a regular expression: " + wrong.why(),
                      "expected one in RE2's syntax between two slashes");
    }
}

rule parse_rule(cursor& words) {
    rule found;
    found.stage = words.one_of(stages, "a stage");
    if (found.stage == stage::idle)
        found.idle = words.duration();
    else if (words.at_word() && !is_condition(words.peek()))
        found.argument = parse_pattern(words, "a pattern");
    while (words.at_word()) words.one_of(conditions, "a condition")(words, found);
    words.expect(token_kind::arrow);
    auto const at = words.offset();
    if (words.take("greylist")) {  // testmta.md 15 lists it among the actions, as the first one
        found.greylist = parse_greylist_condition(words);
        if (words.take(token_kind::comma)) found.actions = parse_actions(words);
    } else {
        found.actions = parse_actions(words);
    }
    auto const bounces = std::ranges::any_of(
        found.actions, [](action const& one) { return std::holds_alternative<bounce>(one); });
    if (bounces && found.stage != stage::content)
        throw mistake(at, "\"bounce\" is about a whole message", "expected it in a rule \"on content\"");
    return found;
}

}  // namespace testmta::world
