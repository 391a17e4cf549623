#include "world/peers/received_message.hpp"

#include <algorithm>

namespace testmta::world {

namespace {

std::string_view without_blanks(std::string_view text) {
    auto const first = std::min(text.find_first_not_of(" \t\r"), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

}  // namespace

std::vector<header_field> header_fields(std::string_view content) {
    constexpr std::size_t most_fields = 200;
    constexpr std::size_t longest_value = 1000;
    std::vector<header_field> found;
    while (!content.empty() && found.size() != most_fields) {
        auto const end = std::min(content.find('\n'), content.size());
        auto const line = content.substr(0, end);
        content.remove_prefix(std::min(end + 1, content.size()));
        if (without_blanks(line).empty()) break;
        auto const continues = line.front() == ' ' || line.front() == '\t';
        auto const colon = line.find(':');
        if (continues && !found.empty())
            found.back().second.append(" ").append(without_blanks(line));
        else if (colon != std::string_view::npos)
            found.emplace_back(without_blanks(line.substr(0, colon)), without_blanks(line.substr(colon + 1)));
        else
            break;  // this is not a head
        auto& value = found.back().second;
        value.resize(std::min(value.size(), longest_value));
    }
    return found;
}

void transaction::begin(std::string sender) {
    clear();
    found_.sender = std::move(sender);
}

void transaction::add_recipient(std::string address) {
    if (found_.recipients.size() != most_recipients) found_.recipients.push_back(std::move(address));
}

void transaction::add(std::string_view octets, std::size_t limit) {
    found_.size += octets.size();
    auto const room = limit - std::min(limit, found_.content.size());
    found_.content.append(octets.substr(0, room));
}

}  // namespace testmta::world
