#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/socket_spec.hpp"
#include "run/report.hpp"
#include "run/script_choice.hpp"

namespace testmta::filter {

/// How the tests of scripts are served to MTAs.
struct server_plan {
    milterproto::socket_spec where;
    std::optional<unsigned> socket_mode;  ///< of a unix socket
    bool once = false;                    ///< ends when each test has had its connection
    std::string ready_file;               ///< gets the address when it listens; empty: none
    std::vector<std::string> hidden_macros;
};

/// What has come of all connections.
struct served {
    std::size_t passed = 0, failed = 0, skipped = 0;
    bool was_interrupted = false;
};

/// Listens, and plays the tests in turn, one for each connection; after the last comes the first. SIGINT and
/// SIGTERM end it. Throws `usage_error` if it cannot listen.
served serve(std::vector<run::script> const& scripts, server_plan const& plan,
             std::vector<run::report*> const& reports);

}  // namespace testmta::filter
