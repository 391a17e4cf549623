#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "world/peers/certificate_authority.hpp"

namespace testmta::world {

/// One side of TLS, sans-IO: bytes of the wire go in and out, and so do bytes of SMTP.
class tls_channel {
public:
    /// Returns the server's side, with a certificate that the authority makes now. Throws std::runtime_error
    /// if OpenSSL cannot do it.
    static tls_channel server(certificate_authority const& authority, std::string const& host, tls_fault how);
    /// Returns a client's side, which accepts any certificate, and no version below the minimum (as TLS
    /// writes it: 0x0303 is 1.2).
    static tls_channel client(std::string const& server_name, int minimum_version);
    tls_channel(tls_channel&&) noexcept;
    ~tls_channel();

    void feed(std::string_view from_wire);
    /// Returns the bytes to send over the wire now.
    std::string to_wire();

    bool is_open() const noexcept { return open_; }       ///< the handshake is done
    bool has_failed() const noexcept { return failed_; }  ///< or the other side has closed TLS
    std::string const& problem() const noexcept {
        return problem_;
    }  ///< why it has failed, in OpenSSL's words
    std::string read();  ///< what arrived, in clear
    void write(std::string_view in_clear);
    std::string version() const;

private:
    struct library;
    explicit tls_channel(std::unique_ptr<library> tls);
    void shake_hands();
    /// Returns whether the connection cannot go on after this outcome of OpenSSL, and notes why.
    bool is_fatal(int outcome);

    std::unique_ptr<library> tls_;
    bool open_ = false;
    bool failed_ = false;
    std::string problem_;
};

}  // namespace testmta::world
