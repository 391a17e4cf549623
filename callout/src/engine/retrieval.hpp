#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace callout {

/// The keys that a store below memory is asked for, and those whose records it brought into memory.
class retrieval {
public:
    retrieval() {}
    explicit retrieval(std::vector<std::string> wanted) : keys(std::move(wanted)) {}

    bool has_asked_for(std::string const& key) const { return std::ranges::count(keys, key) > 0; }
    /// It was found, and went into memory.
    bool has_brought(std::string const& key) const { return std::ranges::count(brought, key) > 0; }

    std::vector<std::string> keys;
    std::vector<std::string> brought;
};

}  // namespace callout
