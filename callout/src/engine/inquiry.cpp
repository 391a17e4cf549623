#include "engine/inquiry.hpp"

#include <algorithm>

#include "core/synthetic.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

/// "192.0.2.1", and "[192.0.2.1]" and "[IPv6:2001:db8::1]" as in a mailbox.
std::optional<ip_address> address_of(std::string const& host) {
    if (host.starts_with('[')) {
        auto const box = mailbox::parse("x@" + host);
        return box ? box->literal() : std::nullopt;
    }
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

/// Lets another pointer point at WHAT, as long as this lives.
class lent {
public:
    lent(attempt*& slot, attempt& what) : slot_(slot) { slot_ = &what; }
    ~lent() { slot_ = nullptr; }
    lent(lent const&) = delete;

private:
    attempt*& slot_;
};

bool is_at_home(ip_address const& address) {
    return address.is_loopback() || address.is_unspecified();
}

/// No peer's reply decided, so DNS did.
bool is_fail_by_dns(verification const& v) {
    return v.status == status::fail && !v.reply;
}

}  // namespace

inquiry::inquiry(world const& w, engine_options const& options, fence const& fence, knowledge& known,
                 politeness& manners, session_pool& sessions, reporter const& report, core::brief const& what,
                 cache_use cache, schedule time)
    : world_(w),
      options_(options),
      known_(known),
      manners_(manners),
      sessions_(sessions),
      report_(report),
      what_(what),
      cache_(cache),
      time_(time),
      asks_(what, w.random),
      fence_(fence),
      dns_left_(time.pace == mode::soft ? options.dns_total
                                        : std::max(options.dns_total, options.dns_total_hard)) {}

asio::awaitable<void> inquiry::run() {
    co_await choose_hosts();
    for (auto const& omitted : plan_.left_out) report_.tell(event::left_out{omitted.host, omitted.why});
    if (!plan_.verdict) skip_what_is_known();
    co_await ask_hosts();
    if (rejects_null_) verdict_.rejects_null = true;
    if (reads_cache(cache_)) known_.complete(verdict_, what_.tests, what_.keys);
    verdict_.connections = connections_;
    if (is_fail_by_dns(verdict_)) longest_life_ = dns_life_;
    if (what_.hosts.mode != host_mode::mxfirst && is_fail_by_dns(verdict_)) of_the_asker(verdict_);
}

asio::awaitable<void> inquiry::choose_hosts() {
    auto const mode = what_.hosts.mode;
    auto const& first = what_.first_host();
    if (mode == host_mode::mxfirst && !what_.route.empty()) {
        plan_route();
        co_return;
    }
    bool const by_exchanges = mode == host_mode::mxfirst && !what_.address.is_literal();
    if (by_exchanges || mode == host_mode::mxonly) {
        co_await plan_exchanges(first);
        co_return;
    }
    bool const has_exchanges = mode == host_mode::hostfirst && !address_of(first);
    if (has_exchanges) co_await plan_exchanges(first);
    plan_.verdict.reset();
    std::erase_if(plan_.hosts, [&](core::mail_host const& host) { return host.name == first; });
    for (auto& host : plan_.hosts) host.preference |= 1u;  // after HOST itself
    plan_.hosts.emplace(plan_.hosts.begin(), first, std::uint16_t(0));
}

asio::awaitable<void> inquiry::plan_exchanges(std::string const& domain) {
    auto const since = world_.clock.now();
    auto const answer = co_await world_.resolver.query(domain, record_type::mx, dns_until());
    report_.tell(event::dns_answered{domain, record_type::mx, answer});
    spend_dns_time(since);
    if (answer.outcome == dns_outcome::timed_out) ran_out_of_time_ = true;
    plan_ = core::plan_hosts(domain, answer, what_, options_, world_.random);
    note_life(answer.ttl);
}

asio::awaitable<void> inquiry::ask_hosts() {
    if (plan_.verdict) {
        verdict_ = std::move(*plan_.verdict);
        bool const null_mx = verdict_.reason == reason::null_mx;
        if (null_mx) report_.tell(event::resolved{"", {}, 0, true, dns_life_});
        co_return;
    }
    auto place = manners_.ask(claims(), time_.begin_by, time_.how);
    if (place && place->waits()) co_await manners_.wait(*place, time_.begin_by);
    if (!place || place->waits()) {
        verdict_ = overloaded("too much is asked of " + what_.address.domain());
        co_return;
    }
    best_preference_ = plan_.hosts.front().preference;
    if (plan_.beyond_limits > 0) findings_.leave_out(reason::unreachable);
    for (auto const& host : plan_.hosts) {
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
        co_await look_up_host(host);
        co_await ask_addresses(host);
    }
    verdict_ = findings_.verdict();
}

asio::awaitable<void> inquiry::ask_addresses(core::mail_host const& host) {
    std::size_t tried = 0;
    while (!addresses_.empty()) {
        auto const address = addresses_.front();
        addresses_.erase(addresses_.begin());
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
        if (is_to_be_left_alone(host, to)) continue;
        auto const rival = rival_of(host, address);
        auto const then = co_await ask_target(host, to, rival);
        if (std::exchange(tried_rival_, false)) {
            std::erase(addresses_, *rival);
            ++tried;
        }
        if (then != core::next_step::next_address) co_return;
    }
}

/// The next address of the other family that may be connected to, so that a broken one costs 250 ms.
std::optional<ip_address> inquiry::rival_of(core::mail_host const& host, ip_address const& address) {
    for (auto const& other : addresses_) {
        if (other.is_v4() == address.is_v4()) continue;
        endpoint const to(other, port_of(host));
        bool const refuses_us = reads_cache(cache_) && known_.of_remote(to, what_.keys);
        if (refuses_us || manners_.reason_to_keep_away(host.name, to)) continue;
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

/// Who refused us, complained or could not be reached lately is left alone for a while.
bool inquiry::is_to_be_left_alone(core::mail_host const& host, endpoint const& to) {
    std::optional<verification> known;
    if (reads_cache(cache_)) known = known_.of_remote(to, what_.keys);
    bool const refused_us = known.has_value();
    if (!known) known = manners_.reason_to_keep_away(host.name, to);
    if (!known) return false;
    report_.tell(event::left_out{host.name, refused_us ? "refused us lately" : known->message});
    add(host, core::finding(*std::move(known), core::next_step::next_address));
    return true;
}

asio::awaitable<core::next_step> inquiry::ask_target(core::mail_host const& host, endpoint const& to,
                                                     std::optional<ip_address> const& rival) {
    auto const& address = to.address();
    auto place = manners_.ask(manners_.claims_of(host.name, address), time_.until, time_.how);
    if (place && place->waits()) co_await manners_.wait(*place, time_.until);
    if (!place || place->waits()) co_return add_overload(host);
    if (is_over()) {  // while it waited
        leave_out_the_rest();
        co_return core::next_step::stop;
    }
    auto const second = rival ? manners_.enter_now(manners_.claims_of(*rival)) : std::nullopt;
    politeness::call const now_calling(manners_, politeness::call_to(address, what_.address.domain()));
    asks_.via = host.via;
    asks_.may_be_ourselves = host.is_routed;
    attempt one(world_, options_, what_, time_.pace, report_, sessions_, asks_,
                target_of(host, to, second ? rival : std::nullopt), time_.until);
    lent const now_asking(current_, one);
    co_await one.run();
    co_return learn(host, one);
}

target inquiry::target_of(core::mail_host const& host, endpoint const& to,
                          std::optional<ip_address> const& rival) {
    target whom(host.name, to, options_.source_for(to.address()));
    if (rival) whom.rival.emplace(endpoint(*rival, to.port()), options_.source_for(*rival));
    if (reads_cache(cache_)) whom.traits = known_.traits_of(to);
    return whom;
}

core::next_step inquiry::add_overload(core::mail_host const& host) {
    report_.tell(event::left_out{host.name, "too many connections"});
    auto none = overloaded("too many connections to " + host.name);
    return add(host, core::finding(std::move(none), core::next_step::next_address));
}

/// What an attempt brought: for this question, and for those to come.
core::next_step inquiry::learn(core::mail_host const& host, attempt& made) {
    auto const& to = made.reached();
    auto found = made.take_finding();
    connections_ += made.connections();
    tried_rival_ = made.tried_rival();
    last_ = to;
    last_reason_ = found.answer.reason;
    stopped_ = stopped_ || report_.threw();
    // What a peer says to others than us, who were the choice of who asks, is no complaint about us.
    auto const& reply = found.answer.reply;
    if (what_.keys.asked_as.empty() || !reply || reply->code == 421) manners_.learn(to, found.answer);
    if (found.answer.reason == reason::timeout) ran_out_of_time_ = true;
    if (found.random_timed_out) random_timed_out_ = true;
    if (writes_cache(cache_)) {
        known_.learn_remote(to, what_.keys, found.answer);
        known_.learn_traits(to, found.traits);
    }
    return add(host, std::move(found));
}

/// What the domain has shown before costs no RCPT, and no refused MAIL, again (smtp-callout.md 6.1, domain
/// record).
void inquiry::skip_what_is_known() {
    if (!reads_cache(cache_)) return;
    auto const fact = [&](core::fact what) { return known_.fact_of(what_.keys.domain_facts, what); };
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
    if (what_.client) {
        auto const client = what_.client->to_string();
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

asio::awaitable<void> inquiry::look_up_host(core::mail_host const& host) {
    addresses_.clear();
    if (auto const literal = address_of(host.name)) {
        addresses_.push_back(*literal);
        co_return;
    }
    auto const since = world_.clock.now();
    auto answers = co_await look_up_addresses(world_, options_, host.name, dns_until());
    spend_dns_time(since);
    if (options_.use_ipv4) report_.tell(event::dns_answered{host.name, record_type::a, answers.ipv4});
    if (options_.use_ipv6) report_.tell(event::dns_answered{host.name, record_type::aaaa, answers.ipv6});
    addresses_ =
        core::plan_addresses(answers.ipv4.addresses, answers.ipv6.addresses, options_, world_.random);
    if (addresses_.empty()) co_await note_missing_addresses(host, answers);
    auto const ttl = std::min(answers.ipv4.ttl, answers.ipv6.ttl);
    if (!addresses_.empty())
        report_.tell(event::resolved{host.name, addresses_, host.preference, false, ttl});
}

/// A host that can be reached by the other family alone is out of our reach; it is not missing (Z097).
asio::awaitable<void> inquiry::note_missing_addresses(core::mail_host const& host,
                                                      both_families const& answers) {
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
    return host.port != 0 ? host.port : what_.port;
}

std::size_t inquiry::max_connects() const {
    return time_.pace == mode::soft ? options_.max_connects_soft : options_.max_connects_hard;
}

void inquiry::plan_route() {
    for (auto const& one : what_.route) {
        auto& host = plan_.hosts.emplace_back(one.host.text(), std::uint16_t(0));
        host.is_routed = true;
        host.port = one.port;
        host.via = one.via;
    }
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

core::next_step inquiry::add(core::mail_host const& host, core::finding f) {
    auto const then = f.then;
    findings_.add(std::move(f), host.preference == best_preference_ ? core::rank::best : core::rank::backup);
    return then;
}

}  // namespace callout
