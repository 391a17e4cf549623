#include <unistd.h>

#include "config/config.hpp"
#include "config/groups.hpp"
#include "config/networks.hpp"
#include "config/own_addresses.hpp"

/// What of the options depends on the machine, or on several sections. All else stands in the configuration
/// as its part takes it.
namespace vouchd {

namespace {

/// The default group is Postfix's; a machine without Postfix, or a process that may not give files away, goes
/// without.
bool is_usable(std::string const& group) {
    if (group != config::default_socket_group) return true;
    return ::geteuid() == 0 && is_group(group);
}

}  // namespace

callout::engine_options config::engine_options() const {
    auto options = engine;
    options.helo = helo_name();
    auto const ours = own_addresses();
    options.destinations.own_addresses.assign(ours.begin(), ours.end());
    return options;
}

std::optional<store_options> config::store_options() const {
    if (cache.backend == backend::memory) return std::nullopt;
    return vouchd::store_options{cache_file(), cache.flush_interval, cache.max_entries};
}

milterproto::server_options config::milter_options() const {
    auto options = milter.options;
    options.admits = [allowed = milter.allow_clients](boost::asio::ip::address const& peer) {
        return is_in(allowed, peer);
    };
    if (options.socket_group && !is_usable(*options.socket_group)) options.socket_group.reset();
    return options;
}

milterproto::listener_options config::callout_listener_options() const {
    milterproto::listener_options options;
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = milter.options.socket_mode;
    options.socket_group = callout_server.socket_group;
    return options;
}

::callout::core::callout_server_options config::callout_session_options(client_place client) const {
    auto options = callout_server.session;
    if (client == client_place::near) options.allow_host = true;
    options.ehlo = helo_name().text();
    return options;
}

}  // namespace vouchd
