#include "core/party.hpp"

#include <algorithm>

namespace callout::core {

party party::of_network(peer_address const& asker) {
    std::uint64_t network = 0;
    for (char const byte : asker.network()) network = network << 8 | static_cast<unsigned char>(byte);
    return party(asker.value().is_v4() ? kind::ipv4 : kind::ipv6, network);
}

namespace {

/// Returns whether one that has `held` may have one more, if it may have `times` as many as are left free.
bool may_have(party const& who, std::size_t held, std::size_t taken, std::size_t all, std::size_t times) {
    if (taken >= all) return false;
    if (who.is_background()) return held < std::max<std::size_t>(all / 4, 1);
    return held < times * (all - taken);
}

constexpr std::size_t for_two_thirds = 2, for_three_quarters = 3;

}  // namespace

bool may_have_another(party const& who, std::size_t held, std::size_t taken, std::size_t all) noexcept {
    return may_have(who, held, taken, all, who.is_unknown() ? for_three_quarters : 1);
}

bool may_begin_another(party const& who, std::size_t begun, std::size_t taken, std::size_t all) noexcept {
    return may_have(who, begun, taken, all, who.is_unknown() ? for_three_quarters : for_two_thirds);
}

}  // namespace callout::core
