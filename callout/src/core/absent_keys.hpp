#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/fingerprint.hpp"

namespace callout::core {

/// Remembers keys of which a store is known to hold nothing, so that it is not asked again for each question.
/// Strangers choose the names: its size is fixed, and a key that takes the place of another costs no more
/// than that the store is asked once more. Somebody who finds two keys with one fingerprint makes us ask the
/// network for what the store may know.
class absent_keys {
public:
    bool has(std::string_view key) const noexcept {
        auto const sum = fingerprint(key);
        return places_[place_of(sum)] == sum;
    }
    void add(std::string_view key) noexcept {
        auto const sum = fingerprint(key);
        places_[place_of(sum)] = sum;
    }
    void remove(std::string_view key) noexcept {
        auto const sum = fingerprint(key);
        auto& place = places_[place_of(sum)];
        if (place == sum) place = 0;
    }

private:
    static constexpr std::size_t most = 8192;  // 64 KiB

    /// The upper bits depend on all of the key, the lowest hardly on its beginning.
    static std::size_t place_of(std::uint64_t sum) noexcept { return (sum ^ sum >> 32) % most; }

    std::vector<std::uint64_t> places_ = std::vector<std::uint64_t>(most);  ///< fingerprints; 0 is none
};

}  // namespace callout::core
