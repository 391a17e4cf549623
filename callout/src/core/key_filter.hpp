#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/secret_hash.hpp"

namespace callout::core {

/// Tells of a key that it was surely never added, in ten bits for each key (a Bloom filter). It takes one of
/// a hundred keys that were not added for one that was, until more than its capacity were. Strangers choose
/// the keys, so the hash is secret: nobody can look for keys that are taken for others.
class key_filter {
public:
    /// @param capacity at most `most_capacity`
    explicit key_filter(std::size_t capacity)
        : words_((capacity * bits_for_each + bits_of_word - 1) / bits_of_word), capacity_(capacity) {}

    /// Positions have 32 bits.
    static constexpr std::size_t most_capacity = std::size_t(16) << 20;

    void add(std::string_view key) {
        std::uint64_t all_were_set = 1;
        each_bit(words_, key, [&](std::uint64_t& word, unsigned at) {
            all_were_set &= word >> at;
            word |= std::uint64_t(1) << at;
        });
        added_ += 1 - all_were_set;
    }
    bool may_have(std::string_view key) const {
        std::uint64_t all_are_set = 1;
        each_bit(words_, key, [&](std::uint64_t word, unsigned at) { all_are_set &= word >> at; });
        return all_are_set != 0;
    }
    bool is_full() const noexcept { return added_ >= capacity_; }
    std::size_t size() const noexcept { return added_; }

private:
    static constexpr std::size_t bits_for_each = 10;
    static constexpr std::size_t bits_of_word = 64;
    static constexpr unsigned bits_of_key = 7;  ///< the best for ten bits for each key: 10 * ln 2

    /// Calls `visit(word, position)` for each bit of a key. The two halves of one sum serve as all hashes
    /// that are needed (Kirsch and Mitzenmacher, "Less hashing, same performance").
    template <class Words, class Visitor>
    void each_bit(Words& words, std::string_view key, Visitor visit) const {
        std::uint64_t const sum = hash_(key);
        auto at = static_cast<std::uint32_t>(sum);
        auto const step = static_cast<std::uint32_t>(sum >> 32) | 1;
        std::uint64_t const bits = words.size() * bits_of_word;
        for (unsigned i = 0; i < bits_of_key; ++i, at += step) {
            auto const bit = at * bits >> 32;
            visit(words[bit / bits_of_word], static_cast<unsigned>(bit % bits_of_word));
        }
    }

    std::vector<std::uint64_t> words_;
    std::size_t capacity_;
    std::size_t added_ = 0;
    secret_hash hash_;
};

}  // namespace callout::core
