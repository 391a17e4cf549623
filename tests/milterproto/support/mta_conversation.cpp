#include "mta_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "escapes.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "mta_words.hpp"

namespace milterproto::test {

namespace {

using namespace std::string_literals;
using core::issued;

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
            // What became of it is written after it, by the script that expects it and by us.
            auto const what = one.text.substr(0, one.text.find(" => "));
            note("$ " + what + std::string(result_in_words(smtp(what))));
            drain();
        } else if (one.arrow == '<') {
            note("< " + one.text);
            feed(answer_bytes(one.text));
        }
    }
    std::string const& seen() const { return seen_; }
    /// Could another message begin?
    bool is_at_rest() const { return mta_.filtering() && !mta_.reply_due() && !mta_.mid_frame(); }

    /// What no script tells of: a whole message, in which the filter does all that it may do.
    void deal_with_a_message() {
        mta_.queue_id("BEFORE");
        ask(mta_.mail("<before@example.org>"), "c");
        ask(mta_.rcpt("<b@example.org>"), "c");
        ask(mta_.data(), "c");
        ask(mta_.header("X-Before", "yes"), "c");
        ask(mta_.end_of_headers(), "c");
        ask(mta_.body("x"), (mta_.agreed().steps & core::step::skip) != 0 ? "s" : "c");
        ask(mta_.end_of_message(), "h X\\0y\np\nb new\na");
    }
    /// Postfix: a command that was skipped is not sent until another comes.
    /// A recipient ends the silence that a skip begins; a reset alone does not (peculiarity D23).
    void skip_a_sender() {
        ask(mta_.mail("<before@example.org>"), "s");
        ask(mta_.rcpt("<before@example.org>"), "c");
        reset();
    }
    void reset() { ask(mta_.reset(), ""); }
    void change_clients() { ask(mta_.quit_nc(), ""); }
    /// What follows is seen as if nothing had been before.
    void begin_again(std::vector<line> const& lines, std::size_t first) {
        for (auto const& one : lines) {
            if (one.text.starts_with("macro "))
                mta_.macros().unset(one.text.substr(6, one.text.find('=') - 6));
        }
        for (auto const& one : std::span(lines).first(first)) {
            if (one.text.starts_with("macro ")) perform(one);
        }
        fields_.clear();
        body_.clear();
        seen_.clear();
    }

private:
    void ask(issued what, std::string_view answers) {
        drain();
        while (what == issued::awaits_answer && mta_.reply_due() && !answers.empty()) {
            auto const end = std::min(answers.find('\n'), answers.size());
            feed(answer_bytes(answers.substr(0, end)));
            answers.remove_prefix(std::min(end + 1, answers.size()));
        }
    }

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

    void feed(std::string_view bytes) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_, bytes.size()))) {
            auto const part = bytes.substr(0, piece_);
            std::memcpy(mta_.input(part.size()).data(), part.data(), part.size());
            mta_.received(part.size());
            drain();
        }
    }

    void drain() {
        for (;;) {
            auto const event = mta_.next();
            bool const quiet = std::holds_alternative<core::need_io>(event);
            if (!quiet) note("! " + event_in_words(event));
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

std::string expected(std::span<line const> lines) {
    std::string text;
    for (auto const& one : lines) text += one.arrow + " "s + one.text + '\n';
    return text;
}

bool prepares(line const& one) {
    constexpr std::string_view words[] = {"macro ", "forget ", "id ", "field ", "text "};
    return one.arrow == '$' &&
           std::ranges::any_of(words, [&](auto word) { return one.text.starts_with(word); });
}

/// Where a script can be left and begun again.
struct repetition {
    std::size_t agreed = std::string::npos;         ///< after the negotiation
    std::size_t first_message = std::string::npos;  ///< before the first sender, and what prepares it
    std::size_t last = 0;                           ///< the end, or before what ends the session
};

repetition in_order(core::mta_dialect const& as, std::vector<line> const& lines, std::size_t piece) {
    repetition found;
    play actual(as, piece);
    std::size_t prepared = 0;
    for (std::size_t i = 0; i != lines.size(); ++i) {
        bool const acts = lines[i].arrow == '$' || lines[i].arrow == '<';
        if (acts && actual.is_at_rest()) {
            found.last = i;
            found.agreed = std::min(found.agreed, i);
            if (lines[i].text.starts_with("mail "))
                found.first_message = std::min(found.first_message, prepared);
        }
        if (!prepares(lines[i])) prepared = i + 1;
        actual.perform(lines[i]);
    }
    if (actual.is_at_rest()) found.last = lines.size();
    EXPECT_EQ(actual.seen(), expected(lines)) << (piece == 1 ? "byte by byte" : "packet by packet");
    return found;
}

/// Plays the lines before `until`, something else, and then all from `first` on, which must go as it is
/// written.
template <class Between>
void again(core::mta_dialect const& as, std::vector<line> const& lines, std::size_t until, Between between,
           std::size_t first, std::string_view how) {
    if (testing::Test::HasFailure()) return;
    play actual(as, std::string::npos);
    for (auto const& one : std::span(lines).first(until)) actual.perform(one);
    between(actual);
    actual.begin_again(lines, first);
    auto const rest = std::span(lines).subspan(first);
    for (auto const& one : rest) actual.perform(one);
    EXPECT_EQ(actual.seen(), expected(rest)) << "played on a session " << how;
}

void again_in_every_way(core::mta_dialect const& as, std::vector<line> const& lines,
                        repetition const& where) {
    if (auto const first = where.first_message; first < where.last) {
        again(
            as, lines, first, [](play& one) { one.deal_with_a_message(); }, first,
            "that has dealt with a message before");
        if (as.replies.skip_before_content == core::reply_rules::skip::silences_command)
            again(
                as, lines, first, [](play& one) { one.skip_a_sender(); }, first,
                "whose filter has skipped a sender before");
        again(
            as, lines, where.last, [](play& one) { one.reset(); }, first,
            "that has played it before, as the next message");
    }
    if (where.agreed < where.last)
        again(
            as, lines, where.last, [](play& one) { one.change_clients(); }, where.agreed,
            "that has played it before, by the next client");
}

}  // namespace

void mta_converse(core::mta_dialect const& as, std::string_view script) {
    auto const lines = lines_of(script);
    auto const repeatable = in_order(as, lines, std::string::npos);
    again_in_every_way(as, lines, repeatable);
    if (!testing::Test::HasFailure()) in_order(as, lines, 1);
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
