#pragma once

#include <cstddef>
#include <map>

#include "core/party.hpp"

namespace callout::core {

/// How many of a bounded number of things each party holds. What one may have depends on what is left
/// (`may_have_another`), so that no party takes what others need.
class holdings {
public:
    explicit holdings(std::size_t most) noexcept : most_(most) {}
    /// Changes how many there are; what is held stays.
    void limit(std::size_t most) noexcept { most_ = most; }

    bool has_room(party const& who) const;
    void add(party const& who);
    /// Takes back one; of a party that holds none, nothing.
    void remove(party const& who);
    void clear() noexcept;

    std::size_t held_by(party const& who) const;
    std::size_t most() const noexcept { return most_; }
    std::size_t size() const noexcept { return size_; }  ///< held by all together

private:
    std::size_t most_;
    std::size_t size_ = 0;
    std::map<party, std::size_t> held_;  ///< of those that hold any
};

}  // namespace callout::core
