#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "world/language/model.hpp"

namespace testmta::world {

struct ports {
    std::uint16_t smtp;  ///< 0 if there is no peer
    std::uint16_t dns;
};

/// Returns a configuration with which vouchd asks this world's name server and peers, with the fence opened
/// for their addresses alone. Its sockets, log and state are in `folder`.
std::string vouchd_config(description const& what, ports where, std::filesystem::path const& folder);

}  // namespace testmta::world
