#include "run/frame_fuzzer.hpp"

#include <algorithm>
#include <utility>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::run {

namespace {

constexpr std::size_t head = 4;
constexpr std::size_t most_added = 1024 * 1024;

void set_length(std::string& frame, std::uint32_t length) {
    for (std::size_t i = 0; i != head && i != frame.size(); ++i)
        frame[i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
}

void correct_length(std::string& frame) {
    set_length(frame, static_cast<std::uint32_t>(frame.size() - head));
}

std::vector<std::string> cut_into_frames(std::string_view octets) {
    std::vector<std::string> frames;
    while (!octets.empty()) {
        auto rest = octets;
        auto const length = milterproto::core::take_u32(rest);
        auto const size = length ? std::min<std::size_t>(head + *length, octets.size()) : octets.size();
        frames.emplace_back(octets.substr(0, size));
        octets.remove_prefix(size);
    }
    return frames;
}

}  // namespace

frame_fuzzer::frame_fuzzer(fuzz const& how, std::string_view name) : how_(how), state_(how.seed) {
    for (unsigned char const octet : name) state_ = (state_ ^ octet) * 0x100000001b3;  // FNV-1a
}

/// SplitMix64, which is arithmetic alone.
std::uint64_t frame_fuzzer::next() {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

mutation frame_fuzzer::choose() {
    for (;;) {
        auto const one = static_cast<mutation>(below(mutation_count));
        if ((how_.kinds >> static_cast<unsigned>(one) & 1) != 0) return one;
    }
}

std::vector<std::string> frame_fuzzer::mutate(std::string_view octets) {
    constexpr std::uint64_t all = 100;
    auto frames = cut_into_frames(octets);
    splits_ = false;
    for (std::size_t i = 0, count = frames.size(); i != count; ++i) {
        if (below(all) < how_.rate) change(frames, i);
    }
    std::string joined;
    for (auto const& one : frames) joined += one;
    return splits_ ? cut(joined) : std::vector<std::string>{std::move(joined)};
}

void frame_fuzzer::change(std::vector<std::string>& frames, std::size_t which) {
    static constexpr std::uint32_t odd_lengths[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff};
    auto& frame = frames[which];
    auto const place = [&] { return head + below(frame.size() - head + 1); };
    switch (choose()) {
        case mutation::length: set_length(frame, odd_lengths[below(std::size(odd_lengths))]); break;
        case mutation::command:
            if (frame.size() > head) frame[head] = static_cast<char>(below(256));
            break;
        case mutation::truncate: frame.resize(below(frame.size() + 1)); break;
        case mutation::duplicate: frame += std::string(frame); break;
        case mutation::reorder: std::swap(frame, frames[below(frames.size())]); break;
        case mutation::nul:
            frame.insert(place(), 1, '\0');
            correct_length(frame);
            break;
        case mutation::byte_flip: {
            auto& octet = frame[below(frame.size())];
            octet = static_cast<char>(static_cast<unsigned char>(octet) ^ 1u << below(8));
            break;
        }
        case mutation::oversize:
            frame.append(below(most_added), 'x');
            correct_length(frame);
            break;
        case mutation::split: splits_ = true; break;
    }
}

/// Cuts the bytes at a few places.
std::vector<std::string> frame_fuzzer::cut(std::string const& octets) {
    constexpr std::uint64_t most_pieces = 8;
    std::vector<std::string> writes;
    std::string_view rest = octets;
    for (auto pieces = below(most_pieces) + 1; pieces > 1 && rest.size() > 1; --pieces) {
        auto const size = below(rest.size() - 1) + 1;
        writes.emplace_back(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    writes.emplace_back(rest);
    return writes;
}

}  // namespace testmta::run
