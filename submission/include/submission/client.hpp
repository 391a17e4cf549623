#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "callout/doors/world.hpp"
#include "callout/tls_files.hpp"
#include "submission/batch.hpp"
#include "submission/destination.hpp"
#include "submission/events.hpp"
#include "submission/phase.hpp"
#include "submission/session_options.hpp"

namespace submission {

class client_options : public session_options {
public:
    client_options() {}
    phase_times times;
    std::chrono::milliseconds dns{30'000};  ///< for all lookups of one host
    bool use_ipv4 = true;
    bool use_ipv6 = true;
    std::optional<callout::ip_address> source;  ///< of the connections
    std::size_t max_hosts = 5;                  ///< of a domain
};

/// Sends mail. Belongs to one executor of one thread; several runs may be under way.
class client {
public:
    /// Uses the system's network, clock and resolver.
    explicit client(boost::asio::any_io_executor executor, client_options options = {},
                    callout::tls_files const& files = {});
    /// Uses doors that are given; they are borrowed.
    explicit client(callout::world const& doors, client_options options = {});
    ~client();
    client(client const&) = delete;

    /// Sends what is not complete, over one connection; a server whose address does not answer, or refuses
    /// before anything was sent, gives way to the next one. What has become of each message and recipient
    /// stands in the batch, whatever is returned: an error is about the session, such as
    /// `errc::nothing_to_do`, a lost connection, or a refused certificate.
    ///
    /// The batch and the observer, which may be null, are borrowed until then. Cancellation hangs up.
    [[nodiscard]] boost::asio::awaitable<result<void>> send(batch& what, destination to,
                                                            observer* watcher = nullptr);

private:
    class system_doors;
    std::unique_ptr<system_doors> own_;
    callout::world world_;
    client_options options_;
};

}  // namespace submission
