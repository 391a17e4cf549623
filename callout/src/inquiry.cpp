#include "inquiry.hpp"

#include <algorithm>

#include "callout/core/random_name.hpp"
#include "callout/core/synthetic.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

/// No peer's reply decided, so DNS did.
bool is_fail_by_dns(verification const& v) {
    return v.status == status::fail && !v.reply;
}

std::optional<ip_address> address_in(std::string const& text) {
    boost::system::error_code is_name;
    auto const address = boost::asio::ip::make_address(text, is_name);
    return is_name ? std::nullopt : std::optional(address);
}

std::vector<std::string> senders_of(request const& what, engine_options const& options) {
    std::vector<std::string> all;
    for (auto const& one : what.senders) all.push_back(one ? one->address() : std::string());
    if (all.empty()) all.emplace_back();
    if (what.senders.empty() && options.fallback_sender) all.push_back(*options.fallback_sender);
    return all;
}

core::dialogue_options dialogue_options_for(request const& what, engine_options const& options,
                                            random& chance) {
    auto const& box = what.address;
    core::dialogue_options all(options.helo, box.address());
    all.senders = senders_of(what, options);
    all.needs_smtputf8 = box.needs_smtputf8();
    all.tls = what.tls.value_or(options.tls);
    all.max_recipients = options.max_rcpt_per_session;
    if (what.tests.random) {
        auto const name = core::random_name(chance, options.catch_all_local_part_length);
        all.random_recipient = name + '@' + box.domain();
    }
    if (what.tests.postmaster || what.tests.fullpostmaster)
        all.postmasters.push_back("postmaster@" + box.domain());
    if (what.tests.fullpostmaster) all.postmasters.emplace_back("postmaster");  // RFC 5321 4.5.1
    return all;
}

}  // namespace

inquiry::inquiry(world const& w, engine_options const& options, knowledge& known, reporter const& report,
                 session_pool& pool, request const& what, steady_time until)
    : world_(w),
      options_(options),
      known_(known),
      report_(report),
      pool_(pool),
      what_(what),
      asks_(dialogue_options_for(what, options, w.random)),
      until_(until),
      fence_(options.destinations),
      dns_left_(options.dns_total) {}

asio::awaitable<verification> inquiry::run() {
    auto const& domain = what_.address.domain();
    core::host_plan plan;
    if (auto const* const hosts = explicit_route()) {
        plan = plan_route(*hosts);
    } else if (what_.address.is_literal()) {
        plan.hosts.emplace_back(domain, std::uint16_t(0));
    } else {
        auto const exchanges = co_await look_up_exchanges();
        plan = core::plan_hosts(domain, exchanges, options_, world_.random);
        note_life(exchanges.ttl);
    }
    for (auto const& omitted : plan.left_out) report_.tell(event::left_out{omitted.host, omitted.why});
    auto verdict = co_await ask_hosts(std::move(plan));
    verdict.connections = connections_;
    if (is_fail_by_dns(verdict)) longest_life_ = dns_life_;
    co_return verdict;
}

asio::awaitable<verification> inquiry::ask_hosts(core::host_plan plan) {
    if (plan.verdict) {
        bool const null_mx = plan.verdict->reason == reason::null_mx;
        if (null_mx) report_.tell(event::resolved{"", {}, 0, true, dns_life_});
        co_return *std::move(plan.verdict);
    }
    best_preference_ = plan.hosts.front().preference;
    if (plan.beyond_limits > 0) findings_.leave_out(reason::unreachable);
    for (auto const& host : plan.hosts) {
        if (findings_.settled()) break;
        if (is_over()) {
            leave_out_the_rest();
            break;
        }
        if (is_ourselves_or_worse(host)) {
            report_.tell(event::left_out{host.name, "not preferred to ourselves"});
            continue;
        }
        auto const addresses = co_await look_up_host(host);
        co_await ask_addresses(host, addresses);
    }
    co_return findings_.verdict();
}

asio::awaitable<void> inquiry::ask_addresses(core::mail_host host, std::vector<ip_address> addresses) {
    std::size_t tried = 0;
    for (auto const& address : addresses) {
        if (is_ourselves_or_worse(host)) co_return;
        if (is_over()) co_return leave_out_the_rest();
        if (!is_allowed(host, address)) continue;
        if (++tried > options_.max_addresses_per_mx) {
            report_.tell(event::left_out{host.name, "beyond max_addresses_per_mx"});
            findings_.leave_out(reason::unreachable);
            co_return;
        }
        endpoint const to(address, host.port != 0 ? host.port : options_.port);
        if (!goes_on_to(host, to)) co_return leave_out_the_rest();
        auto found = co_await ask_target(host, to);
        auto const then = found.then;
        add(host, std::move(found));
        if (then != core::next_step::next_address) co_return;
    }
}

/// The fence is asked here, of the very address that is connected to: no later look-up can slip in another
/// (CO-032).
bool inquiry::is_allowed(core::mail_host const& host, ip_address const& address) {
    if (host.is_routed) return true;
    auto const verdict = fence_.check(address);
    report_.tell(event::address_checked{host.name, address, verdict});
    if (verdict.allowed) return true;
    if (verdict.own) own_preference_ = std::min(own_preference_.value_or(host.preference), host.preference);
    auto refused =
        core::verdict_by_fact(status::error, verdict.own ? reason::self : reason::forbidden_target,
                              scope::self, host.name + " [" + address.to_string() + "]: " + verdict.rule);
    add(host, core::finding(std::move(refused), core::next_step::next_address));
    return false;
}

asio::awaitable<core::finding> inquiry::ask_target(core::mail_host host, endpoint to) {
    if (reads_cache(what_.cache)) {
        if (auto known = known_.of_remote(to.address())) {
            report_.tell(event::left_out{host.name, "refused us lately"});
            co_return core::finding(*std::move(known), core::next_step::next_address);
        }
    }
    target whom(host.name, to, options_.source_for(to.address()));
    auto* const pool = options_.reuse_sessions ? &pool_ : nullptr;
    auto const& times = what_.mode == mode::hard ? options_.hard : options_.soft;
    attempt one(world_, options_, times, report_, pool, who_asks(host), whom, until_);
    current_ = &one;
    auto found = co_await one.run();
    current_ = nullptr;
    connections_ += one.connections();
    last_ = to;
    last_reason_ = found.answer.reason;
    stopped_ = stopped_ || report_.threw();
    if (writes_cache(what_.cache)) known_.learn_remote(to.address(), found.answer);
    co_return found;
}

void inquiry::stop() noexcept {
    stopped_ = true;
    if (current_) current_->stop();
}

asio::awaitable<dns_answer> inquiry::look_up_exchanges() {
    auto const since = world_.clock.now();
    auto answer = co_await world_.resolver.query(what_.address.domain(), record_type::mx, dns_until());
    report_.tell(event::dns_answered{what_.address.domain(), record_type::mx, answer});
    spend_dns_time(since);
    co_return answer;
}

asio::awaitable<std::vector<ip_address>> inquiry::look_up_host(core::mail_host host) {
    if (auto const only = host.is_routed ? address_in(host.name) : what_.address.literal())
        co_return std::vector<ip_address>(1, *only);
    auto const since = world_.clock.now();
    auto const answers = co_await look_up_addresses(world_, options_, host.name, dns_until());
    spend_dns_time(since);
    if (options_.use_ipv4) report_.tell(event::dns_answered{host.name, record_type::a, answers.ipv4});
    if (options_.use_ipv6) report_.tell(event::dns_answered{host.name, record_type::aaaa, answers.ipv6});
    auto addresses =
        core::plan_addresses(answers.ipv4.addresses, answers.ipv6.addresses, options_, world_.random);
    if (addresses.empty()) {
        note_life(answers);
        auto none = core::verdict_without_address(host.name, answers.ipv4, answers.ipv6);
        add(host, core::finding(std::move(none), core::next_step::next_host));
    } else {
        auto const ttl = std::min(answers.ipv4.ttl, answers.ipv6.ttl);
        report_.tell(event::resolved{host.name, addresses, host.preference, false, ttl});
    }
    co_return addresses;
}

core::dialogue_options inquiry::who_asks(core::mail_host const& host) const {
    auto all = asks_;
    all.via = host.via;
    all.may_be_ourselves = host.is_routed;
    return all;
}

route const* inquiry::explicit_route() const {
    if (!what_.route.empty()) return &what_.route;
    auto const found = options_.routes.find(what_.address.domain());
    return found == options_.routes.end() || found->second.empty() ? nullptr : &found->second;
}

core::host_plan inquiry::plan_route(route const& hosts) const {
    core::host_plan plan;
    for (auto const& one : hosts) {
        auto& host = plan.hosts.emplace_back(one.host, std::uint16_t(0));
        host.is_routed = true;
        host.port = one.port;
        host.via = one.via;
    }
    return plan;
}

/// Another address is asked, unless the observer has heard enough.
bool inquiry::goes_on_to(core::mail_host const& host, endpoint const& to) {
    using decision = event::next_address::decision;
    if (!last_) return true;
    event::next_address const step{host.name, *last_, to, last_reason_};
    stopped_ = stopped_ || report_.ask(step) == decision::quit;
    return !stopped_;
}

bool inquiry::is_over() const {
    return stopped_ || world_.clock.now() >= until_;
}

/// RFC 5321 5.1: a host that is ourselves is left out, and all that are not preferred to it.
bool inquiry::is_ourselves_or_worse(core::mail_host const& host) const {
    return own_preference_ && host.preference >= *own_preference_;
}

steady_time inquiry::dns_until() const {
    return std::min(world_.clock.now() + dns_left_, until_);
}

/// One budget for all look-ups of a request (smtp-callout.md 5).
void inquiry::spend_dns_time(steady_time since) {
    dns_left_ -= std::min(dns_left_, world_.clock.now() - since);
}

void inquiry::note_life(both_families const& answers) {
    if (options_.use_ipv4) note_life(answers.ipv4.ttl);
    if (options_.use_ipv6) note_life(answers.ipv6.ttl);
}

void inquiry::note_life(std::chrono::seconds ttl) {
    dns_life_ = std::min(dns_life_, ttl);
}

void inquiry::leave_out_the_rest() {
    findings_.leave_out(stopped_ ? reason::in_progress : reason::timeout);
}

void inquiry::add(core::mail_host const& host, core::finding f) {
    findings_.add(std::move(f), host.preference == best_preference_ ? core::rank::best : core::rank::backup);
}

}  // namespace callout
