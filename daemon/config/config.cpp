#include "config/config.hpp"

#include <unistd.h>

#include <array>

#include "callout/mailbox.hpp"
#include "config/own_addresses.hpp"

namespace vouchd {

namespace {

constexpr unsigned owner_and_group = 0660;

std::vector<callout::network> loopback_networks() {
    return {*callout::network::parse("127.0.0.0/8"), *callout::network::parse("::1")};
}

/// The machine's own name, if it is one that other hosts may know it by.
std::optional<std::string> machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return std::nullopt;
    if (!callout::is_helo_name(name.data())) return std::nullopt;
    return name.data();
}

/// The literal of the first address that is not loopback: what EHLO says on a machine without a name.
std::string address_literal() {
    for (auto const& address : own_addresses()) {
        if (address.is_loopback()) continue;
        if (address.is_v4()) return '[' + address.to_string() + ']';
    }
    return "[127.0.0.1]";
}

}  // namespace

std::string_view to_string(mode what) noexcept {
    return what == mode::enforce ? "enforce" : "monitor";
}

config::config() {
    milter.options.stale = milterproto::stale_socket::remove;
    milter.options.socket_mode = owner_and_group;
    milter.options.socket_group = default_socket_group;
    control.options.stale = milterproto::stale_socket::remove;
    control.options.socket_mode = owner_and_group;
    callout_server.session.allow_host = false;
    milter.allow_clients = loopback_networks();
    callout_server.allow_clients = loopback_networks();
    lists.own_networks = loopback_networks();
}

std::filesystem::path config::cache_file() const {
    return std::filesystem::path(server.state_dir) / cache.path;
}

std::string const& config::default_callout_server_url() const {
    return milter.callout_url.empty() ? callout_server.default_url : milter.callout_url;
}

std::string config::helo_name() const {
    if (!callout.helo.empty()) return callout.helo;
    if (!server.hostname.empty()) return server.hostname;
    return machine_name().value_or(address_literal());
}

}  // namespace vouchd
