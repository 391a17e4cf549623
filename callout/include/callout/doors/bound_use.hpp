#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace callout {

/// Something that strangers can fill, how full it is, and its bound (docs/bounds.md).
class bound_use {
public:
    bound_use(std::string what_, std::size_t now_, std::size_t most_)
        : what(std::move(what_)), now(now_), most(most_) {}
    std::string what;  ///< a word, such as "dns_bytes"
    std::size_t now;
    std::size_t most;  ///< zero: the operator has lifted the bound
    bool operator==(bound_use const&) const = default;
};

/// Everything of one part that strangers can fill.
using ledger = std::vector<bound_use>;

}  // namespace callout
