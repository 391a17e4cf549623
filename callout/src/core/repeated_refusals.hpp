#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/lru.hpp"

namespace callout::core {

/// Notices when a host says to everybody what seemed to be said about one recipient. A refusal "by policy"
/// may be about the mailbox or about us, and the words do not tell; but a host that refuses several addresses
/// in the same words, and takes none in between, refuses us.
///
/// Owns no clock. Bounded: of each host the last few texts are known, and the host that was heard longest ago
/// is forgotten.
class repeated_refusals {
public:
    /// How many addresses that are refused alike stand for everybody.
    static constexpr std::size_t enough = 3;
    static constexpr std::size_t most_hosts = 10000;
    static constexpr std::size_t most_texts = 4;  ///< of one host

    /// Notes that a host has refused an address with a text (`gist_of`). Returns whether that is about us.
    bool refused(std::string const& host, std::string_view text, std::string_view address);
    /// Notes that a host has taken an address: it does talk to us.
    void accepted(std::string const& host) { hosts_.erase(host); }

    /// Forgets every host for whose name `is_doomed` holds.
    template <class Predicate>
    void forget_if(Predicate is_doomed) {
        hosts_.erase_if([&](std::string const& host, refusals const&) { return is_doomed(host); });
    }
    std::size_t size() const noexcept { return hosts_.size(); }

private:
    /// Those who were refused with one text, as fingerprints.
    struct refusal {
        std::uint64_t text = 0;
        std::size_t count = 0;
        std::array<std::uint64_t, enough> addresses{};

        void add(std::uint64_t address) noexcept;
    };
    using refusals = std::vector<refusal>;  ///< what was heard last stands last

    lru<std::string, refusals> hosts_{most_hosts};
};

}  // namespace callout::core
