#pragma once

namespace testmta::world {

/// What is wrong with a peer's TLS.
enum class tls_fault {
    none,                ///< a self-signed certificate for its own name
    expired,             ///< the certificate expired yesterday
    wrong_name,          ///< the certificate is for another host
    no_name,             ///< the certificate has no subjectAltName
    old_version,         ///< TLS 1.0 and nothing newer
    client_certificate,  ///< it demands a certificate of the client
};

}  // namespace testmta::world
