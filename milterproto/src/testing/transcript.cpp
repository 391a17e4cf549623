#include <charconv>
#include <stdexcept>

#include "escapes.hpp"
#include "milterproto/rehearsal.hpp"

namespace milterproto {

namespace {

/// Takes the first word off `rest`.
std::string_view take_word(std::string_view& rest) {
    auto const end = std::min(rest.find(' '), rest.size());
    auto const word = rest.substr(0, end);
    rest = rest.substr(std::min(end + 1, rest.size()));
    return word;
}

template <class Number>
Number number_in(std::string_view text) {
    Number number{};
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (bad != std::errc() || end != text.data() + text.size())
        throw std::logic_error("rehearsal: not a number: " + std::string(text));
    return number;
}

std::vector<std::string_view> words_of(std::string_view rest) {
    std::vector<std::string_view> words;
    while (!rest.empty()) words.push_back(take_word(rest));
    return words;
}

/// Plays the commands of a script and writes down what happens.
class player {
public:
    player(std::unique_ptr<filter> author, rehearsal_options const& options)
        : mta_(std::move(author), options) {}

    void play(std::string_view line) {
        auto const margin = std::min(line.find_first_not_of(' '), line.size());
        auto const mark = margin == line.size() ? ' ' : line[margin];
        if (mark == '<' || mark == '+' || mark == '!')
            return;  // what is expected; it is written again if it happens
        write(line);
        if (mark != '>') return;
        indent_ = std::string(margin, ' ');
        auto rest = line.substr(margin + 1);
        if (rest.starts_with(' ')) rest.remove_prefix(1);
        auto const answer = perform(rest);
        if (answer) {
            for (auto const& edit : answer->edits) write(indent_ + "+ " + edit.text());
        }
        for (; thrown_ != mta_.thrown().size(); ++thrown_)
            write(indent_ + "! " + detail::escaped(mta_.thrown()[thrown_]));
        if (answer) write(indent_ + "< " + answer->text());
    }

    std::string take_text() { return std::move(text_); }

private:
    /// Performs a command, and returns the answer if there is one.
    std::optional<rehearsal_answer> perform(std::string_view line) {
        auto rest = line;
        auto const verb = take_word(rest);
        if (verb == "connect") {
            auto const host = take_word(rest);
            auto const address = take_word(rest);
            if (rest.empty()) return mta_.connect(host, address);
            return mta_.connect(host, address, number_in<std::uint16_t>(rest));
        }
        if (verb == "helo") return mta_.helo(rest);
        if (verb == "mail") {
            auto const path = take_word(rest);
            return mta_.mail(path, words_of(rest));
        }
        if (verb == "rcpt") {
            auto const path = take_word(rest);
            return mta_.rcpt(path, words_of(rest));
        }
        if (verb == "data") return mta_.data();
        if (verb == "header") return mta_.header(detail::unescaped(rest));
        if (verb == "eoh") return mta_.end_of_headers();
        if (verb == "body") return mta_.body(detail::unescaped(rest));
        if (verb == "eom") return mta_.end_of_message();
        if (verb == "unknown") return mta_.unknown(rest);
        if (verb == "abort") {
            mta_.abort();
        } else if (verb == "quit") {
            mta_.quit();
        } else if (verb == "next_client") {
            mta_.next_client();
        } else if (verb == "vanish") {
            mta_.vanish();
        } else if (verb == "advance") {
            mta_.advance(std::chrono::milliseconds(number_in<unsigned>(rest)));
        } else if (verb == "abort_after") {
            mta_.abort_after(std::chrono::milliseconds(number_in<unsigned>(rest)));
        } else if (verb == "vanish_after") {
            mta_.vanish_after(std::chrono::milliseconds(number_in<unsigned>(rest)));
        } else if (verb == "define") {
            auto const name = take_word(rest);
            mta_.define(std::string(name), std::string(rest));
        } else {
            throw std::logic_error("rehearsal: no such command: " + std::string(line));
        }
        return std::nullopt;
    }

    void write(std::string_view line) { text_.append(line).push_back('\n'); }

    rehearsal mta_;
    std::string indent_;
    std::string text_;
    std::size_t thrown_ = 0;
};

}  // namespace

std::string rehearse(std::unique_ptr<filter> author, std::string_view script,
                     rehearsal_options const& options) {
    player plays(std::move(author), options);
    auto rest = script;
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
        plays.play(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    // After the last line end there may be a line without one, or the indentation of what follows the script.
    bool const is_margin = rest.find_first_not_of(' ') == rest.npos;
    if (!is_margin) plays.play(rest);
    auto text = plays.take_text();
    if (is_margin) return text + std::string(rest);
    text.pop_back();
    return text;
}

}  // namespace milterproto
