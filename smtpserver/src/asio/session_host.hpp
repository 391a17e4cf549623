#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string_view>

#include "relay_rule.hpp"
#include "smtpserver/callbacks.hpp"
#include "smtpserver/server.hpp"
#include "tls_channel.hpp"

namespace smtpserver::detail {

/// What all sessions of one server share. It outlives them.
class session_host {
public:
    session_host(boost::asio::any_io_executor on, std::vector<std::string> const& domains,
                 callbacks decided_by, server_options chosen, server_observer* told);
    session_host(session_host const&) = delete;

    boost::asio::any_io_executor executor;
    relay_rule relays;
    callbacks application;
    server_options options;
    std::shared_ptr<session_options const> session;
    std::unique_ptr<tls_context> tls;    ///< null if there is no certificate
    server_observer* watcher;            ///< somebody who ignores everything after `stop`
    std::array<char, 16 * 1024> shared;  ///< for reading

    /// A session is over, and leaves.
    virtual void on_ended(std::uint64_t number) = 0;

protected:
    ~session_host() = default;
};

}  // namespace smtpserver::detail
