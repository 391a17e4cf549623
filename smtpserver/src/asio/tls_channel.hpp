#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "smtpserver/core/connection.hpp"
#include "smtpserver/server.hpp"

namespace smtpserver::detail {

/// A certificate, its key, and the settings of all handshakes.
class tls_context {
public:
    /// Throws std::runtime_error, which names the file, if they cannot be used.
    explicit tls_context(tls_files const& files);
    ~tls_context();
    tls_context(tls_context const&) = delete;

    struct library;
    library const& use() const noexcept { return *library_; }

private:
    std::unique_ptr<library> library_;
};

/// The server's side of TLS, sans-IO: bytes of the wire go in and out, and so do bytes of SMTP.
class tls_channel {
public:
    explicit tls_channel(tls_context const& context);
    tls_channel(tls_channel&&) noexcept;
    ~tls_channel();

    /// Takes bytes of the wire, and goes on with the handshake while it is under way.
    void feed(std::string_view from_wire);
    /// Returns the bytes to send over the wire now.
    std::string to_wire();

    bool is_open() const noexcept { return is_open_; }      ///< the handshake is done
    bool has_ended() const noexcept { return has_ended_; }  ///< by a fault, or because the client closed TLS
    /// Returns what went wrong, in OpenSSL's words; empty if the client closed.
    std::string const& fault() const noexcept { return fault_; }

    void read(std::string& into);  ///< what arrived, in clear
    void write(std::string_view in_clear);
    void close();  ///< tells the client that nothing follows
    tls_facts facts() const;

private:
    struct library;
    void note_fault(int outcome);

    std::unique_ptr<library> library_;
    bool is_open_ = false;
    bool has_ended_ = false;
    std::string fault_;
};

}  // namespace smtpserver::detail
