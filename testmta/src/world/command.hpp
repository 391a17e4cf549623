#pragma once

#include <cstdint>
#include <string>

namespace testmta::world {

struct options {
    std::string file;
    std::string write_config;  ///< empty: none
    std::string log;           ///< empty: none
    std::uint16_t port = 0;
    std::uint16_t dns_port = 0;
    bool only_list = false;  ///< name what is in the world, and end
};

/// Plays the world until SIGINT or SIGTERM; the exit status.
int run(options const& wanted);

}  // namespace testmta::world
