#pragma once

#include <cstdint>
#include <string_view>

namespace callout::core {

/// Returns a number that tells texts apart, and is the same in every run and on every machine: FNV-1a, 64
/// bits. It keeps no secret.
constexpr std::uint64_t fingerprint(std::string_view text) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3;
    std::uint64_t sum = 0xcbf29ce484222325;
    for (char const c : text) sum = (sum ^ static_cast<unsigned char>(c)) * prime;
    return sum;
}

}  // namespace callout::core
