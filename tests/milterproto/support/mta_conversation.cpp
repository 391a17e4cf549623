#include "mta_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "escapes.hpp"
#include "milterproto/core/codec.hpp"
#include "packets.hpp"

namespace milterproto::test {

namespace {

using namespace std::string_literals;
using core::issued;

// ---- from the script to octets of the filter ----

std::string u32(std::uint32_t number) {
    std::string octets;
    for (int shift = 24; shift >= 0; shift -= 8) octets.push_back(static_cast<char>(number >> shift & 0xff));
    return octets;
}

std::string agreement_of(std::string_view rest) {
    auto const version = number(take_word(rest), 10);
    auto const actions = number(take_word(rest), 16);
    auto const steps = number(take_word(rest), 16);
    std::string payload = u32(version) + u32(actions) + u32(steps);
    while (!rest.empty()) {
        auto const colon = rest.find(":\"");
        auto const end = rest.find('"', colon + 2);
        payload += u32(number(rest.substr(0, colon), 10));
        payload.append(rest.substr(colon + 2, end - colon - 2)).push_back('\0');
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return packets::raw('O', payload);
}

std::string answer_octets(std::string_view line) {
    auto rest = line;
    auto const word = take_word(rest);
    if (word == "octets") return unescape(rest);
    if (word == "frame") {
        char const letter = take_word(rest).front();
        return packets::raw(letter, unescape(rest));
    }
    char const letter = word.front();
    switch (letter) {
        case 'O': return agreement_of(rest);
        case 'i':
        case 'm': {
            auto const index = u32(number(take_word(rest), 10));
            return packets::raw(letter, index + unescape(rest) + '\0');
        }
        case 'b': return packets::raw(letter, unescape(rest));
        default: return packets::raw(letter, rest.empty() ? "" : unescape(rest) + '\0');
    }
}

// ---- from octets of the MTA and from events to text ----

std::string strings_in_words(std::string_view payload) {
    std::string text;
    while (auto const one = core::take_string(payload)) text += ' ' + escape(*one);
    if (!payload.empty()) text += " (unended) " + escape(payload);
    return text;
}

std::string pairs_in_words(std::string_view payload) {
    auto text = " "s + payload.front();
    payload.remove_prefix(1);
    while (auto const name = core::take_string(payload)) {
        auto const value = core::take_string(payload);
        text += ' ' + std::string(*name) + '=' + escape(value.value_or("(none)"));
    }
    return text;
}

std::string command_in_words(core::frame const& sent) {
    auto const payload = sent.payload;
    std::string text(1, sent.letter);
    switch (sent.letter) {
        case 'O': {
            auto const options = core::decode_options(payload);
            std::ostringstream words;
            words << ' ' << std::dec << options->version << std::hex << ' ' << options->actions << ' '
                  << options->steps;
            if (payload.size() != 12) words << " and " << payload.size() - 12;
            return text + words.str();
        }
        case 'C': {
            // Not decoded by the library, which would take a label off.
            auto rest = payload;
            text += ' ' + escape(core::take_string(rest).value_or("(unended)"));
            text += std::string(" ") + rest.front();
            if (rest.size() == 1) return text;
            auto const port = static_cast<unsigned char>(rest[1]) * 256 + static_cast<unsigned char>(rest[2]);
            return text + ' ' + std::to_string(port) + strings_in_words(rest.substr(3));
        }
        case 'D': return text + pairs_in_words(payload);
        case 'B': return text + ' ' + escape(payload);
        default: return text + strings_in_words(payload);
    }
}

struct in_words {
    std::string operator()(core::need_io const&) const { return "need io"; }
    std::string operator()(core::filter_agreed const&) const { return "agreed"; }
    std::string operator()(core::filter_verdict const& e) const {
        auto text = std::string(1, static_cast<char>(e.to)) + ' ' + static_cast<char>(e.verdict);
        return e.reply.empty() ? text : text + ' ' + escape(e.reply);
    }
    std::string operator()(core::filter_change const& e) const {
        auto text = "change "s + static_cast<char>(e.what.what);
        using core::answer;
        if (e.what.what == answer::insert_header || e.what.what == answer::change_header)
            text += ' ' + std::to_string(e.what.index);
        text += ' ' + escape(e.what.subject);
        return e.what.value.empty() ? text : text + ' ' + escape(e.what.value);
    }
    std::string operator()(core::filter_progress const& e) const {
        return "progress "s + static_cast<char>(e.during);
    }
    std::string operator()(core::filter_failed const& e) const { return "failed: " + e.why.message(); }
};

std::string_view result_in_words(issued what) {
    switch (what) {
        case issued::awaits_answer: return "";
        case issued::unanswered: return " => unanswered";
        case issued::withheld: return " => withheld";
        case issued::too_early: return " => too early";
    }
    return "";
}

struct line {
    char arrow;
    std::string text;
};

std::vector<line> lines_of(std::string_view script) {
    std::vector<line> lines;
    std::istringstream from{std::string(script)};
    for (std::string one; std::getline(from, one);) {
        auto const begin = one.find_first_not_of(' ');
        if (begin == one.npos) continue;
        one.erase(0, begin);
        if (one.size() < 3 || one[1] != ' ' || "$><!="s.find(one[0]) == std::string::npos) {
            ADD_FAILURE() << "not a line of a conversation: " << one;
        } else if (one[0] == '=') {
            static std::map<std::string, char, std::less<>> const letters{
                {"helo", 'H'}, {"mail", 'M'}, {"rcpt", 'R'}, {"data", 'T'},   {"header", 'L'},
                {"eoh", 'N'},  {"body", 'B'}, {"eom", 'E'},  {"unknown", 'U'}};
            std::string_view rest = std::string_view(one).substr(2);
            auto const word = take_word(rest);
            auto const letter = letters.find(word)->second;
            lines.push_back({'$', one.substr(2)});
            lines.push_back({'>', rest.empty() ? std::string(1, letter) : letter + " "s + std::string(rest)});
            lines.push_back({'<', "c"});
            lines.push_back({'!', letter + " c"s});
        } else {
            lines.push_back({one[0], one.substr(2)});
        }
    }
    return lines;
}

/// One session under way, and what was seen of it.
class play {
public:
    play(core::mta_dialect const& as, std::size_t piece) : mta_(as), piece_(piece) {}

    void perform(line const& one) {
        if (one.arrow == '$') {
            // What became of it is written behind by the one who expects it, and by us.
            auto const what = one.text.substr(0, one.text.find(" => "));
            note("$ " + what + std::string(result_in_words(smtp(what))));
            drain();
        } else if (one.arrow == '<') {
            note("< " + one.text);
            feed(answer_octets(one.text));
        }
    }
    std::string const& seen() const { return seen_; }

private:
    issued smtp(std::string_view rest) {
        auto const word = take_word(rest);
        auto const words = words_of(word == "header" || word == "body" ? "" : rest);
        std::vector<std::string_view> const views(words.begin(), words.end());
        auto const parameters = std::span(views).subspan(std::min<std::size_t>(1, views.size()));
        if (word == "force") {
            mta_.insist();
            return smtp(rest);
        }
        if (word == "begin") return mta_.begin();
        if (word == "connect") {
            auto const kind = static_cast<core::family>(views[1].front());
            if (kind == core::family::unknown) return mta_.connect(views[0], kind, 0, "");
            return mta_.connect(views[0], kind, static_cast<std::uint16_t>(number(views[2], 10)), views[3]);
        }
        if (word == "helo") return mta_.helo(unescape(rest));
        if (word == "mail") return mta_.mail(views[0], parameters);
        if (word == "rcpt") return mta_.rcpt(views[0], parameters);
        if (word == "refused") {
            auto const bar = views[0].find('|');
            return mta_.refused_rcpt(views[1], {}, views[0].substr(0, bar), views[0].substr(bar + 1));
        }
        if (word == "data") return mta_.data();
        if (word == "eoh") return mta_.end_of_headers();
        if (word == "eom") return mta_.end_of_message();
        if (word == "body") return mta_.body(unescape(rest));
        if (word == "header") {
            auto const name = take_word(rest);
            return mta_.header(name, unescape(rest));
        }
        if (word == "content") return content();
        if (word == "unknown") return mta_.unknown(unescape(rest));
        if (word == "reset") return mta_.reset();
        if (word == "starttls") return mta_.starttls();
        if (word == "quit") return mta_.quit();
        if (word == "gone") return mta_.client_gone();
        return prepare(word, rest);
    }

    issued prepare(std::string_view word, std::string_view rest) {
        if (word == "end") {
            mta_.fail(errc::peer_gone);
        } else if (word == "raw") {
            char const letter = take_word(rest).front();
            mta_.raw_frame(letter, unescape(rest));
        } else if (word == "macro") {
            auto const equals = rest.find('=');
            mta_.macros().set(rest.substr(0, equals), unescape(rest.substr(equals + 1)));
        } else if (word == "forget") {
            mta_.macros().unset(rest);
        } else if (word == "id") {
            mta_.queue_id(rest);
        } else if (word == "field") {
            auto const colon = rest.find(':');
            fields_.emplace_back(rest.substr(0, colon), unescape(rest.substr(colon + 1)));
        } else if (word == "text") {
            body_ += unescape(rest);
        } else {
            ADD_FAILURE() << "no such thing happens in SMTP: " << word;
        }
        return issued::awaits_answer;
    }

    issued content() {
        headers_.clear();
        for (auto const& [name, value] : fields_) headers_.push_back({name, value});
        return mta_.content(headers_, body_);
    }

    void feed(std::string_view octets) {
        for (; !octets.empty(); octets.remove_prefix(std::min(piece_, octets.size()))) {
            auto const part = octets.substr(0, piece_);
            std::memcpy(mta_.input(part.size()).data(), part.data(), part.size());
            mta_.received(part.size());
            drain();
        }
    }

    void drain() {
        for (;;) {
            auto const event = mta_.next();
            bool const quiet = std::holds_alternative<core::need_io>(event);
            if (!quiet) note("! " + std::visit(in_words{}, event));
            if (!take_output() && quiet) break;
        }
        if (mta_.over() && !std::exchange(over_told_, true)) note("! over");
    }

    bool take_output() {
        auto const output = std::string(mta_.output());
        mta_.sent(output.size());
        core::frame_reader reader(limits::filter_reply);
        std::memcpy(reader.prepare(output.size() + 1).data(), output.data(), output.size());
        reader.commit(output.size());
        for (auto sent = reader.next(); *sent; sent = reader.next()) note("> " + command_in_words(**sent));
        EXPECT_FALSE(reader.mid_frame()) << "half a frame was sent";
        return !output.empty();
    }

    void note(std::string const& text) { seen_ += text + '\n'; }

    core::mta_session mta_;
    std::size_t piece_;
    std::vector<std::pair<std::string, std::string>> fields_;
    std::vector<core::header_view> headers_;
    std::string body_;
    bool over_told_ = false;
    std::string seen_;
};

std::string expected(std::vector<line> const& lines) {
    std::string text;
    for (auto const& one : lines) text += one.arrow + " "s + one.text + '\n';
    return text;
}

}  // namespace

void mta_converse(core::mta_dialect const& as, std::string_view script) {
    auto const lines = lines_of(script);
    for (auto const piece : {std::string::npos, std::size_t{1}}) {
        play actual(as, piece);
        for (auto const& one : lines) actual.perform(one);
        EXPECT_EQ(actual.seen(), expected(lines)) << (piece == 1 ? "octet by octet" : "packet by packet");
        if (testing::Test::HasFailure()) return;
    }
}

void mta_converse_agreed(core::mta_dialect const& as, std::string_view script, std::uint32_t steps,
                         std::uint32_t actions) {
    auto const& offer = as.negotiation.offer;
    std::ostringstream opening;
    opening << "$ begin\n> O " << offer.version << std::hex << ' ' << offer.actions << ' ' << offer.steps
            << "\n< O " << std::dec << offer.version << std::hex << ' ' << actions << ' ' << steps
            << "\n! agreed\n";
    mta_converse(as, opening.str().append(script));
}

}  // namespace milterproto::test
