#include <gtest/gtest.h>

#include <set>

#include "callout/mailfromd/server.hpp"
#include "config/config.hpp"
#include "config/schema.hpp"
#include "effects.hpp"
#include "milterproto/server.hpp"

// Every key is set to a value that is not its default, and what it reaches is compared with what the defaults
// reach: the row says all that may differ, and nothing else may.

namespace {

struct row {
    std::string key;
    std::string value;  ///< as TOML
    vouchd::effects reaches;
    std::string beside = {};  ///< lines that the value needs
};

std::string number(auto what) {
    return std::to_string(static_cast<int>(what));
}

std::vector<row> rows() {
    return {
        {"server.mode", R"("enforce")", {{"policy.a ghost", "reject"}}},
        {"server.hostname",
         R"("other.example.net")",
         {{"engine.helo", "other.example.net"}, {"callout_server.ehlo", "other.example.net"}}},
        {"server.state_dir",
         R"("/usr")",
         {{"milter.listen", "unix:/usr/milter.sock"},
          {"callout_server.listen", "unix:/usr/callout.sock"},
          {"control.listen", "unix:/usr/control.sock"},
          {"store.file", "/usr/cache.db"}}},
        {"server.drain_timeout", R"("7s")", {{"serve.drain_timeout", "7s"}}},
        {"server.lag_interval", R"("7ms")", {{"serve.lag_interval", "7ms"}}},

        {"milter.listen", R"(["inet:10025@127.0.0.1"])", {{"milter.listen", "inet:10025@127.0.0.1"}}},
        {"milter.socket_mode",
         R"("0600")",
         {{"milter.socket_mode", number(0600)}, {"callout_server.socket_mode", number(0600)}}},
        {"milter.socket_group", R"("root")", {{"milter.socket_group", "root"}}},
        {"milter.allow_clients",
         R"(["192.0.2.0/24"])",
         {{"milter.admits 127.0.0.1", "no"}, {"milter.admits 192.0.2.9", "yes"}}},
        {"milter.max_connections", "7", {{"milter.max_connections", "7"}}},
        {"milter.negotiate_timeout", R"("7s")", {{"milter.negotiate_timeout", "7s"}}},
        {"milter.packet_timeout", R"("7s")", {{"milter.packet_timeout", "7s"}}},
        {"milter.idle_timeout", R"("7m")", {{"milter.idle_timeout", "7m"}}},
        // The configuration counts the command octet, up to what needs no agreement.
        {"milter.max_packet", R"("2KiB")", {{"milter.max_payload", "2047"}}},
        {"milter.max_packet", R"("1MiB")", {{"milter.max_payload", "1048576"}}},
        {"milter.reply_budget",
         R"("7s")",
         {{"filter.reply_budget", "7s"}, {"questions.budget under soft timers", "7s"}}},
        {"milter.sender_check_at", R"("mail")", {{"filter.sender_check_at", number(vouchd::check_at::mail)}}},
        {"milter.on_error", R"("tempfail")", {{"filter.on_error", number(vouchd::on_error::tempfail)}}},
        {"milter.callout_url", R"("unix:/run/other.sock")", {{"ask.url", "unix:/run/other.sock"}}},

        {"callout.source_ipv4", R"("192.0.2.1")", {{"engine.source_ipv4", "192.0.2.1"}}},
        {"callout.source_ipv6", R"("2001:db8::1")", {{"engine.source_ipv6", "2001:db8::1"}}},
        {"callout.ip_versions", R"(["ipv6", "ipv4"])", {{"engine.prefer_ipv4", "no"}}},
        {"callout.ip_versions", R"(["ipv4"])", {{"engine.use_ipv6", "no"}}},
        {"callout.ip_versions", R"(["ipv6"])", {{"engine.prefer_ipv4", "no"}, {"engine.use_ipv4", "no"}}},
        {"callout.port", "2525", {{"engine.port", "2525"}}},
        {"callout.helo",
         R"("probe.example.net")",
         {{"engine.helo", "probe.example.net"}, {"callout_server.ehlo", "probe.example.net"}}},
        {"callout.mail_from",
         R"(["<>", "probe@example.net"])",
         {{"engine.fallback_sender", "probe@example.net"}}},
        {"callout.starttls", R"("require")", {{"engine.tls", number(callout::tls_use::require)}}},
        {"callout.tls_min_version",
         R"("1.3")",
         {{"engine.tls_min_version", number(callout::tls_version::v1_3)}}},
        {"callout.reuse_sessions", "false", {{"engine.reuse_sessions", "no"}}},
        {"callout.reply_rules", R"(["/dev/null"])", {{"engine.reply_rules", "/dev/null"}}},
        {"callout.max_rcpt_per_session", "7", {{"engine.max_rcpt_per_session", "7"}}},
        {"callout.session_idle", R"("7s")", {{"engine.session_idle", "7s"}}},
        {"callout.max_mx", "7", {{"engine.max_mx", "7"}, {"questions.budget with TIMEOUT", "1m24s"}}},
        {"callout.max_addresses_per_mx", "7", {{"engine.max_addresses_per_mx", "7"}}},
        {"callout.max_parallel", "777", {{"limits.max_parallel", "777"}}},
        {"callout.max_parallel_per_domain", "7", {{"limits.max_parallel_per_domain", "7"}}},
        {"callout.max_parallel_per_address", "7", {{"limits.max_parallel_per_address", "7"}}},
        {"callout.domain_rate", R"("7/1s")", {{"limits.domain_rate", "7/1s"}}},
        {"callout.address_rate", R"("7/1s")", {{"limits.address_rate", "7/1s"}}},
        {"callout.organisation_rate", R"("7/1s")", {{"limits.organisation_rate", "7/1s"}}},
        {"callout.client_rate", R"("7/1s")", {{"limits.asker_rate", "7/1s"}}},
        {"callout.queue_limit", "7", {{"limits.queue_limit", "7"}}},
        {"callout.background_limit", "7", {{"limits.background_limit", "7"}}},
        {"callout.max_reply_line", R"("1KiB")", {{"reply.line", "1024"}}},
        {"callout.max_reply_lines", "7", {{"reply.lines", "7"}}},
        {"callout.max_session_bytes", R"("7KiB")", {{"reply.total", "7168"}}},
        {"callout.soft.connect", R"("7s")", {{"soft.connect", "7s"}}},
        {"callout.soft.greeting", R"("5s")", {{"soft.greeting", "5s"}}},
        {"callout.soft.helo", R"("7s")", {{"soft.helo", "7s"}}},
        {"callout.soft.mail", R"("7s")", {{"soft.mail", "7s"}}},
        {"callout.soft.rcpt", R"("7s")", {{"soft.rcpt", "7s"}}},
        {"callout.soft.rset", R"("7s")", {{"soft.rset", "7s"}}},
        {"callout.soft.quit", R"("7s")", {{"soft.quit", "7s"}}},
        {"callout.hard.connect", R"("7s")", {{"hard.connect", "7s"}}},
        {"callout.hard.greeting", R"("7s")", {{"hard.greeting", "7s"}}},
        {"callout.hard.helo", R"("7s")", {{"hard.helo", "7s"}}},
        {"callout.hard.mail", R"("7s")", {{"hard.mail", "7s"}}},
        {"callout.hard.rcpt", R"("7s")", {{"hard.rcpt", "7s"}}},
        {"callout.hard.rset", R"("7s")", {{"hard.rset", "7s"}}},
        {"callout.hard.quit", R"("7s")", {{"hard.quit", "7s"}}},
        {"callout.hard.total",
         R"("7m")",
         {{"engine.hard_total", "7m"}, {"questions.budget under hard timers", "7m"}}},
        {"callout.catch_all.probe", R"("never")", {{"question.catch-all probe for a report", "no"}}},
        {"callout.catch_all.probe", R"("always")", {{"question.catch-all probe for mail", "yes"}}},
        {"callout.catch_all.local_part_length", "17", {{"engine.catch_all_local_part_length", "17"}}},
        {"callout.catch_all.ttl", R"("7h")", {{"lifetimes.catch_all", "7h"}}},

        {"destinations.deny_special_purpose", "false", {{"fence.deny_special_purpose", "no"}}},
        {"destinations.deny_own_addresses", "false", {{"fence.deny_own_addresses", "no"}}},
        {"destinations.deny", R"(["192.0.2.0/24"])", {{"fence.deny", "192.0.2.0/24"}}},
        {"destinations.allow", R"(["192.0.2.0/24"])", {{"fence.allow", "192.0.2.0/24"}}},
        {"destinations.allow_address_literals", "true", {{"engine.allow_address_literals", "yes"}}},

        {"dns.servers",
         R"(["127.0.0.1:5353", "[::1]:54"])",
         {{"resolver.servers", "127.0.0.1:5353 [::1]:54"}}},
        {"dns.timeout", R"("7s")", {{"resolver.timeout", "7s"}}},
        {"dns.tries", "7", {{"resolver.tries", "7"}}},
        {"dns.total", R"("7s")", {{"engine.dns_total", "7s"}, {"questions.budget with TIMEOUT", "1m10s"}}},
        {"dns.max_cname", "7", {{"resolver.max_cname", "7"}}},
        {"dns.min_ttl", R"("7s")", {{"resolver.min_ttl", "7s"}}},
        {"dns.max_ttl", R"("7h")", {{"resolver.max_ttl", "7h"}}},
        {"dns.negative_ttl", R"("7s")", {{"resolver.negative_ttl", "7s"}}},
        {"dns.cache_entries", "7", {{"engine.dns_cache_entries", "7"}}},
        {"dns.cache_bytes", R"("7MiB")", {{"engine.dns_cache_bytes", "7340032"}}},
        {"dns.implicit_mx", "false", {{"engine.implicit_mx", "no"}}},

        {"cache.backend",
         R"("memory")",
         {{"store.file", "-"}, {"store.flush_interval", "-"}, {"store.max_entries", "-"}}},
        {"cache.path", R"("other.db")", {{"store.file", "/tmp/other.db"}}},
        {"cache.max_entries", "7", {{"store.max_entries", "7"}}},
        {"cache.memory_entries", "7", {{"engine.memory_entries", "7"}}},
        {"cache.positive_ttl", R"("9d")", {{"lifetimes.positive", "1w2d"}}},
        {"cache.positive_refresh", R"("7h")", {{"lifetimes.positive_refresh", "7h"}}},
        {"cache.negative_ttl", R"("7h")", {{"lifetimes.negative", "7h"}}},
        {"cache.temporary_ttl", R"("7s")", {{"lifetimes.temporary", "7s"}}},
        {"cache.policy_block_ttl", R"("7s")", {{"lifetimes.policy_block", "7s"}}},
        {"cache.domain_negative_ttl", R"("7s")", {{"lifetimes.domain_negative", "7s"}}},
        {"cache.jitter", "7", {{"lifetimes.jitter_percent", "7"}}},
        {"cache.fold_local_part_case", "true", {{"engine.fold_local_part_case", "yes"}}},
        {"cache.flush_interval", R"("7s")", {{"store.flush_interval", "7s"}}},

        {"callout_server.enabled", "true", {{"callout_server.enabled", "yes"}}},
        {"callout_server.listen",
         R"(["inet:7357@127.0.0.1"])",
         {{"callout_server.listen", "inet:7357@127.0.0.1"}}},
        {"callout_server.socket_group", R"("root")", {{"callout_server.socket_group", "root"}}},
        {"callout_server.allow_clients",
         R"(["192.0.2.0/24"])",
         {{"callout_server.client 127.0.0.1", "not admitted"}, {"callout_server.client 192.0.2.9", "far"}}},
        {"callout_server.max_connections", "7", {{"callout_server.max_connections", "7"}}},
        {"callout_server.max_line", R"("7KiB")", {{"callout_server.max_line", "7168"}}},
        {"callout_server.max_queue_per_session", "7", {{"callout_server.max_queue", "7"}}},
        {"callout_server.idle_timeout", R"("7s")", {{"callout_server.idle_timeout", "7s"}}},
        {"callout_server.allow_host_parameter", "true", {{"callout_server.HOST from afar", "yes"}}},
        {"callout_server.timeouts", R"("soft")", {{"questions.mode", number(callout::mode::soft)}}},
        {"callout_server.default_url", R"("unix:/run/other.sock")", {{"ask.url", "unix:/run/other.sock"}}},

        {"lists.local_domains", R"(["listed.example"])", {{"policy.a listed domain", "own-domains"}}},
        {"lists.own_networks", R"(["192.0.2.0/24"])", {{"policy.a client from afar", "own-networks"}}},
        {"lists.never_verify", R"(["listed.example"])", {{"policy.a listed domain", "opt-outs"}}},

        {"log.target",
         R"("file")",
         {{"log.target", number(vouchd::log_target::file)}},
         "log.file = \"/tmp/x\"\n"},
        {"log.level", R"("warn")", {{"log.level", number(vouchd::log_level::warn)}}},
        {"log.file", R"("/tmp/vouchd.log")", {{"log.file", "/tmp/vouchd.log"}}},
        {"log.max_value", "77", {{"log.max_value", "77"}}},

        {"control.listen", R"("unix:/tmp/other.sock")", {{"control.listen", "unix:/tmp/other.sock"}}},
        {"control.socket_mode", R"("0600")", {{"control.socket_mode", number(0600)}}},
        {"control.socket_group", R"("root")", {{"control.socket_group", "root"}}},
    };
}

/// What no key sets, and must be so all the same.
vouchd::effects constants() {
    auto const remove = number(milterproto::stale_socket::remove);
    return {
        {"callout_server.HOST from here", "yes"},
        {"callout_server.client on a unix socket", "near"},
        {"callout_server.mail_from", ""},
        {"callout_server.stale", remove},
        {"callout_server.starttls", number(callout::core::starttls_mode::ondemand)},
        {"control.stale", remove},
        {"engine.dns_total_hard", "20s"},
        {"engine.hard_timeout", number(callout::hard_timeout::transient)},
        {"engine.loopback_mx", number(callout::loopback_mx::error)},
        {"engine.max_connects_hard", "6"},
        {"engine.max_connects_soft", "3"},
        {"engine.memory_bytes", "67108864"},
        {"engine.mx_ip_literal", number(callout::mx_ip_literal::ignore)},
        {"engine.routes", "0"},
        {"fence.own_addresses", "127.0.0.1 and others"},
        {"hard.starttls", "1m"},
        {"lifetimes.weak_positive", "1d"},
        {"limits.back_off_first", "1m"},
        {"limits.back_off_most", "1h"},
        {"limits.down_first", "5m"},
        {"limits.down_most", "1h"},
        {"limits.max_chains", "1"},
        {"limits.max_parallel_per_organisation", "4"},
        {"milter.missing", number(milterproto::missing_edits::refuse)},
        {"milter.progress_interval", "5s"},
        {"milter.stale", remove},
        {"milter.write_timeout", "30s"},
        {"reply.kept_line", "512"},
        {"resolver.resolv_conf", "/etc/resolv.conf"},
        {"soft.starttls", "5s"},
    };
}

/// A configuration with these lines, and with a name and a folder so that it depends on no machine.
vouchd::config loaded_with(std::string const& lines) {
    std::string text = "config_version = 1\n" + lines;
    if (!lines.starts_with("server.hostname")) text += "server.hostname = \"mail.example.net\"\n";
    if (!lines.starts_with("server.state_dir")) text += "server.state_dir = \"/tmp\"\n";
    auto loaded = vouchd::load_config_text(text, "test.toml");
    EXPECT_FALSE(vouchd::any_error(loaded.problems)) << vouchd::report(loaded.problems);
    return std::move(loaded.values);
}

}  // namespace

TEST(config_effects, each_key_reaches_what_it_is_meant_for_and_nothing_else) {
    for (auto const& one : rows()) {
        SCOPED_TRACE(one.key + " = " + one.value);
        auto const before = vouchd::effects_of(loaded_with(one.beside));
        auto const after = vouchd::effects_of(loaded_with(one.key + " = " + one.value + '\n' + one.beside));
        EXPECT_EQ(vouchd::difference(before, after), one.reaches);
        EXPECT_FALSE(one.reaches.empty());
    }
}

TEST(config_effects, every_supported_key_has_a_row_whose_value_is_not_its_default) {
    std::set<std::string, std::less<>> with_row;
    for (auto const& one : rows()) {
        with_row.insert(one.key);
        auto const* const key = vouchd::find_key(one.key);
        ASSERT_NE(key, nullptr) << one.key;
        auto const set = loaded_with(one.key + " = " + one.value + '\n' + one.beside);
        EXPECT_NE(key->print(set), key->print(vouchd::config())) << one.key;
    }
    for (auto const& key : vouchd::schema()) {
        if (key.is_supported()) {
            EXPECT_TRUE(with_row.contains(key.path)) << key.path << " has no row in rows()";
        }
    }
}

TEST(config_effects, the_daemons_defaults_are_those_of_its_libraries_but_for_these) {
    auto const ours = loaded_with("");
    auto const of_engine = vouchd::difference(vouchd::effects_of(callout::engine_options()),
                                              vouchd::effects_of(ours.engine_options()));
    EXPECT_EQ(of_engine, (vouchd::effects{{"engine.helo", "mail.example.net"},
                                          {"fence.own_addresses", "127.0.0.1 and others"}}));
    EXPECT_EQ(vouchd::effects_of(callout::resolver_options()), vouchd::effects_of(ours.resolver));
    auto of_milter = vouchd::difference(vouchd::effects_of(milterproto::server_options()),
                                        vouchd::effects_of(ours.milter_options()));
    of_milter.erase("milter.socket_group");  // of a machine with Postfix
    EXPECT_EQ(of_milter, (vouchd::effects{{"milter.admits 192.0.2.9", "no"},
                                          {"milter.socket_mode", number(0660)},
                                          {"milter.stale", number(milterproto::stale_socket::remove)}}));
}

TEST(config_effects, what_no_key_reaches_is_known_and_constant) {
    auto left = vouchd::effects_of(loaded_with(""));
    for (auto const& one : rows()) {
        for (auto const& [name, value] : one.reaches) left.erase(name);
    }
    EXPECT_EQ(left, constants());
}
