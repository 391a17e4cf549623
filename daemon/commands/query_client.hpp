#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <stdexcept>

#include "commands/commands.hpp"
#include "control/daemon_status.hpp"
#include "explain/history.hpp"
#include "explain/query.hpp"
#include "host/engine_host.hpp"

namespace vouchd {

/// What can answer the query is not there; the text says what to do.
class unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Puts queries, one after the other.
class query_client {
public:
    virtual ~query_client() = default;
    /// Throws `unavailable`.
    virtual boost::asio::awaitable<explanation> ask(query what) = 0;
    /// Returns the decisions on one message that the daemon still knows, by the id or the queue id that the
    /// log tells. Throws `unavailable`.
    virtual boost::asio::awaitable<std::vector<logged_decision>> decisions_on(std::string message) = 0;
    /// Has the daemon forget what is known of an address or of a server. Returns how many records that were.
    /// Throws `unavailable`.
    virtual boost::asio::awaitable<std::size_t> forget(std::string what) = 0;
    /// Returns what the daemon says of itself. Throws `unavailable`.
    virtual boost::asio::awaitable<daemon_status> status() = 0;
};

/// Makes clients of one kind; those of `answered_by::standalone` share one engine.
class query_clients {
public:
    query_clients(boost::asio::any_io_executor executor, config const& values, answered_by whom);
    ~query_clients();
    std::unique_ptr<query_client> make();
    /// See `engine_host::wind_down`.
    void wind_down(boost::asio::io_context& loop);

private:
    boost::asio::any_io_executor executor_;
    config const& values_;
    std::unique_ptr<engine_host> host_;
    std::optional<judge> judge_;
};

}  // namespace vouchd
