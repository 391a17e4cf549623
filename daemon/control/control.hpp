#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/error.hpp"
#include "callout/engine.hpp"
#include "config/live_config.hpp"
#include "control/daemon_status.hpp"
#include "explain/history.hpp"
#include "log/event_log.hpp"
#include "policy/live_policy.hpp"

/// The control socket: one JSON document on each line, both ways. A program that may open the file may ask;
/// the file's mode is the access control.
namespace vouchd {

/// The daemon's end. Each query is answered by the configuration with which it began.
class control_server {
public:
    /// Makes what the daemon says of itself; the server adds its own clients.
    using status_source = std::function<daemon_status()>;
    static constexpr std::size_t most_clients = 300;  ///< the jobs of one `verify`, and others beside it
    /// How long a client may say nothing, or read nothing. While it waits for our answer no time runs.
    static constexpr std::chrono::minutes longest_silence{1};

    control_server(boost::asio::any_io_executor executor, live_config const& live, live_policy& policy,
                   callout::clock& clock, history const& past, callout::engine& engine, status_source status,
                   event_log& log);
    ~control_server();

    /// Throws std::runtime_error with a remedy.
    void start();
    void stop();

private:
    class state;
    std::shared_ptr<state> state_;
};

/// Returns the query for the decisions on one message, by its id or its queue id in the log.
boost::json::object query_about_message(std::string_view id);
/// Returns the command to forget what is known of an address or of a server (forgetting.hpp).
boost::json::object command_to_forget(std::string_view what);
/// Returns how many records went, if the document says so.
std::optional<std::size_t> forgotten_in(boost::json::value const& document);
/// Returns why the daemon did not answer, if the document says so.
std::optional<std::string> failure_in(boost::json::value const& document);

/// The command's end.
class control_client {
public:
    explicit control_client(boost::asio::any_io_executor const& executor) : socket_(executor) {}

    boost::asio::awaitable<boost::system::error_code> connect(std::string path);
    /// Puts one query, and returns the document that answers it.
    boost::asio::awaitable<callout::result<boost::json::value>> ask(boost::json::object query);

private:
    boost::asio::local::stream_protocol::socket socket_;
    std::string received_;
};

}  // namespace vouchd
