#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callout/options.hpp"
#include "callout/request.hpp"
#include "core/cache_keys.hpp"

namespace callout::core {

/// One question, resolved once: what the request says, and the engine's options where it says nothing. The
/// keys of the cache, the plan of hosts, the dialogue and the keys of sessions derive from it.
class brief {
public:
    brief(request&& asked, engine_options const& options);

    /// Returns HOST if the choice of hosts begins there, else the domain of the address.
    std::string const& first_host() const noexcept;
    phase_timeouts const& times(mode pace) const noexcept { return pace == mode::soft ? soft : hard; }

    mailbox address;
    extra_tests tests;
    std::optional<boost::asio::ip::address> client;  ///< that causes it: limits tell askers apart by it

    // which hosts are asked
    callout::route route;  ///< explicit hosts, in order; empty if `hosts` says which
    host_choice hosts;
    std::uint16_t port;  ///< for hosts that no route names
    bool implicit_mx;    ///< a host without MX is asked itself

    // as whom
    std::string helo;
    std::vector<std::string> senders;  ///< in the order of trying; empty is `<>`
    tls_use tls;
    bool has_own_helo;     ///< it differs from the engine's
    bool has_own_senders;  ///< they differ from the engine's
    bool has_own_tls;

    // how
    phase_timeouts soft, hard;
    bool reuses_sessions;
    std::size_t max_recipients;  ///< in one session
    reply_rules rules;
    std::size_t random_length;   ///< of the made-up local part
    bool folds_local_part_case;  ///< in the cache's keys

    cache_keys keys;
};
/// Shared with what asks the same later, or again.
using shared_brief = std::shared_ptr<brief const>;

}  // namespace callout::core
