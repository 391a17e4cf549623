#include "config.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstring>

#include "callout/mailbox.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;

callout::network network_of(char const* text) {
    return *callout::network::parse(text);
}

/// The machine's own name, if it is one that other hosts may know it by.
std::optional<std::string> machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return std::nullopt;
    if (!callout::is_helo_name(name.data())) return std::nullopt;
    return name.data();
}

std::vector<asio::ip::address> own_addresses() {
    std::vector<asio::ip::address> found;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return found;
    for (auto const* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            auto const* in = reinterpret_cast<sockaddr_in const*>(one->ifa_addr);
            found.push_back(asio::ip::address_v4(ntohl(in->sin_addr.s_addr)));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            auto const* in = reinterpret_cast<sockaddr_in6 const*>(one->ifa_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
            found.push_back(asio::ip::address_v6(bytes));
        }
    }
    ::freeifaddrs(first);
    return found;
}

/// The literal of the first address that is not loopback: what EHLO says on a machine without a name.
std::string address_literal() {
    for (auto const& address : own_addresses()) {
        if (address.is_loopback()) continue;
        if (address.is_v4()) return '[' + address.to_string() + ']';
    }
    return "[127.0.0.1]";
}

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

}  // namespace

std::string_view to_string(mode what) noexcept {
    return what == mode::enforce ? "enforce" : "monitor";
}

config::config() {
    milter.allow_clients = {network_of("127.0.0.0/8"), network_of("::1")};
    lists.own_networks = milter.allow_clients;
    callout_server.allow_clients = milter.allow_clients;
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

callout::engine_options config::engine_options() const {
    auto const allows = [this](ip_version v) {
        return std::ranges::find(callout.ip_versions, v) != callout.ip_versions.end();
    };
    ::callout::engine_options options;
    options.port = static_cast<std::uint16_t>(callout.port);
    options.helo = helo_name();
    if (callout.mail_from.size() > 1) {
        options.fallback_sender = ::callout::mailbox::parse(callout.mail_from[1])->address();
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

}  // namespace vouchd
