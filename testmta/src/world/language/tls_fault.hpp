#pragma once

namespace testmta::world {

/// What is wrong with a peer's TLS.
enum class tls_fault {
    none,                ///< a certificate for its own name, signed by the world's authority
    self_signed,         ///< one that it has signed itself
    expired,             ///< the certificate expired yesterday
    wrong_name,          ///< the certificate is for another host
    no_name,             ///< the certificate has no subjectAltName
    old_version,         ///< TLS 1.0 and nothing newer
    client_certificate,  ///< it demands a certificate of the client
};

}  // namespace testmta::world
