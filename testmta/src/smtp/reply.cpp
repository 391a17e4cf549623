#include "testmta/smtp/reply.hpp"

#include <algorithm>

namespace testmta::smtp {

namespace {

std::string clean(std::string_view line) {
    std::string text(line);
    std::ranges::replace_if(
        text, [](unsigned char octet) { return (octet < ' ' && octet != '\t') || octet == 0x7f; }, '?');
    return text;
}

}  // namespace

reply::reply(int code, std::string_view enhanced, std::string_view text) : code_(code) {
    std::string const prefix = enhanced.empty() ? "" : std::string(enhanced) + ' ';
    for (std::size_t from = 0; from <= text.size();) {
        auto const end = std::min(text.find('\n', from), text.size());
        lines_.push_back(prefix + clean(text.substr(from, end - from)));
        from = end + 1;
    }
}

void reply::repeat(std::size_t lines) {
    lines_.resize(1);
    times_ = lines;
}

std::size_t reply::size() const noexcept {
    constexpr std::size_t code_and_ends = 6;
    std::size_t once = 0;
    for (auto const& line : lines_) once += line.size() + code_and_ends;
    return once * times_;
}

std::string reply::encode() const {
    std::string octets;
    octets.reserve(size());
    for (auto left = times_; left != 0; --left) {
        for (auto const& line : lines_) {
            bool const is_last = left == 1 && &line == &lines_.back();
            octets += std::to_string(code_);
            octets += is_last ? ' ' : '-';
            octets += line;
            octets += "\r\n";
        }
    }
    return octets;
}

}  // namespace testmta::smtp
