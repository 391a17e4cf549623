#include "script/content.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::run {

namespace {

std::string_view take_line(std::string_view& rest) {
    auto const end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_blank(char octet) {
    return octet == ' ' || octet == '\t';
}

/// Returns the name of the field that begins here, or nothing if none does. Blanks before the colon are not
/// part of the name.
std::optional<std::string_view> field_name(std::string_view line) {
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto name = line.substr(0, colon);
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
    return is_field_name(name) ? std::optional(name) : std::nullopt;
}

}  // namespace

std::string fill(std::size_t size, std::uint32_t seed) {
    constexpr std::size_t line = 78;
    std::string text;
    text.reserve(size + line);
    auto state = seed;
    while (text.size() < size) {
        for (std::size_t i = 0; i != line - 2; ++i) {
            state = state * 1664525 + 1013904223;  // Numerical Recipes' generator, which is arithmetic alone
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

bool is_field_name(std::string_view name) {
    auto const fits = [](char octet) { return octet > ' ' && octet < '\x7f' && octet != ':'; };
    return !name.empty() && std::ranges::all_of(name, fits);
}

message_content split_content(std::string_view message) {
    message_content found;
    while (!message.empty()) {
        auto rest = message;
        auto const line = take_line(rest);
        bool const is_fold = !line.empty() && is_blank(line.front()) && !found.fields.empty();
        auto const name = field_name(line);
        if (is_fold) {
            found.fields.back().second.append("\n").append(line);
        } else if (name) {
            found.fields.emplace_back(*name, line.substr(line.find(':') + 1));
        } else {
            using enum message_content::end;
            found.header_end = line.empty() ? empty_line : no_field;
            if (line.empty()) message = rest;
            break;
        }
        message = rest;
        ++found.header_lines;
    }
    found.body = message;
    return found;
}

}  // namespace testmta::run
