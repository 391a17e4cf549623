#include "content.hpp"

#include <algorithm>

#include "milterproto/core/codec.hpp"

namespace testmta::run {

namespace {

std::string_view take_line(std::string_view& rest) {
    auto const end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

std::string fill(std::size_t size, std::uint32_t seed) {
    constexpr std::size_t line = 78;
    std::string text;
    text.reserve(size + line);
    auto state = seed;
    while (text.size() < size) {
        for (std::size_t i = 0; i != line - 2; ++i) {
            state = state * 1664525 + 1013904223;  // Numerical Recipes' generator: nothing but arithmetic
            text += static_cast<char>('a' + (state >> 24) % 26);
        }
        text += "\r\n";
    }
    text.resize(size);
    return text;
}

std::string raw_frame(char letter, std::string_view payload, std::optional<std::uint32_t> length) {
    std::string frame;
    milterproto::core::append_frame(frame, letter, payload);
    if (length) {
        for (int i = 0; i != 4; ++i)
            frame[static_cast<std::size_t>(i)] = static_cast<char>(*length >> (24 - 8 * i) & 0xff);
    }
    return frame;
}

message_content split_content(std::string_view message) {
    message_content found;
    while (!message.empty()) {
        auto const line = take_line(message);
        if (line.empty()) break;
        if ((line.front() == ' ' || line.front() == '\t') && !found.fields.empty()) {
            found.fields.back().second.append("\n").append(line);
            continue;
        }
        auto const colon = std::min(line.find(':'), line.size());
        auto value = line.substr(std::min(colon + 1, line.size()));
        if (value.starts_with(' ')) value.remove_prefix(1);
        found.fields.emplace_back(line.substr(0, colon), value);
    }
    found.body = message;
    return found;
}

}  // namespace testmta::run
