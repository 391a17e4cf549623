#include <grp.h>
#include <unistd.h>

#include <algorithm>

#include "callout/mailbox.hpp"
#include "callout/mailfromd/server.hpp"
#include "config/config.hpp"
#include "config/networks.hpp"
#include "config/own_addresses.hpp"
#include "milterproto/server.hpp"

/// What the configuration means to each part of the daemon: one assignment for each value, and no decision
/// that the part could make itself.
namespace vouchd {

namespace {

namespace asio = boost::asio;

constexpr std::size_t longest_plain_packet = 64 * 1024;

std::optional<asio::ip::address> source(std::string const& text) {
    if (text.empty()) return std::nullopt;
    boost::system::error_code bad;
    auto const address = asio::ip::make_address(text, bad);
    if (bad) return std::nullopt;
    return address;
}

std::chrono::seconds whole(std::chrono::milliseconds duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration);
}

/// Permissions as the configuration has them, in octal: "0660". They were checked with it.
unsigned permissions(std::string const& mode) {
    constexpr int octal = 8;
    return static_cast<unsigned>(std::stoul(mode, nullptr, octal));
}

/// The default group is Postfix's; a machine without Postfix, or a process that may not give files away, goes
/// without.
std::optional<std::string> usable_group(std::string const& group) {
    if (group.empty()) return std::nullopt;
    if (group != config::default_socket_group) return group;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): at start, when there is one thread
    bool const is_usable = ::geteuid() == 0 && ::getgrnam(group.c_str()) != nullptr;
    return is_usable ? std::optional(group) : std::nullopt;
}

}  // namespace

callout::engine_options config::engine_options() const {
    auto const allows = [this](ip_version v) {
        return std::ranges::find(callout.ip_versions, v) != callout.ip_versions.end();
    };
    ::callout::engine_options options;
    options.port = static_cast<std::uint16_t>(callout.port);
    options.helo = *::callout::helo_name::parse(helo_name());
    if (callout.mail_from.size() > 1) {
        options.fallback_sender = *::callout::mailbox::parse(callout.mail_from[1]);
    }
    options.prefer_ipv4 = callout.ip_versions.front() == ip_version::v4;
    options.use_ipv4 = allows(ip_version::v4);
    options.use_ipv6 = allows(ip_version::v6);
    options.source_ipv4 = source(callout.source_ipv4);
    options.source_ipv6 = source(callout.source_ipv6);
    options.max_mx = callout.max_mx;
    options.max_addresses_per_mx = callout.max_addresses_per_mx;
    options.implicit_mx = dns.implicit_mx;
    options.allow_address_literals = destinations.allow_address_literals;
    options.dns_total = dns.total;
    options.soft = callout.soft;
    options.hard = callout.hard;
    options.hard_total = callout.hard_total;
    options.tls = callout.starttls;
    options.tls_min_version = callout.tls_min_version;
    options.reuse_sessions = callout.reuse_sessions;
    options.max_rcpt_per_session = callout.max_rcpt_per_session;
    options.session_idle = callout.session_idle;
    options.limits = callout.limits;
    options.catch_all_local_part_length = callout.local_part_length;
    options.lifetimes.catch_all = whole(callout.catch_all_ttl);
    options.reply_limits.line = callout.max_reply_line.count;
    options.reply_limits.lines = callout.max_reply_lines;
    options.reply_limits.total = callout.max_session_bytes.count;
    options.destinations.deny_special_purpose = destinations.deny_special_purpose;
    options.destinations.deny_own_addresses = destinations.deny_own_addresses;
    options.destinations.deny = destinations.deny;
    options.destinations.allow = destinations.allow;
    options.destinations.own_addresses = own_addresses();
    options.lifetimes.positive = whole(cache.positive_ttl);
    options.lifetimes.positive_refresh = whole(cache.positive_refresh);
    options.lifetimes.negative = whole(cache.negative_ttl);
    options.lifetimes.temporary = whole(cache.temporary_ttl);
    options.lifetimes.policy_block = whole(cache.policy_block_ttl);
    options.lifetimes.domain_negative = whole(cache.domain_negative_ttl);
    options.lifetimes.jitter_percent = static_cast<unsigned>(cache.jitter);
    options.fold_local_part_case = cache.fold_local_part_case;
    options.memory_entries = cache.memory_entries;
    options.dns_cache_entries = dns.cache_entries;
    return options;
}

callout::resolver_options config::resolver_options() const {
    ::callout::resolver_options options;
    options.servers = dns.servers;
    options.timeout = dns.timeout;
    options.tries = static_cast<unsigned>(dns.tries);
    options.max_cname = dns.max_cname;
    options.min_ttl = whole(dns.min_ttl);
    options.max_ttl = whole(dns.max_ttl);
    options.negative_ttl = whole(dns.negative_ttl);
    return options;
}

std::optional<store_options> config::store_options() const {
    if (cache.backend == backend::memory) return std::nullopt;
    return vouchd::store_options{cache_file(), cache.flush_interval, cache.max_entries};
}

milterproto::server_options config::milter_options() const {
    milterproto::server_options options;
    options.max_connections = milter.max_connections;
    // The configuration counts the command octet.
    options.max_payload = milter.max_packet.count > longest_plain_packet ? milter.max_packet.count
                                                                         : milter.max_packet.count - 1;
    options.negotiate_timeout = milter.negotiate_timeout;
    options.packet_timeout = milter.packet_timeout;
    options.idle_timeout = milter.idle_timeout;
    options.admits = [allowed = milter.allow_clients](asio::ip::address const& peer) {
        return is_in(allowed, peer);
    };
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = permissions(milter.socket_mode);
    options.socket_group = usable_group(milter.socket_group);
    return options;
}

milterproto::listener_options config::callout_listener_options() const {
    milterproto::listener_options options;
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = permissions(milter.socket_mode);
    return options;
}

::callout::core::callout_server_options config::callout_session_options(client_place client) const {
    ::callout::core::callout_server_options options;
    options.max_line = callout_server.max_line.count;
    options.max_queue = callout_server.max_queue_per_session;
    options.allow_host = client == client_place::near || callout_server.allow_host_parameter;
    options.ehlo = helo_name();
    return options;
}

milterproto::listener_options config::control_listener_options() const {
    milterproto::listener_options options;
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = permissions(control.socket_mode);
    return options;
}

}  // namespace vouchd
