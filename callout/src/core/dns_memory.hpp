#pragma once

#include <optional>
#include <string>

#include "callout/doors/resolver.hpp"
#include "core/lru.hpp"

namespace callout::core {

/// Keeps answers of the domain name system for as long as their TTL says, and no failures. Bounded; the least
/// recently used goes first. Owns no clock.
class dns_memory {
public:
    explicit dns_memory(std::size_t most) : known_(most) {}

    /// Returns the answer with what is left of its TTL.
    std::optional<dns_answer> find(std::string const& name, record_type type, steady_time now);
    void put(std::string const& name, record_type type, dns_answer answer, steady_time now);
    std::size_t size() const noexcept { return known_.size(); }

private:
    using question = std::pair<std::string, record_type>;
    struct entry {
        dns_answer answer;
        steady_time expires;
    };
    lru<question, entry> known_;
};

}  // namespace callout::core
