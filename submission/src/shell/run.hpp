#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sending/notifier.hpp"
#include "sending/opening.hpp"
#include "shell/hosts.hpp"
#include "submission/client.hpp"

namespace submission::shell {

/// One run of a client: finds the addresses, and tries one after the other until one takes the batch.
class run {
public:
    /// All are borrowed but `to`.
    run(callout::world const& doors, client_options const& options, batch& what, destination to,
        observer* watcher);
    run(run const&) = delete;

    boost::asio::awaitable<boost::system::error_code> go();

private:
    boost::asio::awaitable<boost::system::error_code> try_hosts();
    boost::asio::awaitable<void> try_host(host_to_try const& host);
    boost::asio::awaitable<sending::ending> try_address(std::string const& host, callout::endpoint to);
    boost::asio::awaitable<sending::ending> connect(std::string const& host, callout::endpoint to,
                                                    sending::opening const& how);
    bool may_go_on_to(callout::endpoint to);
    void prepare_messages();

    callout::world world_;
    client_options const& options_;
    batch& what_;
    destination to_;
    sending::notifier tell_;
    unsigned attempts_ = 0;
    std::optional<callout::endpoint> tried_;  ///< the last address
    boost::system::error_code error_;
    bool is_over_ = false;
};

}  // namespace submission::shell
