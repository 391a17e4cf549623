#include "conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <span>
#include <sstream>

#include "packets.hpp"
#include "played_session.hpp"

namespace milterproto::test {

namespace {

/// A place between two commands of the MTA.
struct place {
    std::size_t line = 0;
    std::size_t event = 0;
};

bool has_letter_of(std::string_view letters, std::string_view text) {
    if (text.empty()) return false;
    if (text.starts_with("frame ")) text.remove_prefix(6);
    return letters.find(text.front()) != letters.npos && (text.size() == 1 || text[1] == ' ');
}

bool belongs_to_message(std::string_view text) {
    return text.starts_with("D ") ? has_letter_of("MRTNE", text.substr(2)) : has_letter_of("MRTLNBE", text);
}

/// Where a script can be left and begun again.
struct repetition {
    std::optional<place> agreed;         ///< after the negotiation
    std::optional<place> first_message;  ///< before the first command of a message, or its macros
    bool has_several_clients = false;
    place last;                    ///< the end, or before what ends the session
    bool ends_in_message = false;  ///< at `last`

    void note(place here, std::string_view next, played_session const& actual) {
        bool const leaves = has_letter_of("K", next);
        if (actual.has_agreed() && !agreed && !leaves) agreed = here;
        if (agreed && !first_message && belongs_to_message(next)) first_message = here;
        has_several_clients = has_several_clients || leaves;
        last = here;
        ends_in_message = actual.is_in_message();
    }
};

repetition line_by_line(script const& from, core::filter_wishes const& wishes) {
    repetition found;
    played_session actual(from, wishes);
    auto const& lines = from.lines();
    for (std::size_t i = 0; i != lines.size(); ++i) {
        if (lines[i].arrow != '>') continue;
        if (actual.goes_on()) found.note({i, actual.events()}, lines[i].text, actual);
        actual.note("> " + lines[i].text);
        actual.say(lines[i].text);
    }
    if (actual.goes_on()) found.note({lines.size(), actual.events()}, "", actual);
    EXPECT_EQ(actual.seen(), from.text()) << "fed line by line";
    return found;
}

/// Plays the lines before `until`, something else, and then all from `first` on, which must go as it is
/// written.
void again(script const& from, core::filter_wishes const& wishes, std::size_t until,
           std::string_view bytes_between, place first, std::string_view how) {
    bool const has_past = first.line < until || !bytes_between.empty();
    if (testing::Test::HasFailure() || !has_past) return;
    auto const& lines = from.lines();
    played_session actual(from, wishes);
    for (auto const& one : std::span(lines).first(until)) {
        if (one.arrow == '>') actual.say(one.text);
    }
    actual.begin_again(bytes_between, first.event);
    for (auto const& one : std::span(lines).subspan(first.line)) {
        if (one.arrow != '>') continue;
        actual.note("> " + one.text);
        actual.say(one.text);
    }
    EXPECT_EQ(actual.seen(), from.text(first.line)) << "played on a session " << how;
}

std::string message_of_all_commands() {
    return packets::mail() + packets::rcpt() + packets::data() + packets::header("a", "b") +
           packets::end_of_headers() + packets::body("x") + packets::body("y") + packets::end_of_message();
}

void again_in_every_way(script const& from, core::filter_wishes const& wishes, repetition const& where) {
    auto const last = where.last.line;
    if (auto const& first = where.first_message; first && !where.has_several_clients) {
        auto of_all = wishes;
        of_all.wanted_actions |= core::action::all & ~core::action::symbol_lists;
        again(from, of_all, first->line, message_of_all_commands(), *first,
              "that has dealt with a message before");
        if (!where.ends_in_message)
            again(from, wishes, last, {}, *first, "that has played it before, as the next message");
        again(from, wishes, last, packets::raw('A'), *first,
              "that has played it before, as the next message after an abort");
    }
    if (where.agreed && where.agreed->line < last)
        again(from, wishes, last, packets::raw('K'), *where.agreed,
              "that has played it before, by the next client");
}

/// `next_size` says how long the next piece is.
template <class NextSize>
void in_pieces(script const& from, core::filter_wishes const& wishes, std::string const& how,
               NextSize next_size) {
    std::string bytes;
    std::string ending;
    for (auto const& one : from.lines()) {
        if (one.arrow == '>')
            (is_ending(one.text) ? ending : bytes) += is_ending(one.text) ? one.text : bytes_of(one.text);
    }
    played_session actual(from, wishes);
    for (std::string_view rest = bytes; !rest.empty();) {
        auto const piece = rest.substr(0, next_size(rest.size()));
        actual.feed(piece);
        rest.remove_prefix(piece.size());
    }
    if (!ending.empty()) actual.end(ending_of(ending));
    EXPECT_EQ(actual.seen(), from.text_without_input()) << "fed " << how;
}

}  // namespace

void converse(std::string_view text, core::filter_wishes const& wishes) {
    script const from(text);
    if (from.lines().empty()) ADD_FAILURE() << "an empty conversation";
    // The first way of feeding that goes wrong is enough to read.
    auto const repeatable = line_by_line(from, wishes);
    again_in_every_way(from, wishes, repeatable);
    if (testing::Test::HasFailure()) return;
    in_pieces(from, wishes, "whole", [](std::size_t left) { return left; });
    if (testing::Test::HasFailure()) return;
    in_pieces(from, wishes, "byte by byte", [](std::size_t) -> std::size_t { return 1; });
    for (unsigned seed = 1; seed != 4 && !testing::Test::HasFailure(); ++seed) {
        std::minstd_rand random(seed);
        in_pieces(from, wishes, "in random pieces of seed " + std::to_string(seed), [&](std::size_t left) {
            return std::uniform_int_distribution<std::size_t>(1, std::min<std::size_t>(left, 40))(random);
        });
    }
}

void converse_agreed(std::string_view text, core::filter_wishes const& wishes) {
    core::option_set const offer{6, core::action::all, core::step::all};
    auto const agreed = core::negotiate(offer, wishes);
    std::ostringstream opening;
    opening << "> O 6 1ff 1fffff\n< O 6 " << std::hex << agreed->options.actions << ' '
            << agreed->options.steps << '\n';
    converse(opening.str().append(text), wishes);
}

}  // namespace milterproto::test
