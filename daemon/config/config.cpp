#include "config/config.hpp"

#include <unistd.h>

#include <algorithm>
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
std::optional<callout::helo_name> machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return std::nullopt;
    auto const parsed = callout::helo_name::parse(name.data());
    return parsed ? std::optional(*parsed) : std::nullopt;
}

/// The literal of the first address that is not loopback: what EHLO says on a machine without a name.
callout::helo_name address_literal() {
    auto const all = own_addresses();
    auto const found =
        std::ranges::find_if(all, [](auto const& one) { return one.is_v4() && !one.is_loopback(); });
    auto const address = found == all.end() ? "127.0.0.1" : found->to_string();
    return *callout::helo_name::parse('[' + address + ']');
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

callout::helo_name config::helo_name() const {
    if (callout.helo) return *callout.helo;
    if (server.hostname) return *server.hostname;
    return machine_name().value_or(address_literal());
}

}  // namespace vouchd
