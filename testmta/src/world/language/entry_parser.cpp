#include <algorithm>
#include <array>

#include "callout/verification.hpp"
#include "world/language/block_parsers.hpp"
#include "world/language/settings.hpp"

namespace testmta::world {

namespace {

using text::cursor;
using text::mistake;

constexpr std::string_view verdicts[] = {"pass", "fail", "transient", "error"};

finding parse_finding(cursor& words) {
    constexpr std::string_view expected = "VERDICT/REASON with the verdict pass, fail, transient or error";
    auto const at = words.offset();
    auto const spelt = words.word(expected);
    auto const slash = spelt.find('/');
    auto const known = std::ranges::find(verdicts, spelt.substr(0, slash)) != std::end(verdicts);
    if (!known || slash == std::string::npos || slash + 1 == spelt.size()) {
        throw mistake(at, "\"" + spelt + "\" is not a verdict with its reason",
                      "expected " + std::string(expected));
    }
    auto const reason = spelt.substr(slash + 1);
    if (!callout::reason_from(reason)) {
        throw mistake(at + slash + 1, "\"" + reason + "\" is not a reason",
                      "expected one such as accepted, no_mailbox or greylisted");
    }
    return {spelt.substr(0, slash), reason};
}

constexpr text::keyword<fact::kind> facts[] = {
    {"strength", fact::kind::strength},       {"exists", fact::kind::exists},
    {"catch_all", fact::kind::catch_all},     {"rejects_null", fact::kind::rejects_null},
    {"cached", fact::kind::cached},           {"code", fact::kind::code},
    {"retry_after", fact::kind::retry_after}, {"connections", fact::kind::connections},
    {"within", fact::kind::within},           {"text", fact::kind::text},
};

fact parse_fact(cursor& words) {
    auto const what = words.one_of(facts, "a fact of the answer");
    if (what == fact::kind::within || what == fact::kind::retry_after)
        return {what, std::to_string(words.duration().count())};
    if (what == fact::kind::connections || what == fact::kind::code)
        return {what, std::to_string(words.number("a number"))};
    return {what, words.word("its value")};
}

/// `ADDRESS [client IP] [refresh]`
void parse_asking(cursor& words, asking& into) {
    auto const at = words.offset();
    into.address = words.word("an address");
    if (into.address.find('@') == std::string::npos) {
        throw mistake(at, "\"" + into.address + "\" is not an address", "expected LOCAL@DOMAIN");
    }
    if (words.take("client")) {
        auto const at_client = words.offset();
        into.client = words.word("an IP address");
        boost::system::error_code bad;
        boost::asio::ip::make_address(into.client, bad);
        if (bad)
            throw mistake(at_client, "\"" + into.client + "\" is not an IP address",
                          "expected one such as 192.0.2.1 or 2001:db8::1");
    }
    into.refresh = words.take("refresh");
}

question parse_question(cursor& words) {
    question found;
    parse_asking(words, found);
    if (!words.take("unrefused") && words.peek() != "soft") found.hard = parse_finding(words);
    if (words.take("soft")) found.soft = parse_finding(words);
    while (!words.at_end()) found.facts.push_back(parse_fact(words));
    return found;
}

void parse_start(cursor& words, entry& into) {
    start found;
    parse_asking(words, found.what);
    into.steps.emplace_back(std::move(found));
}
void parse_expect(cursor& words, entry& into) {
    into.steps.emplace_back(parse_question(words));
}
void parse_wait(cursor& words, entry& into) {
    into.steps.emplace_back(pause{words.duration()});
}
void parse_waits(cursor&, entry& into) {
    into.waits = true;
}

amount parse_amount(cursor& words) {
    constexpr std::string_view expected =
        "\"never\", or a number, alone or after \"at-least\" or \"at-most\"";
    if (words.take("never")) return {0, 0};
    if (words.take("at-least")) return {words.number(expected), UINT32_MAX};
    if (words.take("at-most")) return {0, words.number(expected)};
    auto const exact = words.number(expected);
    return {exact, exact};
}

constexpr text::keyword<sighting::kind> sightings[] = {{"connections", sighting::kind::connections},
                                                       {"at-once", sighting::kind::at_once},
                                                       {"hears", sighting::kind::hears}};

void parse_sighting(cursor& words, entry& into) {
    sighting found;
    found.peer = words.word("the name of a peer");
    found.what = words.one_of(sightings, "something that a peer can observe");
    if (found.what == sighting::kind::hears)
        found.command = parse_pattern(words, "a pattern for the command");
    found.times = parse_amount(words);
    into.steps.emplace_back(std::move(found));
}

void parse_setting(cursor& words, entry& into) {
    auto const at = words.offset();
    auto const names = setting_names();
    auto const name = words.word("a setting of the engine");
    if (std::ranges::find(names, name) == names.end())
        throw mistake(at, text::explain_unknown(name, "a setting of the engine", names));
    auto const at_value = words.offset();
    setting const found{name, words.word("its value")};
    if (auto const problem = problem_of(found); !problem.empty()) throw mistake(at_value, problem);
    into.settings.push_back(found);
}

constexpr text::keyword<void (*)(cursor&, entry&)> lines_of_an_entry[] = {
    {"expect", parse_expect}, {"start", parse_start},    {"wait", parse_wait},
    {"peer", parse_sighting}, {"engine", parse_setting}, {"virtual-time", parse_waits},
};

}  // namespace

entry parse_entry_head(cursor& words) {
    entry found;
    found.number = words.word("the number of the entry");
    found.title = words.word("its name");
    found.sentence = words.word("a sentence that says what happens, in quotes");
    words.expect_end();
    return found;
}

void parse_entry_line(cursor& words, entry& into) {
    words.one_of(lines_of_an_entry, "a line of an entry")(words, into);
    words.expect_end();
}

entry parse_lone_expectation(cursor& words) {
    entry found;
    auto asked = parse_question(words);
    found.title = asked.address;
    found.steps.emplace_back(std::move(asked));
    words.expect_end();
    return found;
}

}  // namespace testmta::world
