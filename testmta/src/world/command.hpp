#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace testmta::world {

struct options {
    std::string file;
    std::string write_config;  ///< empty: none
    std::string log;           ///< empty: none
    std::uint16_t port = 0;
    std::uint16_t dns_port = 0;
    bool only_list = false;   ///< name what is in the world, and end
    bool only_check = false;  ///< run its expectations against the engine, and end
    std::string only;         ///< the entries that are checked; empty: all
    std::string clock;        ///< "real" or "virtual" instead of the world's own; empty: its own
    std::optional<std::uint64_t> seed;
};

/// Plays the world until SIGINT or SIGTERM, lists or checks it; the exit status.
int run(options const& wanted);

}  // namespace testmta::world
