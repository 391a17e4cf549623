#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string_view>

#include "smtpserver/core/connection.hpp"

namespace smtpserver {

/// How a connection ended.
enum class connection_end : std::uint8_t {
    orderly,    ///< after QUIT, or a last reply that was written
    lost,       ///< the client closed, or the network did
    unread,     ///< the client did not read its replies in time
    handshake,  ///< TLS could not begin
    stopped,    ///< by `server::stop`
    broken,     ///< an exception of the program's own, such as that memory is used up
};

/// Hears what operators want to know; logs are the program's own business. Must not throw.
class server_observer {
public:
    virtual ~server_observer() = default;
    virtual void on_accepted(connection const&) {}
    /// A client was turned away before a session began; `client` is its address.
    virtual void on_refused(std::string_view /*client*/, std::string_view /*why*/) {}
    virtual void on_closed(connection const&, connection_end) {}
    /// A callback, such as "on_mail", threw; the client heard 451 4.3.0.
    virtual void on_exception(connection const&, std::string_view /*callback*/, std::string_view /*what*/) {}
    /// A message could not be kept, for example because the disk is full; the client heard 452 4.3.1.
    virtual void on_spool_failure(connection const&, boost::system::error_code) {}
    virtual void on_handshake_failure(connection const&, std::string_view /*why*/) {}
    /// No connection can be accepted, usually because the descriptors are used up. Called once; the server
    /// tries again ten times a second until it is over.
    virtual void on_accept_failing(std::string_view /*listener*/, boost::system::error_code) {}
    virtual void on_accept_recovered(std::string_view /*listener*/) {}
};

}  // namespace smtpserver
