#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>

#include "callout/resolver.hpp"

namespace callout::core {

/// Answers of the name system, kept as long as they say themselves. Failures are not kept. Bounded; the least
/// recently used goes first. Owns no clock.
class dns_memory {
public:
    explicit dns_memory(std::size_t most) : most_(most) {}

    /// With the life time that is left.
    std::optional<dns_answer> find(std::string const& name, record_type type, steady_time now);
    void put(std::string const& name, record_type type, dns_answer answer, steady_time now);
    std::size_t size() const noexcept { return index_.size(); }

private:
    using question = std::pair<std::string, record_type>;
    struct entry {
        question asked;
        dns_answer answer;
        steady_time expires;
    };
    using order = std::list<entry>;  ///< the most recently used first

    std::size_t most_;
    order order_;
    std::map<question, order::iterator> index_;
};

}  // namespace callout::core
