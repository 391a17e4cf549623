#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "callout/peer_address.hpp"

namespace callout::core {

/// Who shares in something with others: a network of askers, those of whom no address is known, or our own
/// background.
class party {
public:
    static party of_network(peer_address const& asker);
    static constexpr party unknown() noexcept { return party(kind::unknown, 0); }
    static constexpr party background() noexcept { return party(kind::background, 0); }

    bool is_background() const noexcept { return kind_ == kind::background; }
    bool is_unknown() const noexcept { return kind_ == kind::unknown; }
    auto operator<=>(party const&) const = default;

private:
    enum class kind : std::uint8_t { ipv4, ipv6, unknown, background };
    constexpr party(kind what, std::uint64_t network) noexcept : kind_(what), network_(network) {}
    kind kind_;
    std::uint64_t network_;
};

/// Returns whether a party that holds `held` of `all` may have one more, if `taken` are taken by anybody.
///
/// A network may hold as many as are left free: alone it gets half, and however many networks there are, one
/// that comes for the first time finds room. Askers without an address, which are programs of our own
/// machines, may hold three quarters, and the background one.
bool may_have_another(party const& who, std::size_t held, std::size_t taken, std::size_t all) noexcept;

/// The same of what may begin in a time. A network alone may begin two thirds of it: the mail of a large
/// provider comes from one network, and what was begun makes room by itself.
bool may_begin_another(party const& who, std::size_t begun, std::size_t taken, std::size_t all) noexcept;

}  // namespace callout::core
