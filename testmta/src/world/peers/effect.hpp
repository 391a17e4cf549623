#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "world/language/model.hpp"

namespace testmta::world {

/// Bytes to send, all at once or a few at a time, one or several times.
class sending {
public:
    explicit sending(std::string what, drip how = {0, {}}, std::uint32_t count = 1)
        : octets(std::move(what)), pace(how), times(count) {}
    std::string octets;
    drip pace;            ///< 0 bytes: all at once
    std::uint32_t times;  ///< 0: for ever
};

/// What the shell does for a visit, in order. After a TLS handshake the shell calls `secured`.
using effect = std::variant<sending, wait, stop_reading, start_tls, bounce, ending>;

}  // namespace testmta::world
