#include "load/recent_frames.hpp"

#include <algorithm>
#include <cstdio>

#include "milterproto/core/wire/codec.hpp"
#include "run/decode.hpp"

namespace testmta::load {

namespace {

constexpr std::size_t length_octets = 4;
constexpr std::size_t frame_head = 5;

/// Returns how long the frame is that begins here, or 0 if that is not known.
std::size_t frame_size(std::string_view octets) {
    auto const length = milterproto::core::take_u32(octets);
    return length && *length != 0 ? length_octets + *length : 0;
}

}  // namespace

void recent_frames::sent(std::string_view octets) {
    add('>', octets);
}

void recent_frames::received(std::string_view octets) {
    add('<', octets);
}

void recent_frames::add(char way, std::string_view octets) {
    auto const now = clock::now();
    while (!octets.empty()) {
        auto size = frame_size(octets);
        if (size == 0 || size > octets.size()) size = octets.size();
        add(way, octets.substr(0, size), now);
        octets.remove_prefix(size);
    }
}

void recent_frames::add(char way, std::string_view octets, clock::time_point when) {
    auto& one = entries_[count_++ % most];
    one.when = when;
    one.way = way;
    one.size = octets.size();
    std::ranges::copy(octets.substr(0, most_octets), one.begin.begin());
}

std::string recent_frames::describe(entry const& one) {
    std::string_view const kept(one.begin.data(), std::min(one.size, most_octets));
    auto const whole = one.size >= frame_head && (one.size > most_octets || frame_size(kept) == one.size);
    if (!whole) return "bytes that are not a whole frame";
    auto const from = one.way == '>' ? run::sender::mta : run::sender::filter;
    auto text = run::describe_frame(from, kept[length_octets], kept.substr(frame_head));
    if (one.size > most_octets) text += "... (" + std::to_string(one.size) + " bytes in all)";
    return text;
}

std::string recent_frames::format() const {
    std::string out;
    auto const first = count_ - std::min(count_, most);
    for (auto number = first; number != count_; ++number) {
        auto const& one = entries_[number % most];
        auto const time = one.when - entries_[first % most].when;
        char milliseconds[32];
        std::snprintf(milliseconds, sizeof milliseconds, "%8.3f ms ",
                      std::chrono::duration<double, std::milli>(time).count());
        out.append(milliseconds).append(1, one.way).append(" ").append(describe(one)).append("\n");
        out += run::hex_dump({one.begin.data(), std::min(one.size, most_octets)}, "                ");
    }
    return out;
}

}  // namespace testmta::load
