#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

/// The work of a full filter, in the same lines for all filters, so that only the way to the events is
/// compared.
namespace bench {

inline constexpr char header_name[] = "X-Bench";

/// Returns the sum of the bytes, taken eight at a time, because the plain loop would cost more than
/// everything that is to be measured.
inline std::uint64_t sum_octets(std::string_view octets) noexcept {
    constexpr std::size_t word = sizeof(std::uint64_t);
    constexpr std::size_t words_in_run = 128;  // the sum of 128 bytes fits a lane of 16 bits
    constexpr std::uint64_t even_octets = 0x00ff00ff00ff00ff;
    constexpr std::uint64_t even_lanes = 0x0000ffff0000ffff;
    auto const* at = octets.data();
    auto const* const end = at + octets.size();
    std::uint64_t sum = 0;
    while (static_cast<std::size_t>(end - at) >= word * words_in_run) {
        std::uint64_t even = 0;
        std::uint64_t odd = 0;
        for (std::size_t i = 0; i < words_in_run; ++i, at += word) {
            std::uint64_t eight;
            std::memcpy(&eight, at, word);
            even += eight & even_octets;
            odd += (eight >> 8) & even_octets;
        }
        for (auto const lanes : {even, odd}) {
            auto const pairs = (lanes & even_lanes) + ((lanes >> 16) & even_lanes);
            sum += (pairs & 0xffffffff) + (pairs >> 32);
        }
    }
    for (; at != end; ++at) sum += static_cast<unsigned char>(*at);
    return sum;
}

/// One message as a full filter sees it: how many events it had from sender to end, and what its body adds up
/// to. The load driver knows both, and a filter that saw less fails.
class message_work {
public:
    void begin() noexcept {
        events_ = 1;
        sum_ = 0;
    }
    void event() noexcept { ++events_; }
    void body_octets(std::string_view octets) noexcept { sum_ += sum_octets(octets); }

    /// Writes the value of the header to add, such as "33 4310042", to `into`, and returns a view of it. It
    /// ends in NUL.
    std::string_view header_value(std::span<char, 48> into) const noexcept {
        auto* const last = into.data() + into.size() - 1;
        auto* at = std::to_chars(into.data(), last, events_).ptr;
        *at++ = ' ';
        at = std::to_chars(at, last, sum_).ptr;
        *at = '\0';
        return {into.data(), static_cast<std::size_t>(at - into.data())};
    }

private:
    std::uint64_t sum_ = 0;
    std::uint32_t events_ = 0;
};

}  // namespace bench
