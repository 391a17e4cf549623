#pragma once

#include <cstdint>
#include <string_view>

namespace callout::core {

/// The key of a hash: 128 bits that nobody else knows.
struct hash_key {
    std::uint64_t first, second;
};

/// Returns SipHash-1-3 of some bytes, the form of SipHash for hash tables (Aumasson and Bernstein, "SipHash:
/// a fast short-input PRF"): somebody who does not know the key cannot find bytes with equal sums.
std::uint64_t siphash(hash_key const& key, std::string_view bytes) noexcept;

}  // namespace callout::core
