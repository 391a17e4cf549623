#include "inquiry.hpp"

#include <algorithm>

#include "callout/core/random_name.hpp"
#include "callout/core/synthetic.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

/// "192.0.2.1", and "[192.0.2.1]" and "[IPv6:2001:db8::1]" as in a mailbox.
std::optional<ip_address> address_of(std::string const& host) {
    if (auto const box = mailbox::parse("x@" + host); box && box->is_literal()) return box->literal();
    boost::system::error_code none;
    auto const address = asio::ip::make_address(host, none);
    if (none) return std::nullopt;
    return address;
}

/// That HOST cannot be found says nothing of the address: whoever named it was wrong.
void of_the_asker(verification& v) {
    v.status = status::error;
    v.reason = reason::bad_request;
    v.scope = scope::self;
}

verification overloaded(std::string_view detail) {
    return core::verdict_by_fact(status::transient, reason::overloaded, scope::self, detail);
}

bool is_at_home(ip_address const& address) {
    return address.is_loopback() || address.is_unspecified();
}

/// No peer's reply decided, so DNS did.
bool is_fail_by_dns(verification const& v) {
    return v.status == status::fail && !v.reply;
}

core::dialogue_options dialogue_options_for(request const& what, engine_options const& options,
                                            random& chance) {
    auto const& box = what.address;
    core::dialogue_options all(options.helo, box.address());
    all.senders = options.senders_for(what);
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

inquiry::inquiry(world const& w, engine_options const& options, knowledge& known, politeness& manners,
                 session_pool& sessions, reporter const& report, request what, core::cache_keys const& keys,
                 schedule time)
    : world_(w),
      options_(options),
      known_(known),
      manners_(manners),
      sessions_(sessions),
      report_(report),
      what_(std::move(what)),
      time_(time),
      asks_(dialogue_options_for(what_, options, w.random)),
      keys_(keys),
      fence_(options.destinations),
      dns_left_(time.pace == mode::soft ? options.dns_total
                                        : std::max(options.dns_total, options.dns_total_hard)) {}

asio::awaitable<verification> inquiry::run() {
    auto plan = co_await choose_hosts();
    for (auto const& omitted : plan.left_out) report_.tell(event::left_out{omitted.host, omitted.why});
    skip_what_is_known();
    auto verdict = co_await ask_hosts(std::move(plan));
    if (rejects_null_) verdict.rejects_null = true;
    if (reads_cache(what_.cache)) known_.complete(verdict, what_.tests, keys_);
    verdict.connections = connections_;
    if (is_fail_by_dns(verdict)) longest_life_ = dns_life_;
    if (what_.hosts.mode != host_mode::mxfirst && is_fail_by_dns(verdict)) of_the_asker(verdict);
    co_return verdict;
}

asio::awaitable<core::host_plan> inquiry::choose_hosts() {
    core::host_plan plan;
    auto const* const routed = options_.route_for(what_);
    if (what_.hosts.mode == host_mode::mxfirst && routed != nullptr) co_return plan_route(*routed);
    if (what_.hosts.mode == host_mode::mxonly) co_return co_await plan_exchanges(what_.hosts.host);
    if (what_.hosts.mode == host_mode::mxfirst && !what_.address.is_literal())
        co_return co_await plan_exchanges(what_.address.domain());
    auto const& first = what_.hosts.mode == host_mode::mxfirst ? what_.address.domain() : what_.hosts.host;
    plan.hosts.emplace_back(first, std::uint16_t(0));
    if (what_.hosts.mode != host_mode::hostfirst || address_of(first)) co_return plan;
    auto const behind = co_await plan_exchanges(first);
    for (auto const& host : behind.hosts) {
        if (host.name != first) plan.hosts.emplace_back(host.name, std::uint16_t(host.preference | 1u));
    }
    plan.left_out = behind.left_out;
    co_return plan;
}

asio::awaitable<core::host_plan> inquiry::plan_exchanges(std::string domain) {
    auto const exchanges = co_await look_up_exchanges(domain);
    auto plan = core::plan_hosts(domain, exchanges, options_, world_.random);
    note_life(exchanges.ttl);
    co_return plan;
}

asio::awaitable<verification> inquiry::ask_hosts(core::host_plan plan) {
    if (plan.verdict) {
        bool const null_mx = plan.verdict->reason == reason::null_mx;
        if (null_mx) report_.tell(event::resolved{"", {}, 0, true, dns_life_});
        co_return *std::move(plan.verdict);
    }
    auto wanted = claims();
    auto const place = co_await manners_.enter(std::move(wanted), time_.begin_by, time_.how);
    if (!place) co_return overloaded("too much is asked of " + what_.address.domain());
    best_preference_ = plan.hosts.front().preference;
    if (plan.beyond_limits > 0) findings_.leave_out(reason::unreachable);
    for (auto const& host : plan.hosts) {
        if (findings_.settled()) break;
        if (is_over()) {
            leave_out_the_rest();
            break;
        }
        if (connections_ >= max_connects()) {
            leave_out_for_now(host);
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
    while (!addresses.empty()) {
        auto const address = addresses.front();
        addresses.erase(addresses.begin());
        if (is_ourselves_or_worse(host)) co_return;
        if (is_over()) co_return leave_out_the_rest();
        if (!is_allowed(host, address)) continue;
        if (connections_ >= max_connects()) co_return leave_out_for_now(host);
        if (++tried > options_.max_addresses_per_mx) {
            report_.tell(event::left_out{host.name, "beyond max_addresses_per_mx"});
            findings_.leave_out(reason::unreachable);
            co_return;
        }
        endpoint const to(address, port_of(host));
        if (!goes_on_to(host, to)) co_return leave_out_the_rest();
        auto const rival = rival_of(host, address, addresses);
        auto found = co_await ask_target(host, to, rival);
        if (std::exchange(tried_rival_, false)) {
            std::erase(addresses, *rival);
            ++tried;
        }
        auto const then = found.then;
        add(host, std::move(found));
        if (then != core::next_step::next_address) co_return;
    }
}

/// The next address of the other family that may be connected to, so that a broken one costs 250 ms.
std::optional<ip_address> inquiry::rival_of(core::mail_host const& host, ip_address const& address,
                                            std::span<ip_address const> others) {
    for (auto const& other : others) {
        if (other.is_v4() == address.is_v4()) continue;
        bool const refuses_us = reads_cache(what_.cache) && known_.of_remote(endpoint(other, port_of(host)));
        if (refuses_us || manners_.reason_to_keep_away(host.name, other)) continue;
        if (host.is_routed || (fence_.check(other).allowed && is_allowed(host, other))) return other;
    }
    return std::nullopt;
}

/// The fence is asked here, of the very address that is connected to: no later look-up can slip in another
/// (CO-032).
bool inquiry::is_allowed(core::mail_host const& host, ip_address const& address) {
    if (host.is_routed) return true;
    auto const verdict = fence_.check(address);
    report_.tell(event::address_checked{host.name, address, verdict});
    if (verdict.allowed) return true;
    if (verdict.own) own_preference_ = std::min(own_preference_.value_or(host.preference), host.preference);
    auto const why = host.name + " [" + address.to_string() + "]: " + verdict.rule;
    auto refused = core::verdict_by_fact(status::error, verdict.own ? reason::self : reason::forbidden_target,
                                         scope::self, why);
    if (!verdict.own && options_.loopback_mx == loopback_mx::fail && is_at_home(address)) {
        refused = core::verdict_by_fact(status::fail, reason::no_service, scope::domain, why);
    }
    add(host, core::finding(std::move(refused), core::next_step::next_address));
    return false;
}

asio::awaitable<core::finding> inquiry::ask_target(core::mail_host host, endpoint to,
                                                   std::optional<ip_address> rival) {
    auto const ip = to.address();
    std::optional<verification> known;
    if (reads_cache(what_.cache)) known = known_.of_remote(to);
    bool const refused_us = known.has_value();
    if (!known) known = manners_.reason_to_keep_away(host.name, ip);
    if (known) {
        report_.tell(event::left_out{host.name, refused_us ? "refused us lately" : known->message});
        co_return core::finding(*std::move(known), core::next_step::next_address);
    }
    co_return co_await connect_politely(host, to, rival);
}

asio::awaitable<core::finding> inquiry::connect_politely(core::mail_host host, endpoint to,
                                                         std::optional<ip_address> rival) {
    auto claimed = manners_.claims_of(host.name, to.address());
    auto const place = co_await manners_.enter(std::move(claimed), time_.until, time_.how);
    if (!place) {
        report_.tell(event::left_out{host.name, "too many connections"});
        auto none = overloaded("too many connections to " + host.name);
        co_return core::finding(std::move(none), core::next_step::next_address);
    }
    target whom(host.name, to, options_.source_for(to.address()));
    auto const second = rival ? manners_.enter_now(manners_.claims_of(*rival)) : std::nullopt;
    if (second) whom.rival.emplace(endpoint(*rival, to.port()), options_.source_for(*rival));
    if (reads_cache(what_.cache)) whom.traits = known_.traits_of(to);
    politeness::call const now_calling(manners_, politeness::call_to(to.address(), what_.address.domain()));
    auto* const pool = options_.reuse_sessions ? &sessions_ : nullptr;
    attempt one(world_, options_, times(), report_, pool, who_asks(host), whom, time_.until);
    current_ = &one;
    auto found = co_await one.run();
    current_ = nullptr;
    connections_ += one.connections();
    tried_rival_ = one.tried_rival();
    last_ = to;
    last_reason_ = found.answer.reason;
    stopped_ = stopped_ || report_.threw();
    manners_.learn(to.address(), found.answer);
    if (found.answer.reason == reason::timeout) ran_out_of_time_ = true;
    if (found.random_timed_out) random_timed_out_ = true;
    if (writes_cache(what_.cache)) {
        known_.learn_remote(to, found.answer);
        known_.learn_traits(to, found.traits);
    }
    co_return found;
}

/// What the domain has shown before costs no RCPT, and no refused MAIL, again (smtp-callout.md 6.1, domain
/// record).
void inquiry::skip_what_is_known() {
    if (!reads_cache(what_.cache)) return;
    auto const fact = [&](core::fact what) { return known_.fact_of(keys_.domain_facts, what); };
    if (fact(core::fact::catch_all) != known::unknown) asks_.random_recipient.reset();
    if (fact(core::fact::postmaster) != known::unknown) asks_.postmasters.clear();
    bool const has_another = asks_.senders.size() > 1 && asks_.senders.front().empty();
    if (has_another && fact(core::fact::rejects_null) == known::yes) {
        asks_.senders.erase(asks_.senders.begin());
        rejects_null_ = true;
    }
}

/// A question of the domain, of who asks, and of the two together: one client's mail makes us ask one domain
/// once at a time, so that two verifiers that call each other back settle (smtp-callout.md 7.4).
std::vector<core::claim> inquiry::claims() const {
    auto const& domain = what_.address.domain();
    std::vector<core::claim> all;
    if (what_.who.client) {
        auto const client = what_.who.client->to_string();
        all.emplace_back(core::limited::chain, client + '|' + domain);
        all.emplace_back(core::limited::asker, client);
    }
    all.emplace_back(core::limited::domain, domain);
    return all;
}

void inquiry::stop() noexcept {
    stopped_ = true;
    if (current_) current_->stop();
}

asio::awaitable<dns_answer> inquiry::look_up_exchanges(std::string domain) {
    auto const since = world_.clock.now();
    auto answer = co_await world_.resolver.query(domain, record_type::mx, dns_until());
    report_.tell(event::dns_answered{domain, record_type::mx, answer});
    spend_dns_time(since);
    if (answer.outcome == dns_outcome::timed_out) ran_out_of_time_ = true;
    co_return answer;
}

asio::awaitable<std::vector<ip_address>> inquiry::look_up_host(core::mail_host host) {
    if (auto const literal = address_of(host.name)) co_return std::vector<ip_address>(1, *literal);
    auto const since = world_.clock.now();
    auto const answers = co_await look_up_addresses(world_, options_, host.name, dns_until());
    spend_dns_time(since);
    if (options_.use_ipv4) report_.tell(event::dns_answered{host.name, record_type::a, answers.ipv4});
    if (options_.use_ipv6) report_.tell(event::dns_answered{host.name, record_type::aaaa, answers.ipv6});
    auto addresses =
        core::plan_addresses(answers.ipv4.addresses, answers.ipv6.addresses, options_, world_.random);
    if (addresses.empty()) co_await note_missing_addresses(host, answers);
    auto const ttl = std::min(answers.ipv4.ttl, answers.ipv6.ttl);
    if (!addresses.empty()) report_.tell(event::resolved{host.name, addresses, host.preference, false, ttl});
    co_return addresses;
}

/// A host that can be reached by the other family alone is out of our reach; it is not missing (Z097).
asio::awaitable<void> inquiry::note_missing_addresses(core::mail_host host, both_families answers) {
    note_life(answers);
    for (auto const* one : {&answers.ipv4, &answers.ipv6}) {
        if (one->outcome == dns_outcome::timed_out) ran_out_of_time_ = true;
    }
    auto none = core::verdict_without_address(host.name, answers.ipv4, answers.ipv6);
    if (options_.use_ipv4 != options_.use_ipv6 && none.status == status::fail) {
        auto const other = options_.use_ipv4 ? record_type::aaaa : record_type::a;
        auto const since = world_.clock.now();
        auto const unused = co_await world_.resolver.query(host.name, other, dns_until());
        spend_dns_time(since);
        report_.tell(event::dns_answered{host.name, other, unused});
        if (unused.ok()) {
            auto const why = options_.use_ipv4 ? "has IPv6 addresses alone" : "has IPv4 addresses alone";
            report_.tell(event::left_out{host.name, why});
            none = core::verdict_by_fact(status::transient, reason::unreachable, scope::host,
                                         host.name + ' ' + why);
        } else if (unused.outcome != dns_outcome::no_data && unused.outcome != dns_outcome::no_domain) {
            none = core::verdict_without_address(host.name, unused, answers.ipv6);
        }
    }
    add(host, core::finding(std::move(none), core::next_step::next_host));
}

std::uint16_t inquiry::port_of(core::mail_host const& host) const {
    return host.port != 0 ? host.port : options_.port;
}

phase_timeouts const& inquiry::times() const {
    return time_.pace == mode::soft ? options_.soft : options_.hard;
}

std::size_t inquiry::max_connects() const {
    return time_.pace == mode::soft ? options_.max_connects_soft : options_.max_connects_hard;
}

core::dialogue_options inquiry::who_asks(core::mail_host const& host) const {
    auto all = asks_;
    all.via = host.via;
    all.may_be_ourselves = host.is_routed;
    return all;
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
    return stopped_ || world_.clock.now() >= time_.until;
}

/// RFC 5321 5.1: a host that is ourselves is left out, and all that are not preferred to it.
bool inquiry::is_ourselves_or_worse(core::mail_host const& host) const {
    return own_preference_ && host.preference >= *own_preference_;
}

steady_time inquiry::dns_until() const {
    return std::min(world_.clock.now() + dns_left_, time_.until);
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
    if (!stopped_) ran_out_of_time_ = true;
    findings_.leave_out(stopped_ ? reason::in_progress : reason::timeout);
}

void inquiry::leave_out_for_now(core::mail_host const& host) {
    report_.tell(event::left_out{host.name, "enough connections for one question"});
    findings_.leave_out(reason::unreachable);
}

void inquiry::add(core::mail_host const& host, core::finding f) {
    findings_.add(std::move(f), host.preference == best_preference_ ? core::rank::best : core::rank::backup);
}

}  // namespace callout
