#pragma once

#include <cstdint>

namespace smtpserver {

/// What a server does about line ends of a message or a command that are not CR LF (smtp-engine.md C.4). In
/// every mode only CR LF . CR LF ends a message.
enum class bare_line_ends : std::uint8_t {
    reject,     ///< a message with one, or with a NUL, is refused when it is complete
    normalize,  ///< a bare LF in a message becomes CR LF, and is accepted at the end of a command
    raw,        ///< the bytes are handed up as they are
};

/// What is odd about the bytes of a message.
struct content_faults {
    bool bare_lf = false;
    bool bare_cr = false;
    bool nul = false;
    bool long_line = false;  ///< longer than `connection_limits::content_line`
    bool operator==(content_faults const&) const = default;
};

}  // namespace smtpserver
