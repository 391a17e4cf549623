#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tls_fault.hpp"

namespace testmta::world {

/// The server's side of TLS, sans-IO: octets of the wire in and out, octets of SMTP in and out. Its key and
/// certificate are made when it is, so an expired one has always expired yesterday.
class tls_channel {
public:
    /// Throws std::runtime_error if OpenSSL can make no certificate.
    tls_channel(std::string const& host, tls_fault how);
    ~tls_channel();

    void feed(std::string_view from_wire);
    /// What is to be sent over the wire now.
    std::string to_wire();

    bool is_open() const noexcept { return open_; }      ///< the handshake is done
    bool has_failed() const noexcept { return failed_; }  ///< or the client has said goodbye
    std::string read();                                   ///< what arrived, in clear
    void write(std::string_view in_clear);

private:
    void shake_hands();

    struct library;
    std::unique_ptr<library> tls_;
    bool open_ = false;
    bool failed_ = false;
};

}  // namespace testmta::world
