#include "script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

}  // namespace

script::script(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string one; std::getline(lines, one);) {
        auto const begin = one.find_first_not_of(' ');
        if (begin == one.npos) continue;
        one.erase(0, begin);
        if (one.size() < 3 || one[1] != ' ' || "><!?+="s.find(one[0]) == std::string::npos) {
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

void script::add(line one) {
    if (one.arrow == '!') {
        part says;
        if (auto const at = one.text.find(" => "); at != std::string::npos) {
            says.verdict = one.text.substr(at + 4);
            says.verdict.erase(std::min(says.verdict.find(" ("), says.verdict.size()));
        }
        parts_.push_back(says);
    } else if ((one.arrow == '?' || one.arrow == '+') && !parts_.empty()) {
        parts_.back().deeds.push_back(one);
    }
    lines_.push_back(std::move(one));
}

std::string script::text(std::size_t first_line) const {
    std::string text;
    for (; first_line < lines_.size(); ++first_line)
        text += lines_[first_line].arrow + " "s + lines_[first_line].text + '\n';
    return text;
}

std::string script::text_without_input() const {
    std::string text;
    for (auto const& one : lines_) {
        if (one.arrow != '>') text += one.arrow + " "s + one.text + '\n';
    }
    return text;
}

bool is_ending(std::string_view text) {
    return text == "end of file" || text == "time-out" || text == "stop";
}

errc ending_of(std::string_view text) {
    if (text == "time-out") return errc::packet_timeout;
    return text == "stop" ? errc::stopped : errc::peer_gone;
}

std::string bytes_of(std::string_view line) {
    auto rest = line;
    auto const word = take_word(rest);
    if (word == "frame") {
        auto const letter = unescape(take_word(rest)).front();
        return packets::raw(letter, unescape(rest));
    }
    if (word == "bytes") return unescape(rest);
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

std::string_view without_outcome(std::string_view text) {
    return text.substr(0, text.find(" => "));
}

}  // namespace milterproto::test
