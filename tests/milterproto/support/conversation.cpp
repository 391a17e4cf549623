#include "conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <sstream>

#include "escapes.hpp"
#include "packets.hpp"

namespace milterproto::test {

namespace {

using namespace std::string_literals;

std::string of_strings(char letter, std::vector<std::string> const& texts) {
    std::string packet;
    core::append_strings(packet, letter, std::vector<std::string_view>(texts.begin(), texts.end()));
    return packet;
}

// ---- from the script to octets ----

std::string offer_of(std::string_view rest) {
    auto const version = number(take_word(rest), 10);
    auto const actions = number(take_word(rest), 16);
    return packets::offer({version, actions, number(rest, 16)});
}

std::string connect_of(std::string_view rest) {
    auto const host = unescape(take_word(rest));
    auto const family = static_cast<core::family>(take_word(rest).front());
    auto const port = rest.empty() ? 0 : number(take_word(rest), 10);
    std::string packet;
    core::append_connect(packet, host, family, static_cast<std::uint16_t>(port), unescape(rest));
    return packet;
}

std::string macros_of(std::string_view rest) {
    std::string payload(take_word(rest));
    while (!rest.empty()) {
        auto const pair = take_word(rest);
        auto const equals = pair.find('=');
        payload += unescape(pair.substr(0, equals)) + '\0';
        if (equals != pair.npos) payload += unescape(pair.substr(equals + 1)) + '\0';
    }
    return packets::raw('D', payload);
}

std::string octets_of(std::string_view line) {
    auto rest = line;
    auto const word = take_word(rest);
    if (word == "frame") {
        auto const letter = unescape(take_word(rest)).front();
        return packets::raw(letter, unescape(rest));
    }
    if (word == "octets") return unescape(rest);
    char const letter = word.front();
    switch (letter) {
        case 'O': return offer_of(rest);
        case 'C': return connect_of(rest);
        case 'D': return macros_of(rest);
        case 'M':
        case 'R': return of_strings(letter, words_of(rest));
        case 'H':
        case 'U': return of_strings(letter, {unescape(rest)});
        case 'L': {
            auto const name = unescape(take_word(rest));
            return of_strings(letter, {name, unescape(rest)});
        }
        default: return packets::raw(letter, unescape(rest));
    }
}

struct line {
    char arrow;
    std::string text;
};

/// What the script tells the filter to do at one event.
struct part {
    std::string verdict = "c";
    std::vector<std::string> macros;
};

bool is_ending(std::string_view text) {
    return text == "end of file" || text == "time-out" || text == "stop";
}

errc ending_of(std::string_view text) {
    if (text == "time-out") return errc::packet_timeout;
    return text == "stop" ? errc::stopped : errc::peer_gone;
}

/// The event that a command becomes.
std::string event_of(char letter) {
    switch (letter) {
        case 'C': return "connect";
        case 'H': return "helo";
        case 'M': return "mail";
        case 'R': return "rcpt";
        case 'T': return "data";
        case 'L': return "header";
        case 'N': return "eoh";
        case 'B': return "body";
        case 'E': return "eom";
        case 'U': return "unknown";
        default: return "nothing";
    }
}

class script {
public:
    explicit script(std::string_view text) {
        std::istringstream lines{std::string(text)};
        for (std::string one; std::getline(lines, one);) {
            auto const begin = one.find_first_not_of(' ');
            if (begin == one.npos) continue;
            one.erase(0, begin);
            if (one.size() < 3 || one[1] != ' ' || "><!?="s.find(one[0]) == std::string::npos) {
                ADD_FAILURE() << "not a line of a conversation: " << one;
            } else if (one[0] == '=') {
                add({'>', one.substr(2)});
                add({'!', event_of(one[2]) + one.substr(3)});
                add({'<', "c"});
            } else {
                add({one[0], one.substr(2)});
            }
        }
    }
    std::vector<line> const& lines() const { return lines_; }
    part part_at(std::size_t event) const { return event < parts_.size() ? parts_[event] : part{}; }

private:
    void add(line one) {
        if (one.arrow == '!') {
            part says;
            if (auto const at = one.text.find(" => "); at != std::string::npos) {
                says.verdict = one.text.substr(at + 4);
                says.verdict.erase(std::min(says.verdict.find(" ("), says.verdict.size()));
            }
            parts_.push_back(says);
        } else if (one.arrow == '?' && !parts_.empty()) {
            std::string_view rest = one.text;
            parts_.back().macros.emplace_back(take_word(rest));
        }
        lines_.push_back(std::move(one));
    }
    std::vector<line> lines_;
    std::vector<part> parts_;
};

// ---- from events and octets to text ----

struct in_words {
    static std::string list(std::string_view first, std::string_view path,
                            std::span<std::string_view const> parameters) {
        auto text = std::string(first) + ' ' + escape(path);
        for (auto const& one : parameters) text += ' ' + escape(one);
        return text;
    }
    std::string operator()(core::need_input const&) const { return "need input"; }
    std::string operator()(core::negotiate_event const& e) const {
        std::ostringstream text;
        auto const& offered = e.what->offered();
        text << "negotiate " << offered.version << std::hex << ' ' << offered.actions << ' ' << offered.steps;
        return text.str();
    }
    std::string operator()(connect_event const& e) const {
        auto text = "connect " + escape(e.hostname) + ' ' + static_cast<char>(e.family);
        if (e.family != core::family::unknown) text += ' ' + std::to_string(e.port) + ' ' + escape(e.address);
        return text;
    }
    std::string operator()(helo_event const& e) const { return trimmed("helo " + escape(e.name)); }
    std::string operator()(mail_event const& e) const { return list("mail", e.path, e.parameters); }
    std::string operator()(rcpt_event const& e) const { return list("rcpt", e.path, e.parameters); }
    std::string operator()(data_event const&) const { return "data"; }
    std::string operator()(header_event const& e) const {
        return trimmed("header " + escape(e.name) + ' ' + escape(e.value));
    }
    std::string operator()(eoh_event const&) const { return "eoh"; }
    std::string operator()(body_event const& e) const { return "body " + escape(e.chunk); }
    std::string operator()(eom_event const&) const { return "eom"; }
    std::string operator()(unknown_event const& e) const { return "unknown " + escape(e.line); }
    std::string operator()(core::abort_event const&) const { return "abort"; }
    std::string operator()(core::close_event const& e) const {
        return e.cause ? "close: " + e.cause.message() : "close";
    }
    std::string operator()(core::finished const&) const { return "finished"; }

    static std::string trimmed(std::string text) {
        text.erase(text.find_last_not_of(' ') + 1);
        return text;
    }
};

std::string options_in_words(std::string_view payload) {
    auto const options = core::decode_options(payload);
    std::ostringstream text;
    text << "O " << std::dec << options->version << std::hex << ' ' << options->actions << ' '
         << options->steps;
    auto const lists = core::decode_symbol_lists(payload);
    for (auto const& list : *lists) text << ' ' << list.stage << ":\"" << list.names << '"';
    return text.str();
}

std::string reply_in_words(core::frame const& reply) {
    if (reply.letter == 'O') return options_in_words(reply.payload);
    auto payload = reply.payload;
    if (payload.ends_with('\0')) payload.remove_suffix(1);
    return payload.empty() ? std::string(1, reply.letter) : reply.letter + " "s + escape(payload);
}

bool is_answered(core::filter_event const& event) {
    return !std::holds_alternative<core::abort_event>(event) &&
           !std::holds_alternative<core::close_event>(event);
}

/// One session under way, and what was seen of it.
class play {
public:
    play(script const& from, core::filter_wishes const& wishes) : script_(from), session_(wishes) { drain(); }

    void feed(std::string_view octets) {
        auto const room = session_.input(std::max<std::size_t>(octets.size(), 1));
        std::memcpy(room.data(), octets.data(), octets.size());
        session_.received(octets.size());
        drain();
    }
    void end(errc why) {
        session_.fail(why);
        drain();
    }
    void note(std::string const& text) { seen_ += text + '\n'; }
    std::string const& seen() const { return seen_; }

private:
    void drain() {
        while (!finished_) {
            auto const event = session_.next();
            take_output();
            if (std::holds_alternative<core::need_input>(event)) return;
            finished_ = std::holds_alternative<core::finished>(event);
            show(event);
        }
    }
    void show(core::filter_event const& event) {
        auto const says = script_.part_at(events_++);
        auto text = "! " + std::visit(in_words{}, event);
        std::string looked_up;
        for (auto const& name : says.macros) {
            auto const value = session_.macros().find(name);
            looked_up += "\n? " + name + (value ? ' ' + escape(*value) : "");
        }
        if (!finished_ && is_answered(event)) text += answer(says.verdict);
        note(text + looked_up);
        take_output();
    }
    std::string answer(std::string const& verdict) {
        std::string_view reply = verdict;
        auto const code = static_cast<core::answer>(take_word(reply).front());
        auto const outcome = session_.answer(code, reply);
        if (verdict == "c") return {};
        auto const text = " => " + verdict;
        if (outcome == core::answered::sent) return text;
        return text + (outcome == core::answered::suppressed ? " (suppressed)" : " (converted)");
    }
    void take_output() {
        auto const output = std::string(session_.output());
        session_.sent();
        core::frame_reader reader;
        std::memcpy(reader.prepare(output.size() + 1).data(), output.data(), output.size());
        reader.commit(output.size());
        for (auto reply = reader.next(); *reply; reply = reader.next()) note("< " + reply_in_words(**reply));
        EXPECT_FALSE(reader.mid_frame()) << "half a frame was sent";
    }

    script const& script_;
    core::filter_session session_;
    std::size_t events_ = 0;
    bool finished_ = false;
    std::string seen_;
};

enum class shown { all, without_input };

std::string expected(script const& from, shown what) {
    std::string text;
    for (auto const& one : from.lines()) {
        if (what == shown::all || one.arrow != '>') text += one.arrow + " "s + one.text + '\n';
    }
    return text;
}

void line_by_line(script const& from, core::filter_wishes const& wishes) {
    play actual(from, wishes);
    for (auto const& one : from.lines()) {
        if (one.arrow != '>') continue;
        actual.note("> " + one.text);
        if (is_ending(one.text)) {
            actual.end(ending_of(one.text));
        } else {
            actual.feed(octets_of(one.text));
        }
    }
    EXPECT_EQ(actual.seen(), expected(from, shown::all)) << "fed line by line";
}

/// `next_size` says how long the next piece is.
template <class NextSize>
void in_pieces(script const& from, core::filter_wishes const& wishes, std::string const& how,
               NextSize next_size) {
    std::string octets;
    std::string ending;
    for (auto const& one : from.lines()) {
        if (one.arrow == '>')
            (is_ending(one.text) ? ending : octets) += is_ending(one.text) ? one.text : octets_of(one.text);
    }
    play actual(from, wishes);
    for (std::string_view rest = octets; !rest.empty();) {
        auto const piece = rest.substr(0, next_size(rest.size()));
        actual.feed(piece);
        rest.remove_prefix(piece.size());
    }
    if (!ending.empty()) actual.end(ending_of(ending));
    EXPECT_EQ(actual.seen(), expected(from, shown::without_input)) << "fed " << how;
}

}  // namespace

void converse(std::string_view text, core::filter_wishes const& wishes) {
    script const from(text);
    if (from.lines().empty()) ADD_FAILURE() << "an empty conversation";
    // The first way of feeding that goes wrong is enough to read.
    line_by_line(from, wishes);
    if (testing::Test::HasFailure()) return;
    in_pieces(from, wishes, "whole", [](std::size_t left) { return left; });
    if (testing::Test::HasFailure()) return;
    in_pieces(from, wishes, "octet by octet", [](std::size_t) -> std::size_t { return 1; });
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
