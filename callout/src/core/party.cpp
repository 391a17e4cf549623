#include "core/party.hpp"

#include <algorithm>

namespace callout::core {

party party::of_network(peer_address const& asker) {
    std::uint64_t network = 0;
    for (char const byte : asker.network()) network = network << 8 | static_cast<unsigned char>(byte);
    return party(asker.value().is_v4() ? kind::ipv4 : kind::ipv6, network);
}

bool may_have_another(party const& who, std::size_t held, std::size_t taken, std::size_t all) noexcept {
    if (taken >= all) return false;
    auto const free = all - taken;
    if (who.is_background()) return held < std::max<std::size_t>(all / 4, 1);
    return held < (who.is_unknown() ? 3 * free : free);
}

}  // namespace callout::core
