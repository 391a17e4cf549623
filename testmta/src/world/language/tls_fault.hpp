#pragma once

namespace testmta::world {

/// What is wrong with a peer's TLS.
enum class tls_fault {
    none,                ///< a certificate of its own for its own name
    expired,             ///< since yesterday
    wrong_name,          ///< for another host
    no_name,             ///< for no host at all: without subjectAltName
    old_version,         ///< TLS 1.0 and nothing newer
    client_certificate,  ///< it wants one of the client
};

}  // namespace testmta::world
