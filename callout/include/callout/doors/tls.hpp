#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace callout {

/// What can be wrong with a file that a TLS client is given.
enum class tls_file_problem {
    authorities_unusable,  ///< those that are trusted: no regular file or folder, or not readable as PEM
    certificate_unusable,  ///< our own certificate or its key: no regular file, or a key that others may read
    no_certificate,        ///< there is a key, and it is not the one of the certificate, or cannot be decoded
};
class tls_file_fault {
public:
    tls_file_fault(tls_file_problem kind_, std::string text_) : kind(kind_), text(std::move(text_)) {}
    tls_file_problem kind;
    std::string text;  ///< names the file and what is wrong
};

/// When a callout upgrades by STARTTLS (RFC 3207). None of them judges certificates, unless an observer
/// decides `event::certificate_verdict`.
enum class tls_use {
    never,
    may,       ///< where it is offered
    ondemand,  ///< where a peer answers 530 and names STARTTLS
    require,   ///< a host without it is left
};

enum class tls_version : std::uint16_t { v1_0 = 0x0301, v1_1 = 0x0302, v1_2 = 0x0303, v1_3 = 0x0304 };

/// What a client asks for at the handshake.
class tls_wish {
public:
    tls_wish(std::string name, tls_version least) : server_name(std::move(name)), minimum(least) {}
    std::string server_name;  ///< goes out as SNI, and is what the certificate should name; an address
                              ///< literal is compared with iPAddress names and not sent
    tls_version minimum;
};

/// What to do when TLS fails.
enum class after_tls_failure {
    retry_plain,   ///< go on in clear; after a handshake, on a new connection. With `tls_use::require` it is
                   ///< `quit`.
    next_address,  ///< leave this address
    quit,          ///< leave the host
};

/// What a verifying client would hold against the peer. A set.
enum class certificate_problem : unsigned {
    none = 0,
    absent = 1,
    invalid = 2,  ///< no chain to a known authority, a broken signature, ...: `verify_code` says what
    expired = 4,
    wrong_name = 8,
    weak_cipher = 16,  ///< fewer than 128 bits
};
constexpr certificate_problem operator|(certificate_problem a, certificate_problem b) {
    return certificate_problem(unsigned(a) | unsigned(b));
}
constexpr bool includes(certificate_problem set, certificate_problem one) {
    return (unsigned(set) & unsigned(one)) != 0;
}

/// The result of a handshake.
class tls_session {
public:
    tls_session() {}
    std::string version;  ///< "TLSv1.3"
    std::string cipher;
    int bits = 0;
    certificate_problem problems = certificate_problem::none;
    long verify_code = 0;            ///< X509_V_*; 0 is good
    std::vector<std::string> names;  ///< the first few names that the certificate is for
};

}  // namespace callout
