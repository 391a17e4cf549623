#pragma once

#include <memory>
#include <string>

#include "world/language/tls_fault.hpp"

namespace testmta::world {

/// The authority that signs the certificates of a world's peers. It is made anew for each world, so that
/// nothing that trusts it trusts anything else.
class certificate_authority {
public:
    /// Throws std::runtime_error if OpenSSL cannot make a certificate.
    certificate_authority();
    certificate_authority(certificate_authority const&) = delete;
    ~certificate_authority();

    /// Returns its certificate, as PEM.
    std::string pem() const;

    /// A key and the certificate for it.
    struct identity;
    /// Returns an identity for the host, which is made now: an expired certificate always expired yesterday.
    identity issue(std::string const& host, tls_fault how) const;

private:
    std::unique_ptr<identity> own_;
};

}  // namespace testmta::world
