#include "config/schema.hpp"

#include <algorithm>
#include <limits>

#include "config/value.hpp"

namespace vouchd {

namespace {

/// A key whose value is read and printed as its type is.
template <class Member>
key value_at(std::string_view path, Member member) {
    return {path, [member](config& into, toml::node const& node) { return read(node, member(into)); },
            // The accessors are written once, for a config that may be changed; printing changes nothing.
            [member](config const& from) { return print(member(const_cast<config&>(from))); }};
}

template <class Member>
key number_at(std::string_view path, std::size_t least, std::size_t most, Member member) {
    return {path, [=](config& into, toml::node const& node) { return read(node, member(into), least, most); },
            [member](config const& from) { return print(member(const_cast<config&>(from))); }};
}

key later(std::string_view path) {
    return {path, {}, {}};
}

// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name cannot stand in any
#define VOUCHD_AT(member) [](config& c) -> auto& { return c.member; }

/// In the order of daemon.md 3.2, which is the order of print-config.
std::vector<key> make_schema() {
    constexpr std::size_t any_number = std::numeric_limits<std::int64_t>::max();
    return {
        later("include"),
        value_at("server.mode", VOUCHD_AT(server.mode)),
        later("server.enforce_percent"),
        value_at("server.hostname", VOUCHD_AT(server.hostname)),
        later("server.workers"),
        value_at("server.state_dir", VOUCHD_AT(server.state_dir)),
        value_at("server.drain_timeout", VOUCHD_AT(server.drain_timeout)),

        value_at("milter.listen", VOUCHD_AT(milter.listen)),
        value_at("milter.socket_mode", VOUCHD_AT(milter.socket_mode)),
        value_at("milter.socket_group", VOUCHD_AT(milter.socket_group)),
        value_at("milter.allow_clients", VOUCHD_AT(milter.allow_clients)),
        number_at("milter.max_connections", 1, 65'000, VOUCHD_AT(milter.max_connections)),
        value_at("milter.negotiate_timeout", VOUCHD_AT(milter.negotiate_timeout)),
        value_at("milter.packet_timeout", VOUCHD_AT(milter.packet_timeout)),
        value_at("milter.idle_timeout", VOUCHD_AT(milter.idle_timeout)),
        value_at("milter.max_packet", VOUCHD_AT(milter.max_packet)),
        value_at("milter.reply_budget", VOUCHD_AT(milter.reply_budget)),
        value_at("milter.sender_check_at", VOUCHD_AT(milter.sender_check_at)),
        later("milter.max_checked_recipients"),
        value_at("milter.on_error", VOUCHD_AT(milter.on_error)),
        later("milter.authserv_id"),
        later("milter.tag_header"),
        later("milter.strip_incoming_tag"),
        value_at("milter.callout_url", VOUCHD_AT(milter.callout_url)),

        value_at("callout.source_ipv4", VOUCHD_AT(callout.source_ipv4)),
        value_at("callout.source_ipv6", VOUCHD_AT(callout.source_ipv6)),
        value_at("callout.ip_versions", VOUCHD_AT(callout.ip_versions)),
        number_at("callout.port", 1, 65'535, VOUCHD_AT(callout.port)),
        value_at("callout.helo", VOUCHD_AT(callout.helo)),
        value_at("callout.mail_from", VOUCHD_AT(callout.mail_from)),
        value_at("callout.starttls", VOUCHD_AT(callout.starttls)),
        value_at("callout.tls_min_version", VOUCHD_AT(callout.tls_min_version)),
        value_at("callout.reuse_sessions", VOUCHD_AT(callout.reuse_sessions)),
        number_at("callout.max_rcpt_per_session", 1, 100, VOUCHD_AT(callout.max_rcpt_per_session)),
        value_at("callout.session_idle", VOUCHD_AT(callout.session_idle)),
        number_at("callout.max_mx", 1, 20, VOUCHD_AT(callout.max_mx)),
        number_at("callout.max_addresses_per_mx", 1, 20, VOUCHD_AT(callout.max_addresses_per_mx)),
        number_at("callout.max_parallel", 1, 65'000, VOUCHD_AT(callout.limits.max_parallel)),
        number_at("callout.max_parallel_per_domain", 1, 65'000,
                  VOUCHD_AT(callout.limits.max_parallel_per_domain)),
        number_at("callout.max_parallel_per_address", 1, 65'000,
                  VOUCHD_AT(callout.limits.max_parallel_per_address)),
        value_at("callout.domain_rate", VOUCHD_AT(callout.limits.domain_rate)),
        value_at("callout.address_rate", VOUCHD_AT(callout.limits.address_rate)),
        value_at("callout.organisation_rate", VOUCHD_AT(callout.limits.organisation_rate)),
        value_at("callout.client_rate", VOUCHD_AT(callout.limits.asker_rate)),
        number_at("callout.queue_limit", 1, 1'000'000, VOUCHD_AT(callout.limits.queue_limit)),
        number_at("callout.background_limit", 1, 1'000'000, VOUCHD_AT(callout.limits.background_limit)),
        value_at("callout.max_reply_line", VOUCHD_AT(callout.max_reply_line)),
        number_at("callout.max_reply_lines", 1, 10'000, VOUCHD_AT(callout.max_reply_lines)),
        value_at("callout.max_session_bytes", VOUCHD_AT(callout.max_session_bytes)),
        value_at("callout.soft.connect", VOUCHD_AT(callout.soft.connect)),
        value_at("callout.soft.greeting", VOUCHD_AT(callout.soft.greeting)),
        value_at("callout.soft.helo", VOUCHD_AT(callout.soft.helo)),
        value_at("callout.soft.mail", VOUCHD_AT(callout.soft.mail)),
        value_at("callout.soft.rcpt", VOUCHD_AT(callout.soft.rcpt)),
        value_at("callout.soft.rset", VOUCHD_AT(callout.soft.rset)),
        value_at("callout.soft.quit", VOUCHD_AT(callout.soft.quit)),
        value_at("callout.hard.connect", VOUCHD_AT(callout.hard.connect)),
        value_at("callout.hard.greeting", VOUCHD_AT(callout.hard.greeting)),
        value_at("callout.hard.helo", VOUCHD_AT(callout.hard.helo)),
        value_at("callout.hard.mail", VOUCHD_AT(callout.hard.mail)),
        value_at("callout.hard.rcpt", VOUCHD_AT(callout.hard.rcpt)),
        value_at("callout.hard.rset", VOUCHD_AT(callout.hard.rset)),
        value_at("callout.hard.quit", VOUCHD_AT(callout.hard.quit)),
        value_at("callout.hard.total", VOUCHD_AT(callout.hard_total)),
        value_at("callout.catch_all.probe", VOUCHD_AT(callout.probe)),
        number_at("callout.catch_all.local_part_length", 8, 32, VOUCHD_AT(callout.local_part_length)),
        value_at("callout.catch_all.ttl", VOUCHD_AT(callout.catch_all_ttl)),

        value_at("destinations.deny_special_purpose", VOUCHD_AT(destinations.deny_special_purpose)),
        value_at("destinations.deny_own_addresses", VOUCHD_AT(destinations.deny_own_addresses)),
        value_at("destinations.deny", VOUCHD_AT(destinations.deny)),
        value_at("destinations.allow", VOUCHD_AT(destinations.allow)),
        value_at("destinations.allow_address_literals", VOUCHD_AT(destinations.allow_address_literals)),

        value_at("dns.servers", VOUCHD_AT(dns.servers)),
        value_at("dns.timeout", VOUCHD_AT(dns.timeout)),
        number_at("dns.tries", 1, 10, VOUCHD_AT(dns.tries)),
        value_at("dns.total", VOUCHD_AT(dns.total)),
        number_at("dns.max_cname", 1, 32, VOUCHD_AT(dns.max_cname)),
        value_at("dns.min_ttl", VOUCHD_AT(dns.min_ttl)),
        value_at("dns.max_ttl", VOUCHD_AT(dns.max_ttl)),
        value_at("dns.negative_ttl", VOUCHD_AT(dns.negative_ttl)),
        number_at("dns.cache_entries", 1, any_number, VOUCHD_AT(dns.cache_entries)),
        value_at("dns.implicit_mx", VOUCHD_AT(dns.implicit_mx)),

        value_at("cache.backend", VOUCHD_AT(cache.backend)),
        value_at("cache.path", VOUCHD_AT(cache.path)),
        number_at("cache.max_entries", 1, any_number, VOUCHD_AT(cache.max_entries)),
        number_at("cache.memory_entries", 1, any_number, VOUCHD_AT(cache.memory_entries)),
        value_at("cache.positive_ttl", VOUCHD_AT(cache.positive_ttl)),
        value_at("cache.positive_refresh", VOUCHD_AT(cache.positive_refresh)),
        value_at("cache.negative_ttl", VOUCHD_AT(cache.negative_ttl)),
        value_at("cache.temporary_ttl", VOUCHD_AT(cache.temporary_ttl)),
        value_at("cache.policy_block_ttl", VOUCHD_AT(cache.policy_block_ttl)),
        value_at("cache.domain_negative_ttl", VOUCHD_AT(cache.domain_negative_ttl)),
        number_at("cache.jitter", 0, 50, VOUCHD_AT(cache.jitter)),
        value_at("cache.fold_local_part_case", VOUCHD_AT(cache.fold_local_part_case)),
        value_at("cache.flush_interval", VOUCHD_AT(cache.flush_interval)),
        later("cache.redis"),

        value_at("callout_server.enabled", VOUCHD_AT(callout_server.enabled)),
        value_at("callout_server.listen", VOUCHD_AT(callout_server.listen)),
        value_at("callout_server.allow_clients", VOUCHD_AT(callout_server.allow_clients)),
        number_at("callout_server.max_connections", 1, 65'000, VOUCHD_AT(callout_server.max_connections)),
        value_at("callout_server.max_line", VOUCHD_AT(callout_server.max_line)),
        number_at("callout_server.max_queue_per_session", 1, 10'000,
                  VOUCHD_AT(callout_server.max_queue_per_session)),
        value_at("callout_server.idle_timeout", VOUCHD_AT(callout_server.idle_timeout)),
        value_at("callout_server.allow_host_parameter", VOUCHD_AT(callout_server.allow_host_parameter)),
        value_at("callout_server.timeouts", VOUCHD_AT(callout_server.timeouts)),
        value_at("callout_server.default_url", VOUCHD_AT(callout_server.default_url)),
        later("policy"),

        value_at("lists.local_domains", VOUCHD_AT(lists.local_domains)),
        value_at("lists.own_networks", VOUCHD_AT(lists.own_networks)),
        value_at("lists.never_verify", VOUCHD_AT(lists.never_verify)),
        later("lists.always_local_parts"),

        later("rule"),

        value_at("log.target", VOUCHD_AT(log.target)),
        later("log.format"),
        value_at("log.level", VOUCHD_AT(log.level)),
        value_at("log.file", VOUCHD_AT(log.file)),
        later("log.redact"),
        number_at("log.max_value", 16, 65'536, VOUCHD_AT(log.max_value)),
        later("log.transcripts"),
        later("log.rate_limit"),

        later("http"),

        value_at("control.listen", VOUCHD_AT(control.listen)),
        value_at("control.socket_mode", VOUCHD_AT(control.socket_mode)),
        later("control.socket_group"),

        later("limits"),
    };
}

#undef VOUCHD_AT

/// Levenshtein's, cut off above two.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::span<key const> schema() {
    static std::vector<key> const keys = make_schema();
    return keys;
}

key const* find_key(std::string_view path) {
    auto const found = std::ranges::find(schema(), path, &key::path);
    return found == schema().end() ? nullptr : &*found;
}

bool is_section(std::string_view path) {
    auto const is_below = [path](key const& one) {
        return one.path.size() > path.size() && one.path.starts_with(path) && one.path[path.size()] == '.';
    };
    return std::ranges::any_of(schema(), is_below);
}

std::optional<std::string> nearest_name(std::string_view path) {
    std::optional<std::string> nearest;
    std::size_t closest = 3;
    auto const consider = [&](std::string_view name) {
        auto const distance = edit_distance(path, name);
        if (distance >= closest) return;
        closest = distance;
        nearest = name;
    };
    for (auto const& one : schema()) {
        consider(one.path);
        if (auto const dot = one.path.rfind('.'); dot != std::string_view::npos)
            consider(one.path.substr(0, dot));
    }
    return nearest;
}

}  // namespace vouchd
