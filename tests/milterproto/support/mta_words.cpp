#include "mta_words.hpp"

#include <sstream>

#include "escapes.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "packets.hpp"

namespace milterproto::test {

namespace {

using namespace std::string_literals;
using core::issued;

std::string u32(std::uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift & 0xff));
    return bytes;
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

}  // namespace

std::string answer_bytes(std::string_view line) {
    auto rest = line;
    auto const word = take_word(rest);
    if (word == "bytes") return unescape(rest);
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

std::string event_in_words(core::mta_event const& event) {
    return std::visit(in_words{}, event);
}

std::string_view result_in_words(issued what) {
    switch (what) {
        case issued::awaits_answer: return "";
        case issued::unanswered: return " => unanswered";
        case issued::withheld: return " => withheld";
        case issued::too_early: return " => too early";
    }
    return "";
}

}  // namespace milterproto::test
