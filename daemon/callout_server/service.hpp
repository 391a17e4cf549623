#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/engine.hpp"
#include "config/live_config.hpp"
#include "log/event_log.hpp"

namespace vouchd {

/// `[callout_server]`: GNU Mailfromd's callout protocol on unix and TCP sockets, answered by the engine that
/// the milter asks, so with its cache, its limits and its fence. One coroutine reads, one writes and one for
/// each address under way verifies; no client waits for another. A session keeps the configuration with
/// which it began; each of its questions begins with the one in force.
class callout_service {
public:
    callout_service(boost::asio::any_io_executor executor, live_config const& live, callout::engine& engine,
                    callout::clock& clock, event_log& log);
    ~callout_service();

    /// Throws std::runtime_error with a remedy. Does nothing where the configuration has no such server.
    void start();
    /// Accepts no new client, and ends the sessions that have nothing under way.
    void drain();
    void stop();
    /// Returns when the last client has gone.
    boost::asio::awaitable<void> drained();
    /// The same, and when nothing is verified for clients any more: after `stop` that is as soon as the
    /// engine has told them so.
    boost::asio::awaitable<void> ended();

    std::size_t connections() const noexcept;
    /// Adds what strangers can fill here.
    void tell(callout::ledger& to) const;
    std::vector<milterproto::socket_spec> listening() const;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace vouchd
