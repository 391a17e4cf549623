#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/tls.hpp"
#include "callout/helo_name.hpp"
#include "callout/host_name.hpp"
#include "callout/mailbox.hpp"
#include "callout/phase_timeouts.hpp"

namespace callout {

class observer;

enum class cache_use {
    normal,   ///< what the daemon does for mail
    only,     ///< answer from the cache, or transient/in_progress without a connection
    refresh,  ///< ask the network, store the answer
    none,     ///< ask the network, store nothing (CO-152)
};

enum class purpose {
    sender,     ///< could a bounce reach it?
    recipient,  ///< would the next hop take it?
};

enum class mode {
    soft,  ///< a mail server waits
    hard,  ///< only a queue waits
};

/// An address in MAIL FROM; none is the null sender `<>`.
using reverse_path = std::optional<mailbox>;

enum class protocol { smtp, lmtp };

/// A host that is asked instead of those that DNS names.
class route_host {
public:
    explicit route_host(host_name host_, std::uint16_t port_ = 25, protocol via_ = protocol::smtp)
        : host(std::move(host_)), port(port_), via(via_) {}
    host_name host;
    std::uint16_t port;
    protocol via;
};

/// Explicit hosts in the order of asking. They are the operator's choice, so the fence does not check them.
using route = std::vector<route_host>;

/// Which hosts are asked about an address, in GNU Mailfromd's words. HOST may be a stranger's choice, so the
/// fence checks all of them.
enum class host_mode {
    mxfirst,    ///< those of the address's own domain
    mxonly,     ///< the MX of HOST, never its address records instead
    hostonly,   ///< HOST alone
    hostfirst,  ///< HOST, and after it its MX
};
class host_choice {
public:
    host_choice() {}
    host_choice(host_mode mode_, host_name host_) : mode(mode_), host(std::move(host_)) {}
    host_mode mode = host_mode::mxfirst;
    std::optional<host_name> host;  ///< unless the mode is mxfirst

    /// Returns whether it names a host that is asked, or asked first.
    bool names_a_host() const noexcept { return mode != host_mode::mxfirst && host.has_value(); }
};

/// What is asked besides the address itself (smtp-callout.md 3.5). Each costs another RCPT, or several.
struct extra_tests {
    bool random = false;          ///< does the host take everything?
    bool postmaster = false;      ///< after a pass: does postmaster@domain exist?
    bool fullpostmaster = false;  ///< the same, and `<postmaster>` if it does not

    /// Returns whether the answer of these tests also serves a question that wants those.
    constexpr bool covers(extra_tests const& wanted) const noexcept {
        return (random || !wanted.random) && (fullpostmaster || !wanted.fullpostmaster) &&
               (postmaster || fullpostmaster || !wanted.postmaster);
    }
};

/// The client for which a callout is made. Limits tell askers apart by `client`, log lines by all of it; what
/// is not known is empty.
class asker {
public:
    asker() {}
    std::optional<boost::asio::ip::address> client;
    std::string client_name;
    std::string helo;
    std::string authentication;
    std::string queue_id;
};

class request {
public:
    explicit request(callout::mailbox box) : address(std::move(box)) {}

    callout::mailbox address;
    callout::purpose purpose = callout::purpose::sender;
    cache_use cache = cache_use::normal;
    callout::mode mode = callout::mode::soft;
    std::optional<tls_use> tls;  ///< instead of `engine_options::tls`
    extra_tests tests;
    /// Tried in order; empty: `<>`, then `engine_options::fallback_sender`.
    std::vector<reverse_path> senders;
    callout::route route;                    ///< empty: as `engine_options::routes`, else DNS, says
    host_choice hosts;                       ///< a route and a HOST together are error/bad_request
    std::optional<helo_name> helo;           ///< instead of `engine_options::helo`
    std::optional<phase_timeouts> timeouts;  ///< instead of those of the mode
    asker who;
    observer* watcher = nullptr;  ///< borrowed until `verify` returns
};

}  // namespace callout
