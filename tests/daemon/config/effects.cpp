#include "effects.hpp"

#include <sstream>

#include "callout/mailfromd/server.hpp"
#include "callout_server/question_runner.hpp"
#include "config/units.hpp"
#include "daemon/support/known_answer.hpp"
#include "milterproto/server.hpp"
#include "policy/admission.hpp"
#include "policy/policy.hpp"
#include "policy/sender_callout.hpp"
#include "support/callout_world.hpp"

namespace vouchd {

namespace {

using boost::asio::ip::make_address;

std::string text(bool value) {
    return value ? "yes" : "no";
}
std::string text(std::string_view value) {
    return std::string(value);
}
std::string text(std::integral auto value) {
    return std::to_string(value);
}
template <class Rep, class Period>
std::string text(std::chrono::duration<Rep, Period> value) {
    return to_text(std::chrono::milliseconds(value));
}
template <class Enum>
    requires std::is_enum_v<Enum>
std::string text(Enum value) {
    return std::to_string(static_cast<int>(value));
}
std::string text(callout::rate const& value) {
    return to_text(value);
}
std::string text(boost::asio::ip::address const& value) {
    return value.to_string();
}
std::string text(boost::asio::ip::udp::endpoint const& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}
std::string text(auto const& value)
    requires requires { value.to_string(); }
{
    return value.to_string();
}
template <class T>
std::string text(std::optional<T> const& value) {
    return value ? text(*value) : "-";
}
template <class T>
std::string text(std::vector<T> const& values) {
    std::string all;
    for (auto const& one : values) all += (all.empty() ? "" : " ") + text(one);
    return all;
}

void note(effects& into, std::string const& of, callout::phase_timeouts const& phases) {
    into[of + ".connect"] = text(phases.connect);
    into[of + ".greeting"] = text(phases.greeting);
    into[of + ".helo"] = text(phases.helo);
    into[of + ".starttls"] = text(phases.starttls);
    into[of + ".mail"] = text(phases.mail);
    into[of + ".rcpt"] = text(phases.rcpt);
    into[of + ".rset"] = text(phases.rset);
    into[of + ".quit"] = text(phases.quit);
}

void note(effects& into, callout::politeness_limits const& limits) {
    into["limits.max_parallel"] = text(limits.max_parallel);
    into["limits.max_parallel_per_domain"] = text(limits.max_parallel_per_domain);
    into["limits.max_parallel_per_address"] = text(limits.max_parallel_per_address);
    into["limits.max_parallel_per_organisation"] = text(limits.max_parallel_per_organisation);
    into["limits.domain_rate"] = text(limits.domain_rate);
    into["limits.address_rate"] = text(limits.address_rate);
    into["limits.organisation_rate"] = text(limits.organisation_rate);
    into["limits.asker_rate"] = text(limits.asker_rate);
    into["limits.max_chains"] = text(limits.max_chains);
    into["limits.queue_limit"] = text(limits.queue_limit);
    into["limits.background_limit"] = text(limits.background_limit);
    into["limits.back_off_first"] = text(limits.back_off_first);
    into["limits.back_off_most"] = text(limits.back_off_most);
    into["limits.down_first"] = text(limits.down_first);
    into["limits.down_most"] = text(limits.down_most);
}

void note(effects& into, callout::cache_lifetimes const& lifetimes) {
    into["lifetimes.positive"] = text(lifetimes.positive);
    into["lifetimes.positive_refresh"] = text(lifetimes.positive_refresh);
    into["lifetimes.weak_positive"] = text(lifetimes.weak_positive);
    into["lifetimes.negative"] = text(lifetimes.negative);
    into["lifetimes.temporary"] = text(lifetimes.temporary);
    into["lifetimes.policy_block"] = text(lifetimes.policy_block);
    into["lifetimes.domain_negative"] = text(lifetimes.domain_negative);
    into["lifetimes.catch_all"] = text(lifetimes.catch_all);
    into["lifetimes.jitter_percent"] = text(lifetimes.jitter_percent);
}

void note(effects& into, callout::fence_options const& fence) {
    into["fence.deny_special_purpose"] = text(fence.deny_special_purpose);
    into["fence.deny_own_addresses"] = text(fence.deny_own_addresses);
    into["fence.deny"] = text(fence.deny);
    into["fence.allow"] = text(fence.allow);
    auto const& own = fence.own_addresses;
    bool const knows_loopback = std::ranges::find(own, make_address("127.0.0.1")) != own.end();
    into["fence.own_addresses"] = knows_loopback ? "127.0.0.1 and others" : "";
}

void note_engine(effects& into, callout::engine_options const& options) {
    into["engine.port"] = text(options.port);
    into["engine.helo"] = text(options.helo.text());
    into["engine.fallback_sender"] = options.fallback_sender ? options.fallback_sender->address() : "-";
    into["engine.prefer_ipv4"] = text(options.prefer_ipv4);
    into["engine.use_ipv4"] = text(options.use_ipv4);
    into["engine.use_ipv6"] = text(options.use_ipv6);
    into["engine.source_ipv4"] = text(options.source_ipv4);
    into["engine.source_ipv6"] = text(options.source_ipv6);
    into["engine.max_mx"] = text(options.max_mx);
    into["engine.max_addresses_per_mx"] = text(options.max_addresses_per_mx);
    into["engine.max_connects_soft"] = text(options.max_connects_soft);
    into["engine.max_connects_hard"] = text(options.max_connects_hard);
    into["engine.implicit_mx"] = text(options.implicit_mx);
    into["engine.mx_ip_literal"] = text(options.mx_ip_literal);
    into["engine.loopback_mx"] = text(options.loopback_mx);
    into["engine.allow_address_literals"] = text(options.allow_address_literals);
    into["engine.dns_total"] = text(options.dns_total);
    into["engine.dns_total_hard"] = text(options.dns_total_hard);
    note(into, "soft", options.soft);
    note(into, "hard", options.hard);
    into["engine.hard_total"] = text(options.hard_total);
    into["engine.hard_timeout"] = text(options.hard_timeout);
    note(into, options.limits);
    into["engine.tls"] = text(options.tls);
    into["engine.tls_min_version"] = text(options.tls_min_version);
    into["engine.reuse_sessions"] = text(options.reuse_sessions);
    into["engine.max_rcpt_per_session"] = text(options.max_rcpt_per_session);
    into["engine.session_idle"] = text(options.session_idle);
    into["engine.routes"] = text(options.routes.size());
    into["engine.catch_all_local_part_length"] = text(options.catch_all_local_part_length);
    auto& rules = into["engine.reply_rules"];
    for (auto const& file : options.reply_rules.files()) rules += file;
    into["reply.line"] = text(options.reply_limits.line);
    into["reply.lines"] = text(options.reply_limits.lines);
    into["reply.kept_line"] = text(options.reply_limits.kept_line);
    into["reply.total"] = text(options.reply_limits.total);
    note(into, options.destinations);
    note(into, options.lifetimes);
    into["engine.fold_local_part_case"] = text(options.fold_local_part_case);
    into["engine.memory_entries"] = text(options.memory_entries);
    into["engine.memory_bytes"] = text(options.memory_bytes);
    into["engine.dns_cache_entries"] = text(options.dns_cache_entries);
    into["engine.dns_cache_bytes"] = text(options.dns_cache_bytes);
}

void note_resolver(effects& into, callout::resolver_options const& options) {
    into["resolver.servers"] = text(options.servers);
    into["resolver.resolv_conf"] = options.resolv_conf.string();
    into["resolver.timeout"] = text(options.timeout);
    into["resolver.tries"] = text(options.tries);
    into["resolver.max_cname"] = text(options.max_cname);
    into["resolver.min_ttl"] = text(options.min_ttl);
    into["resolver.max_ttl"] = text(options.max_ttl);
    into["resolver.negative_ttl"] = text(options.negative_ttl);
}

void note_listener(effects& into, std::string const& of, milterproto::listener_options const& options) {
    into[of + ".stale"] = text(options.stale);
    into[of + ".socket_mode"] = text(options.socket_mode);
    into[of + ".socket_group"] = text(options.socket_group);
}

void note_milter(effects& into, milterproto::server_options const& options) {
    note_listener(into, "milter", options);
    into["milter.max_connections"] = text(options.max_connections);
    into["milter.max_payload"] = text(options.max_payload);
    into["milter.negotiate_timeout"] = text(options.negotiate_timeout);
    into["milter.packet_timeout"] = text(options.packet_timeout);
    into["milter.idle_timeout"] = text(options.idle_timeout);
    into["milter.write_timeout"] = text(options.write_timeout);
    into["milter.progress_interval"] = text(options.progress_interval);
    into["milter.missing"] = text(options.missing);
    for (auto const* peer : {"127.0.0.1", "192.0.2.9"})
        into[std::string("milter.admits ") + peer] =
            text(!options.admits || options.admits(make_address(peer)));
}

void note_filter(effects& into, config const& values) {
    into["milter.listen"] = text(values.milter.listen);
    into["filter.reply_budget"] = text(values.milter.reply_budget);
    into["filter.sender_check_at"] = text(values.milter.sender_check_at);
    into["filter.on_error"] = text(values.milter.on_error);
}

std::string word(std::optional<client_place> place) {
    if (!place) return "not admitted";
    return *place == client_place::near ? "near" : "far";
}

void note_questions(effects& into, config values) {
    callout::core::callout_question plain(0, "ann@exists.example");
    auto timed = plain;
    timed.timeouts.emplace().fill(std::chrono::seconds(1));
    into["questions.mode"] = text(mode_for(plain, values));
    into["questions.budget with TIMEOUT"] = text(budget_for(timed, values));
    values.callout_server.timeouts = callout::mode::hard;
    into["questions.budget under hard timers"] = text(budget_for(plain, values));
    values.callout_server.timeouts = callout::mode::soft;
    into["questions.budget under soft timers"] = text(budget_for(plain, values));
}

void note_callout_server(effects& into, config const& values) {
    auto const& section = values.callout_server;
    note_listener(into, "callout_server", values.callout_listener_options());
    into["callout_server.enabled"] = text(section.enabled);
    into["callout_server.listen"] = text(section.listen);
    into["callout_server.max_connections"] = text(section.max_connections);
    into["callout_server.idle_timeout"] = text(section.idle_timeout);
    for (auto const* peer : {"127.0.0.1", "192.0.2.9"}) {
        into[std::string("callout_server.client ") + peer] =
            word(place_of_callout_client(values, make_address(peer)));
    }
    into["callout_server.client on a unix socket"] = word(place_of_callout_client(values, std::nullopt));
    auto const far = values.callout_session_options(client_place::far);
    into["callout_server.max_line"] = text(far.max_line);
    into["callout_server.max_queue"] = text(far.max_queue);
    into["callout_server.ehlo"] = text(far.ehlo);
    into["callout_server.mail_from"] = text(far.mail_from);
    into["callout_server.starttls"] = text(far.starttls);
    into["callout_server.HOST from afar"] = text(far.allow_host);
    into["callout_server.HOST from here"] =
        text(values.callout_session_options(client_place::near).allow_host);
    note_questions(into, values);
}

void note_policy(effects& into, config const& values) {
    subject const listed("<ann@listed.example>");
    into["policy.a listed domain"] = test::decided(listed, values).rule();
    subject from_afar("<ann@exists.example>");
    from_afar.who.client = make_address("192.0.2.9");
    into["policy.a client from afar"] = test::decided(from_afar, values).rule();
    callout::verification const refused(callout::status::fail, callout::reason::no_mailbox);
    into["policy.a ghost"] = to_string(test::decided(from_afar, values, refused).effective);
}

/// Returns the callout of a policy that is made of this configuration; it is not put to the engine.
sender_callout const& callout_in(policy const& made) {
    return dynamic_cast<sender_callout const&>(*made.in_order().back());
}

void note_callout(effects& into, config const& values) {
    test::callout_world world;
    auto const made = default_policy(std::make_shared<config const>(values), world.engine());
    auto const asks = [&](occasion when) {
        return callout_in(made).question_about(subject("<ann@exists.example>"), wish(when)).tests.random;
    };
    into["question.catch-all probe for mail"] = text(asks(occasion::mail));
    into["question.catch-all probe for a report"] = text(asks(occasion::report));
}

void note_log_store_and_control(effects& into, config const& values) {
    into["log.target"] = text(values.log.target);
    into["log.level"] = text(values.log.level);
    into["log.file"] = values.log.file;
    into["log.max_value"] = text(values.log.max_value);
    auto const store = values.store_options();
    into["store.file"] = store ? store->file.string() : "-";
    into["store.flush_interval"] = store ? text(store->flush_interval) : "-";
    into["store.max_entries"] = store ? text(store->max_entries) : "-";
    note_listener(into, "control", values.control.options);
    into["control.listen"] = text(values.control.listen);
    into["ask.url"] = values.default_callout_server_url();
    into["serve.drain_timeout"] = text(values.server.drain_timeout);
    into["serve.lag_interval"] = text(values.server.lag_interval);
}

}  // namespace

effects effects_of(callout::engine_options const& options) {
    effects all;
    note_engine(all, options);
    return all;
}

effects effects_of(callout::resolver_options const& options) {
    effects all;
    note_resolver(all, options);
    return all;
}

effects effects_of(milterproto::server_options const& options) {
    effects all;
    note_milter(all, options);
    return all;
}

effects effects_of(config const& values) {
    effects all;
    note_engine(all, values.engine_options());
    note_resolver(all, values.resolver);
    note_milter(all, values.milter_options());
    note_filter(all, values);
    note_callout_server(all, values);
    note_policy(all, values);
    note_callout(all, values);
    note_log_store_and_control(all, values);
    return all;
}

effects difference(effects const& before, effects const& changed) {
    effects different;
    for (auto const& [name, value] : changed) {
        if (before.at(name) != value) different[name] = value;
    }
    return different;
}

}  // namespace vouchd
