#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/tls.hpp"
#include "callout/helo_name.hpp"
#include "callout/reply.hpp"
#include "submission/credentials.hpp"

namespace submission {

/// How far TLS is wanted. An observer may decide otherwise about a certificate.
enum class tls_policy : std::uint8_t {
    never,
    may,       ///< where it is offered, whoever the server is; in clear where it fails
    require,   ///< whoever the server is
    verified,  ///< and its certificate must be valid, and name the host
};

/// When TLS begins.
enum class tls_start : std::uint8_t {
    on_request,  ///< STARTTLS
    at_once,     ///< before the greeting (RFC 8314, port 465)
};

/// When a message goes out as BDAT. BINARYMIME always does.
enum class chunking : std::uint8_t { never, where_offered };

/// What may be sent before the replies to what was sent earlier.
enum class pipelining : std::uint8_t {
    never,
    recipients,          ///< MAIL and RCPTs, where it is offered
    recipients_and_data  /// and DATA after them. Then a `data_ready` that is decided with `abort` ends the
                         /// connection.
};

/// How a client behaves in each session.
class session_options {
public:
    session_options() {}
    callout::helo_name helo;
    tls_policy tls = tls_policy::verified;
    callout::tls_version least_tls = callout::tls_version::v1_2;
    std::vector<callout::tls_file_fault> tls_faults;  ///< of our own files
    std::optional<credentials> login;
    submission::chunking chunking = submission::chunking::where_offered;
    std::size_t chunk = 256 * 1024;
    submission::pipelining pipelining = submission::pipelining::recipients_and_data;
    /// How many recipients one transaction has at most. More go out in further ones, and so do those that the
    /// server does not take because they are too many.
    std::size_t recipients_of_transaction = std::numeric_limits<std::size_t>::max();
    /// Of one reply. The sum over a session is bounded by the number of commands.
    callout::core::reply_limits replies{
        .line = 2048, .lines = 128, .kept_line = 512, .total = std::numeric_limits<std::size_t>::max()};
};

}  // namespace submission
