#pragma once

#include <optional>
#include <string>
#include <vector>

namespace testmta::bridge {

struct options {
    std::vector<std::string> listen;
    std::vector<std::string> milters;
    std::string dialect = "postfix";
    std::string milter_failure;              ///< empty: the dialect's own
    std::optional<unsigned> milter_timeout;  ///< in seconds; unset: the dialect's own
    std::vector<std::string> domains;
    std::string maildir;  ///< empty: none
    std::string relay;    ///< HOST or HOST:PORT; empty: none
    bool prints = false;
    bool speaks_lmtp = false;
    std::string tls_certificate, tls_key;  ///< PEM files; empty: no TLS
    std::string host_name;                 ///< empty: the machine's
};

/// Receives mail until SIGINT or SIGTERM. Returns the exit status.
int run(options const& wanted);

}  // namespace testmta::bridge
