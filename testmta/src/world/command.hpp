#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace testmta::world {

struct options {
    std::string file;
    std::string write_config;  ///< empty: none
    std::string log;           ///< empty: none
    std::string control;       ///< inet:PORT@ADDRESS; empty: none
    std::string ca_file;       ///< empty: none
    std::string save_mail;     ///< a folder; empty: none
    std::string ready_file;    ///< empty: none
    bool json = false;         ///< where everything listens is printed as JSON
    std::uint16_t port = 0;
    std::uint16_t dns_port = 0;
    bool only_list = false;   ///< list what is in the world, and exit
    bool only_check = false;  ///< run its expectations against the callout engine, and exit
    bool verify = false;      ///< at the end, judge what its peers have seen
    std::string only;         ///< a pattern for the entries to check; empty: all
    std::string clock;        ///< "real" or "virtual", overriding the world's own; empty: the world's own
    std::optional<std::uint64_t> seed;
};

/// Serves the world until SIGINT or SIGTERM, or lists or checks it. Returns the exit status.
int run(options const& wanted);

}  // namespace testmta::world
