#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/connection_limit.hpp"
#include "milterproto/core/error.hpp"
#include "milterproto/core/limits.hpp"
#include "milterproto/filter.hpp"
#include "milterproto/handler.hpp"
#include "milterproto/listener.hpp"
#include "milterproto/server_observer.hpp"
#include "milterproto/socket_spec.hpp"
#include "milterproto/task.hpp"

namespace milterproto {

class server_options : public listener_options {
public:
    server_options() {}
    /// One more is closed at once, and reported to `on_refused`, unless an idle one can be closed for it.
    std::size_t max_connections = 1000;
    /// How long a connection must have been without a message before it may be closed for a new one, when
    /// all places are taken; in the middle of a message, where its MTA is silent, 15 times as long. The
    /// client that has most connections gives way first.
    std::chrono::milliseconds yields_after{2'000};
    /// Servers that share a limit count their connections together; `max_connections` is not used then.
    std::shared_ptr<connection_limit> shared_limit;
    std::size_t max_payload = limits::payload;  ///< bytes after a packet's letter, unless more is agreed
    std::chrono::milliseconds negotiate_timeout{10'000};   ///< accepted to agreed
    std::chrono::milliseconds packet_timeout{30'000};      ///< first to last byte of one frame
    std::chrono::milliseconds idle_timeout{limits::idle};  ///< nothing at all (libmilter: smfi_settimeout)
    std::chrono::milliseconds write_timeout{30'000};       ///< the MTA reads nothing
    /// How often the MTA is told "I am still at it" while on_eom is slow; Sendmail waits 10 s for each (its
    /// R=).
    std::chrono::milliseconds progress_interval{5'000};
    missing_edits missing = missing_edits::refuse;
    /// Returns whether a peer on an inet socket is accepted; without a function all are.
    std::function<bool(boost::asio::ip::address const&)> admits;
};

/// Accepts milter connections and makes a filter for each. Belongs to one executor of one thread; several
/// servers may live in one process.
class server {
public:
    using factory = std::function<std::unique_ptr<filter>()>;

    /// `watcher` is borrowed and may be null.
    server(boost::asio::any_io_executor executor, factory make, server_options options,
           server_observer* watcher);
    ~server();
    server(server const&) = delete;

    /// Binds and listens (libmilter: smfi_opensocket). May be called several times. A port of 0 is chosen by
    /// the system, see `listening`.
    [[nodiscard]] result<void> listen(socket_spec const& where);
    std::vector<socket_spec> listening() const;

    /// Begins to accept. Returns at once (libmilter: smfi_main, which does not).
    void start();
    /// Accepts no more and removes unix sockets; sessions go on.
    void drain();
    /// Returns when no connection is left. A server that was not drained or stopped may still get new ones.
    /// Several coroutines may wait, and the server may be destroyed meanwhile: it stops then.
    [[nodiscard]] task<> drained();
    /// Returns when no connection is busy.
    [[nodiscard]] task<> rested();
    /// Ends every session: abort and close are called (libmilter: smfi_stop).
    void stop();
    std::size_t connections() const noexcept;
    /// Returns how many connections have a message or a callback under way.
    std::size_t busy() const noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace milterproto
