#pragma once

#include <optional>
#include <string>

#include "callout/doors/resolver.hpp"
#include "core/lru.hpp"

namespace callout::core {

/// How much a memory of DNS answers may hold; the bound that is met first counts.
struct dns_memory_bounds {
    std::size_t entries = 50000;
    std::size_t bytes = std::size_t(16) << 20;
};

/// Keeps answers of the domain name system for as long as their TTL says, and no failures. The least recently
/// used goes first, one after the other until the bounds hold. Owns no clock.
class dns_memory {
public:
    explicit dns_memory(dns_memory_bounds most) : most_(most), known_(most.entries) {}

    /// Returns the answer with what is left of its TTL.
    std::optional<dns_answer> find(std::string const& name, record_type type, steady_time now);
    void put(std::string const& name, record_type type, dns_answer answer, steady_time now);
    std::size_t size() const noexcept { return known_.size(); }
    dns_memory_bounds const& most() const noexcept { return most_; }
    std::size_t bytes() const noexcept { return bytes_; }  ///< of the heap, as nearly as can be known

private:
    using question = std::pair<std::string, record_type>;
    struct entry {
        dns_answer answer;
        steady_time expires;
        std::size_t bytes;
    };

    static std::size_t bytes_of(question const& asked, dns_answer const& answer);
    void forget(question const& asked);

    dns_memory_bounds most_;
    lru<question, entry> known_;
    std::size_t bytes_ = 0;
};

}  // namespace callout::core
