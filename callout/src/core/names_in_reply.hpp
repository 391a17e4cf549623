#pragma once

#include <span>
#include <string>
#include <string_view>

namespace callout::core {

/// The names that a reply may repeat, and that say nothing: an address can be called `user.unknown@...`. All
/// are borrowed; what is empty is not known.
struct names_in_reply {
    std::string_view asked = {};                ///< the address that the command named
    std::string_view host = {};                 ///< the server's
    std::string_view helo = {};                 ///< ours
    std::span<std::string const> senders = {};  ///< ours; the empty one is `<>`
};

}  // namespace callout::core
