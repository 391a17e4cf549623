#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/listener.hpp"
#include "milterproto/socket_spec.hpp"
#include "smtpserver/callbacks.hpp"
#include "smtpserver/core/session_options.hpp"
#include "smtpserver/server_observer.hpp"

namespace smtpserver {

using milterproto::result;
/// Where a server listens, such as "inet:25@*", "inet6:25@[::]" or "unix:/run/lmtp".
using milterproto::socket_spec;

/// PEM files. The first certificate is the server's own, those of its issuers follow.
struct tls_files {
    std::string certificate;
    std::string key;
    bool operator==(tls_files const&) const = default;
};

/// Whether mail is taken for subdomains of the domains that are named.
enum class subdomains : std::uint8_t { refused, relayed };

class server_options : public milterproto::listener_options {
public:
    server_options() {}
    /// What each session does. The server itself sets `tls`, AUTH, `asks` and `postmaster_domain`.
    session_options session;
    subdomains relayed_subdomains = subdomains::refused;
    /// One more gets 421 in place of a greeting.
    std::size_t max_connections = 1000;
    /// The same for one client: an IPv4 address, or a /64 network of IPv6.
    std::size_t max_connections_of_client = 50;
    /// A message of more bytes lies in a file of this folder, which has no name there.
    std::size_t message_memory = 256 * 1024;
    std::string spool_folder = "/var/tmp";
    std::chrono::milliseconds write_timeout{300'000};     ///< the client reads nothing
    std::chrono::milliseconds handshake_timeout{60'000};  ///< of TLS
    /// If it is given, STARTTLS is offered.
    std::optional<tls_files> tls;
    /// Returns whether a client is a proxy that may use XCLIENT; without a function none may.
    std::function<bool(boost::asio::ip::address const&)> may_xclient;
};

/// When TLS begins on a socket.
enum class tls_start : std::uint8_t {
    on_request,  ///< STARTTLS
    at_once,     ///< before the greeting (RFC 8314); needs `server_options::tls`
};

/// Receives mail by SMTP or LMTP and gives it to an application. Belongs to one executor of one thread.
class server {
public:
    /// Mail is taken for these domains, the first of which is that of postmaster and of MAILER-DAEMON. A `*`
    /// after the first lets all domains through; so does a client that has authenticated. Throws
    /// std::invalid_argument without a domain, and std::runtime_error if the TLS files cannot be used.
    /// `watcher` is borrowed and may be null.
    server(boost::asio::any_io_executor executor, std::vector<std::string> domains, callbacks application,
           server_options options = {}, server_observer* watcher = nullptr);
    ~server();
    server(server const&) = delete;

    /// Binds and listens. May be called several times. A port of 0 is chosen by the system, see `listening`.
    [[nodiscard]] result<void> listen(socket_spec const& where, tls_start tls = tls_start::on_request);
    std::vector<socket_spec> listening() const;

    /// Begins to accept. Returns at once.
    void start();
    /// Accepts no more. Sessions finish the transaction under way and then hear 421.
    void drain();
    /// Returns when no connection is left.
    [[nodiscard]] task<> drained();
    /// Ends every session at once, and cancels callbacks that wait.
    void stop();
    std::size_t connections() const noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace smtpserver
