#include "config/keys.hpp"

#include <limits>

#include "config/notation.hpp"
#include "config/words.hpp"

namespace vouchd {

namespace {

using namespace notation;
using namespace std::chrono_literals;
using enum reload_class;

using keys = std::vector<key>;

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t most_connections = 65'000;
constexpr std::int64_t a_million = 1'000'000;
/// Room for the answers to one question at worst; what a machine may have.
constexpr std::size_t least_dns_cache = std::size_t(64) << 10, most_dns_cache = std::size_t(1) << 40;

/// `at` is the way to the member; `how` reads and prints what stands there, within its bounds.
template <class Member, class Notation>
key row(std::string_view path, reload_class reload, Member at, Notation how) {
    return {path, reload, [=](config& into, toml::node const& node) { return how.read(node, at(into)); },
            [=](config const& from) { return how.print(at(from)); }};
}

key later(std::string_view path) {
    return {path, restart, {}, {}};
}

// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name cannot stand in any
#define VOUCHD_AT(member) [](auto& c) -> auto& { return c.member; }

keys server_keys() {
    return {
        row("server.mode", next_message, VOUCHD_AT(server.mode), one_of(modes)),
        later("server.enforce_percent"),
        row("server.hostname", next_message, VOUCHD_AT(server.hostname), helo_name("E111")),
        later("server.workers"),
        row("server.state_dir", restart, VOUCHD_AT(server.state_dir), text()),
        row("server.drain_timeout", at_once, VOUCHD_AT(server.drain_timeout), duration(0ms, 10min)),
        row("server.lag_interval", restart, VOUCHD_AT(server.lag_interval), duration(1ms, 1min)),
    };
}

keys milter_keys() {
    return {
        row("milter.listen", listeners, VOUCHD_AT(milter.listen), sockets()),
        row("milter.socket_mode", restart, VOUCHD_AT(milter.options.socket_mode), file_mode()),
        row("milter.socket_group", restart, VOUCHD_AT(milter.options.socket_group), optional_text()),
        row("milter.allow_clients", restart, VOUCHD_AT(milter.allow_clients), networks()),
        row("milter.max_connections", restart, VOUCHD_AT(milter.options.max_connections),
            number(1, most_connections)),
        row("milter.negotiate_timeout", at_once, VOUCHD_AT(milter.options.negotiate_timeout),
            duration(1ms, 24h)),
        row("milter.packet_timeout", at_once, VOUCHD_AT(milter.options.packet_timeout), duration(1ms, 24h)),
        row("milter.idle_timeout", at_once, VOUCHD_AT(milter.options.idle_timeout), duration(1ms, 24h * 7)),
        row("milter.max_packet", at_once, VOUCHD_AT(milter.options.max_payload), packet_size()),
        row("milter.reply_budget", next_message, VOUCHD_AT(milter.reply_budget), duration(100ms, 290s)),
        row("milter.sender_check_at", next_message, VOUCHD_AT(milter.sender_check_at), one_of(check_places)),
        later("milter.max_checked_recipients"),
        row("milter.on_error", restart, VOUCHD_AT(milter.on_error), one_of(error_answers)),
        later("milter.authserv_id"),
        later("milter.tag_header"),
        later("milter.strip_incoming_tag"),
        row("milter.callout_url", restart, VOUCHD_AT(milter.callout_url), text()),
    };
}

/// Whom hosts are asked as, and which of them.
keys dialogue_keys() {
    return {
        row("callout.source_ipv4", at_once, VOUCHD_AT(engine.source_ipv4), source_address(ip_version::v4)),
        row("callout.source_ipv6", at_once, VOUCHD_AT(engine.source_ipv6), source_address(ip_version::v6)),
        row("callout.ip_versions", restart, VOUCHD_AT(engine), ip_versions()),
        row("callout.port", at_once, VOUCHD_AT(engine.port), number(1, 65'535)),
        row("callout.helo", at_once, VOUCHD_AT(callout.helo), helo_name("E131")),
        row("callout.mail_from", at_once, VOUCHD_AT(engine.fallback_sender), senders()),
        row("callout.starttls", restart, VOUCHD_AT(engine.tls), one_of(tls_uses)),
        row("callout.tls_min_version", restart, VOUCHD_AT(engine.tls_min_version), one_of(tls_versions)),
        row("callout.reuse_sessions", restart, VOUCHD_AT(engine.reuse_sessions), boolean()),
        row("callout.max_rcpt_per_session", restart, VOUCHD_AT(engine.max_rcpt_per_session), number(1, 100)),
        row("callout.session_idle", restart, VOUCHD_AT(engine.session_idle), duration(0ms, 10s)),
        row("callout.max_mx", restart, VOUCHD_AT(engine.max_mx), number(1, 20)),
        row("callout.max_addresses_per_mx", restart, VOUCHD_AT(engine.max_addresses_per_mx), number(1, 20)),
    };
}

keys limit_keys() {
    number const parallel(1, most_connections);
    return {
        row("callout.max_parallel", at_once, VOUCHD_AT(engine.limits.max_parallel), parallel),
        row("callout.max_parallel_per_domain", at_once, VOUCHD_AT(engine.limits.max_parallel_per_domain),
            parallel),
        row("callout.max_parallel_per_address", at_once, VOUCHD_AT(engine.limits.max_parallel_per_address),
            parallel),
        row("callout.domain_rate", restart, VOUCHD_AT(engine.limits.domain_rate), rate()),
        row("callout.address_rate", restart, VOUCHD_AT(engine.limits.address_rate), rate()),
        row("callout.organisation_rate", restart, VOUCHD_AT(engine.limits.organisation_rate), rate()),
        row("callout.client_rate", restart, VOUCHD_AT(engine.limits.asker_rate), rate()),
        row("callout.queue_limit", restart, VOUCHD_AT(engine.limits.queue_limit), number(1, a_million)),
        row("callout.background_limit", restart, VOUCHD_AT(engine.limits.background_limit),
            number(1, a_million)),
        row("callout.max_reply_line", restart, VOUCHD_AT(engine.reply_limits.line), size(512, 1 << 20)),
        row("callout.max_reply_lines", restart, VOUCHD_AT(engine.reply_limits.lines), number(1, 10'000)),
        row("callout.reply_rules", restart, VOUCHD_AT(engine.reply_rules), rule_files()),
        row("callout.max_session_bytes", restart, VOUCHD_AT(engine.reply_limits.total),
            size(1 << 10, 1 << 24)),
    };
}

keys soft_keys() {
    return {
        row("callout.soft.connect", at_once, VOUCHD_AT(engine.soft.connect), duration()),
        row("callout.soft.greeting", at_once, VOUCHD_AT(engine.soft.greeting), duration()),
        row("callout.soft.helo", at_once, VOUCHD_AT(engine.soft.helo), duration()),
        row("callout.soft.mail", at_once, VOUCHD_AT(engine.soft.mail), duration()),
        row("callout.soft.rcpt", at_once, VOUCHD_AT(engine.soft.rcpt), duration()),
        row("callout.soft.rset", at_once, VOUCHD_AT(engine.soft.rset), duration()),
        row("callout.soft.quit", at_once, VOUCHD_AT(engine.soft.quit), duration()),
    };
}

keys hard_keys() {
    return {
        row("callout.hard.connect", restart, VOUCHD_AT(engine.hard.connect), duration()),
        row("callout.hard.greeting", restart, VOUCHD_AT(engine.hard.greeting), duration()),
        row("callout.hard.helo", restart, VOUCHD_AT(engine.hard.helo), duration()),
        row("callout.hard.mail", restart, VOUCHD_AT(engine.hard.mail), duration()),
        row("callout.hard.rcpt", restart, VOUCHD_AT(engine.hard.rcpt), duration()),
        row("callout.hard.rset", restart, VOUCHD_AT(engine.hard.rset), duration()),
        row("callout.hard.quit", restart, VOUCHD_AT(engine.hard.quit), duration()),
        row("callout.hard.total", at_once, VOUCHD_AT(engine.hard_total), duration()),
    };
}

keys catch_all_keys() {
    return {
        row("callout.catch_all.probe", restart, VOUCHD_AT(callout.probe), one_of(probes)),
        row("callout.catch_all.local_part_length", restart, VOUCHD_AT(engine.catch_all_local_part_length),
            number(8, 32)),
        row("callout.catch_all.ttl", restart, VOUCHD_AT(engine.lifetimes.catch_all), duration()),
    };
}

keys destination_keys() {
    return {
        row("destinations.deny_special_purpose", restart, VOUCHD_AT(engine.destinations.deny_special_purpose),
            boolean()),
        row("destinations.deny_own_addresses", restart, VOUCHD_AT(engine.destinations.deny_own_addresses),
            boolean()),
        row("destinations.deny", restart, VOUCHD_AT(engine.destinations.deny), networks()),
        row("destinations.allow", at_once, VOUCHD_AT(engine.destinations.allow), networks()),
        row("destinations.allow_address_literals", restart, VOUCHD_AT(engine.allow_address_literals),
            boolean()),
    };
}

keys dns_keys() {
    return {
        row("dns.servers", at_once, VOUCHD_AT(resolver.servers), servers()),
        row("dns.timeout", restart, VOUCHD_AT(resolver.timeout), duration(1ms, 1min)),
        row("dns.tries", restart, VOUCHD_AT(resolver.tries), number(1, 10)),
        row("dns.total", restart, VOUCHD_AT(engine.dns_total), duration(1ms, 5min)),
        row("dns.max_cname", restart, VOUCHD_AT(resolver.max_cname), number(1, 32)),
        row("dns.min_ttl", restart, VOUCHD_AT(resolver.min_ttl), duration()),
        row("dns.max_ttl", restart, VOUCHD_AT(resolver.max_ttl), duration()),
        row("dns.negative_ttl", restart, VOUCHD_AT(resolver.negative_ttl), duration()),
        row("dns.cache_entries", restart, VOUCHD_AT(engine.dns_cache_entries), number(1, any_number)),
        row("dns.cache_bytes", restart, VOUCHD_AT(engine.dns_cache_bytes),
            size(least_dns_cache, most_dns_cache)),
        row("dns.implicit_mx", restart, VOUCHD_AT(engine.implicit_mx), boolean()),
    };
}

keys cache_keys() {
    return {
        row("cache.backend", restart, VOUCHD_AT(cache.backend), one_of(backends)),
        row("cache.path", restart, VOUCHD_AT(cache.path), text()),
        row("cache.max_entries", restart, VOUCHD_AT(cache.max_entries), number(1, any_number)),
        row("cache.memory_entries", restart, VOUCHD_AT(engine.memory_entries), number(1, any_number)),
        row("cache.positive_ttl", restart, VOUCHD_AT(engine.lifetimes.positive), duration()),
        row("cache.positive_refresh", at_once, VOUCHD_AT(engine.lifetimes.positive_refresh), duration()),
        row("cache.negative_ttl", restart, VOUCHD_AT(engine.lifetimes.negative), duration()),
        row("cache.temporary_ttl", restart, VOUCHD_AT(engine.lifetimes.temporary), duration()),
        row("cache.policy_block_ttl", restart, VOUCHD_AT(engine.lifetimes.policy_block), duration()),
        row("cache.domain_negative_ttl", restart, VOUCHD_AT(engine.lifetimes.domain_negative), duration()),
        row("cache.jitter", restart, VOUCHD_AT(engine.lifetimes.jitter_percent), number(0, 50)),
        row("cache.fold_local_part_case", restart, VOUCHD_AT(engine.fold_local_part_case), boolean()),
        row("cache.flush_interval", restart, VOUCHD_AT(cache.flush_interval), duration(10ms, 10min)),
        later("cache.redis"),
    };
}

keys callout_server_keys() {
    return {
        row("callout_server.enabled", restart, VOUCHD_AT(callout_server.enabled), boolean()),
        row("callout_server.listen", listeners, VOUCHD_AT(callout_server.listen), sockets()),
        row("callout_server.socket_group", restart, VOUCHD_AT(callout_server.socket_group), optional_text()),
        row("callout_server.allow_clients", restart, VOUCHD_AT(callout_server.allow_clients), networks()),
        row("callout_server.max_connections", restart, VOUCHD_AT(callout_server.max_connections),
            number(1, most_connections)),
        row("callout_server.max_line", restart, VOUCHD_AT(callout_server.session.max_line),
            size(1 << 10, 1 << 16)),
        row("callout_server.max_queue_per_session", restart, VOUCHD_AT(callout_server.session.max_queue),
            number(1, 10'000)),
        row("callout_server.idle_timeout", restart, VOUCHD_AT(callout_server.idle_timeout),
            duration(1s, 24h)),
        row("callout_server.allow_host_parameter", restart, VOUCHD_AT(callout_server.session.allow_host),
            boolean()),
        row("callout_server.timeouts", restart, VOUCHD_AT(callout_server.timeouts), one_of(timers)),
        row("callout_server.default_url", restart, VOUCHD_AT(callout_server.default_url), text()),
    };
}

keys list_keys() {
    return {
        row("lists.local_domains", next_message, VOUCHD_AT(lists.local_domains), domains()),
        row("lists.own_networks", next_message, VOUCHD_AT(lists.own_networks), networks()),
        row("lists.never_verify", next_message, VOUCHD_AT(lists.never_verify), domains()),
        later("lists.always_local_parts"),
    };
}

keys log_keys() {
    return {
        row("log.target", restart, VOUCHD_AT(log.target), one_of(log_targets)),
        later("log.format"),
        row("log.level", restart, VOUCHD_AT(log.level), one_of(log_levels)),
        row("log.file", at_once, VOUCHD_AT(log.file), text()),
        later("log.redact"),
        row("log.max_value", restart, VOUCHD_AT(log.max_value), number(16, 65'536)),
        later("log.transcripts"),
        later("log.rate_limit"),
    };
}

keys control_keys() {
    return {
        row("control.listen", restart, VOUCHD_AT(control.listen), notation::socket()),
        row("control.socket_mode", restart, VOUCHD_AT(control.options.socket_mode), file_mode()),
        row("control.socket_group", restart, VOUCHD_AT(control.options.socket_group), optional_text()),
    };
}

#undef VOUCHD_AT

keys only(key one) {
    return {std::move(one)};
}

}  // namespace

std::vector<key> all_keys() {
    keys all;
    for (auto const& section :
         {only(later("include")), server_keys(), milter_keys(), dialogue_keys(), limit_keys(), soft_keys(),
          hard_keys(), catch_all_keys(), destination_keys(), dns_keys(), cache_keys(), callout_server_keys(),
          only(later("policy")), list_keys(), only(later("rule")), log_keys(), only(later("http")),
          control_keys(), only(later("limits"))}) {
        all.insert(all.end(), section.begin(), section.end());
    }
    return all;
}

}  // namespace vouchd
