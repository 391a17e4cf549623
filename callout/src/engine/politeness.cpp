#include "engine/politeness.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/organisation.hpp"
#include "core/synthetic.hpp"

namespace callout {

namespace {

namespace asio = boost::asio;
using core::claim;
using core::limited;

core::quotas quotas_of(politeness_limits const& l) {
    core::quotas all;
    auto const set = [&](limited what, std::size_t parallel, rate r) {
        all[std::size_t(what)] = core::quota{parallel, r.count, r.window};
    };
    set(limited::questions, l.max_parallel == 0 ? 0 : l.max_parallel + l.queue_limit, {});
    set(limited::connections, l.max_parallel, {});
    set(limited::domain, l.max_parallel_per_domain, l.domain_rate);
    set(limited::organisation, l.max_parallel_per_organisation, l.organisation_rate);
    set(limited::address, l.max_parallel_per_address, l.address_rate);
    set(limited::asker, 0, l.asker_rate);
    set(limited::chain, l.max_chains, {});
    return all;
}

/// Replies that ask us, in one way or another, to come less often (smtp-callout.md 7.1).
bool is_complaint(verification const& v) {
    if (!v.reply) return false;
    bool const is_of_one_mailbox = v.scope == scope::address && v.reply->code != 421;
    if (is_of_one_mailbox) return false;
    bool const is_policy =
        v.reply->enhanced && v.reply->enhanced->cls == 4 && v.reply->enhanced->subject == 7;
    bool const is_of_us = v.status == status::transient && v.scope == scope::self;
    return v.reply->code == 421 || v.reason == reason::blocked || v.reason == reason::policy || is_of_us ||
           (is_policy && v.reason != reason::greylisted);
}

/// What is said to a recipient may be the wish of its domain, which shares the host with others.
bool is_of_one_domain(verification const& complaint) {
    return complaint.said_at == core::stage::rcpt && complaint.reply->code != 421;
}

/// Returns the bytes of an address, which is looked up often and read by nobody.
std::string key_of(ip_address const& address) {
    return peer_address(address).bytes();
}

/// A service that is down says nothing of another one at the same address.
std::string key_of(endpoint const& to) {
    return key_of(to.address()) + ':' + std::to_string(to.port());
}

bool nobody_was_reached(verification const& v) {
    return !v.reply && (v.reason == reason::refused || v.reason == reason::unreachable);
}

}  // namespace

politeness::politeness(callout::clock& clock, politeness_limits const& l)
    : clock_(clock),
      gate_(quotas_of(l), l.queue_limit),
      complaints_(l.back_off_first, l.back_off_most),
      down_(l.down_first, l.down_most),
      silent_(l.down_first, l.down_first) {}

void politeness::limit(politeness_limits const& l) {
    gate_.limit(quotas_of(l), l.queue_limit);
    complaints_.set_times(l.back_off_first, l.back_off_most);
    down_.set_times(l.down_first, l.down_most);
    silent_.set_times(l.down_first, l.down_first);
    let_in();
    // A rate that has changed moves the line at another time than the one that watches knows.
    if (!waiting_.empty()) waiting_.begin()->second->bell.ring();
}

asio::awaitable<std::optional<politeness::place>> politeness::admit(core::claims wanted, core::party who,
                                                                    steady_time until, patience& how) {
    auto mine = ask(std::move(wanted), who, until);
    if (mine && mine->waits_) co_await wait(*mine, until, how);
    if (mine && mine->waits_) mine.reset();
    co_return std::move(mine);
}

/// A place, or one that waits still, or nothing if there will be none by `until`.
std::optional<politeness::place> politeness::ask(core::claims wanted, core::party const& who,
                                                 steady_time until) {
    auto const admission = gate_.ask(std::move(wanted), who, clock_.now(), until);
    std::optional<place> mine;
    if (admission.answer != core::gate::answer::refused)
        mine.emplace(*this, admission.number, admission.answer == core::gate::answer::wait);
    return mine;
}

/// Until it is a place, or the time or the patience is over, and it waits still.
asio::awaitable<void> politeness::wait(place& mine, steady_time until, patience& how) {
    auto const bell = clock_.make_alarm();
    ending_by const somebody(how, *bell);
    waiter me{*bell};
    waiting_.emplace(mine.which_, &me);
    keep_watch();
    while (!me.is_in && !stopped_at_ && !how.is_over_ && clock_.now() < until) {
        auto wake_at = until;
        if (waiting_.begin()->second == &me) {
            wake_at = std::min(until, gate_.next_change().value_or(until));
            watcher_ = mine.which_;
            watched_until_ = wake_at;
        }
        co_await bell->wait(wake_at);
        let_in();
    }
    mine.waits_ = !me.is_in;
    if (me.is_in) co_return;
    waiting_.erase(mine.which_);  // the bell ends before the place does
    keep_watch();
}

/// Wakes the one that is to watch, if it does not watch yet, or waits for a change that comes sooner now.
void politeness::keep_watch() {
    if (waiting_.empty()) return;
    auto const& [first, who] = *waiting_.begin();
    auto const change = gate_.next_change();
    if (first != watcher_ || (change && *change < watched_until_)) who->bell.ring();
}

std::optional<politeness::place> politeness::enter_now(core::claims wanted, core::party const& who) {
    auto mine = ask(std::move(wanted), who, clock_.now());
    if (mine && mine->waits_) mine.reset();
    return mine;
}

void politeness::stop() {
    stopped_at_ = clock_.now();
    for (auto const& [which, who] : waiting_) who->bell.ring();
}

waiting_numbers politeness::waiting_by_limit() const noexcept {
    return {.for_questions = gate_.waiting(limited::questions),
            .for_connections = gate_.waiting(limited::connections),
            .for_domain = gate_.waiting(limited::domain),
            .for_organisation = gate_.waiting(limited::organisation),
            .for_address = gate_.waiting(limited::address),
            .for_asker = gate_.waiting(limited::asker),
            .for_chain = gate_.waiting(limited::chain)};
}

void politeness::tell(ledger& to) const {
    constexpr auto most_hosts = core::back_off::most_hosts;
    to.emplace_back("questions", gate_.questions().taken(), gate_.questions().places());
    to.emplace_back("connections", gate_.connections().taken(), gate_.connections().places());
    to.emplace_back("waiting", gate_.waiting(), gate_.most_waiting());
    to.emplace_back("limited_names", gate_.size(), core::gate::most_shares);
    to.emplace_back("hosts_that_complained", complaints_.size(), most_hosts);
    to.emplace_back("hosts_that_are_down", down_.size(), most_hosts);
    to.emplace_back("hosts_that_are_silent", silent_.size(), most_hosts);
    to.emplace_back("names_of_hosts_left_alone", names_.size(), most_hosts);
}

void politeness::leave(core::gate::ticket which) {
    waiting_.erase(which);
    if (stopped_at_) return gate_.leave(which, *stopped_at_);  // the clock may be gone
    gate_.leave(which, clock_.now());
    let_in();
}

void politeness::let_in() {
    while (auto const lucky = gate_.next(clock_.now())) {
        auto const found = waiting_.find(*lucky);
        if (found == waiting_.end()) continue;
        auto* const who = found->second;
        waiting_.erase(found);
        who->is_in = true;
        who->bell.ring();
    }
    keep_watch();
}

/// A question of the domain, of who asks, and of the two together: one client's mail makes us ask one domain
/// once at a time, so that two verifiers that call each other back settle (smtp-callout.md 7.4). Whoever owns
/// a domain owns the names below it.
core::claims politeness::claims_of(core::brief const& what) {
    core::claims all;
    all.emplace_back(limited::questions);
    if (what.client) {
        auto client = peer_address(*what.client).subscriber();
        all.emplace_back(limited::chain, client + '|' + what.address.domain());
        all.emplace_back(limited::asker, std::move(client));
    }
    all.emplace_back(limited::domain, core::organisation_of(what.address.domain()));
    return all;
}

core::claims politeness::claims_of(std::string const& host, ip_address const& address) const {
    core::claims all;
    all.push_back(claim_of(address));
    all.emplace_back(limited::connections);
    all.emplace_back(limited::organisation, core::organisation_of(host));
    return all;
}

core::claims politeness::claims_of(ip_address const& address) const {
    core::claims all;
    all.push_back(claim_of(address));
    return all;
}

core::claim politeness::claim_of(ip_address const& address) const {
    return claim(limited::address, peer_address(address).subscriber(),
                 complaints_.strikes(key_of(address), clock_.now()));
}

core::party politeness::party_of(core::brief const& what, core::urgency how) {
    return how == core::urgency::background ? core::party::background() : originator_of(what);
}

core::party politeness::originator_of(core::brief const& what) {
    if (!what.client) return core::party::unknown();
    return core::party::of_network(*what.client);
}

std::string politeness::call_to(ip_address const& peer, std::string const& domain) {
    return key_of(peer) + '|' + domain;
}

std::optional<core::back_off::pause> politeness::complaint_of(endpoint const& to,
                                                              core::brief const& what) const {
    if (complaints_.size() == 0) return std::nullopt;
    auto const now = clock_.now();
    auto found = complaints_.pause_at(key_of(to.address()), now);
    return found ? found : complaints_.pause_at(call_to(to.address(), what.address.domain()), now);
}

std::optional<verification> politeness::reason_to_keep_away(std::string const& host, endpoint const& to,
                                                            core::brief const& what) const {
    auto const now = clock_.now();
    auto const complaint = complaint_of(to, what);
    auto const down = complaint ? std::nullopt : down_.pause_at(key_of(to), now);
    auto const silent = complaint || down ? std::nullopt : silent_.pause_at(key_of(to), now);
    auto const last = complaint ? complaint : down ? down : silent;
    if (!last) return std::nullopt;
    auto const where = host + " [" + to.address().to_string() + ']';
    auto why = complaint ? core::verdict_by_fact(status::transient, reason::busy, scope::host,
                                                 where + " complained lately")
               : down    ? core::verdict_by_fact(status::transient, reason::unreachable, scope::host,
                                                 where + " could not be reached lately")
                         : core::verdict_by_fact(status::transient, reason::timeout, scope::host,
                                                 where + " said nothing lately");
    why.host = host;
    why.ip = to.address().to_string();
    why.cached = freshness::cached;
    why.age = std::chrono::duration_cast<std::chrono::seconds>(now - last->since);
    why.kept_for = kept_for::host;
    why.kept_until = clock_.wall() + (last->until - now);
    why.said_to_another = last->about != what.keys.asked;
    return why;
}

void politeness::learn(endpoint const& to, core::brief const& what, verification const& brought,
                       hearing heard) {
    auto const service = key_of(to);
    auto const about = what.keys.asked;
    if (brought.cached != freshness::live || brought.reason == reason::local) return;
    bool const is_down = nobody_was_reached(brought);
    bool const was_silent = heard == hearing::nothing && brought.reason == reason::timeout;
    if (is_down || was_silent || is_complaint(brought))
        names_.put(to.address(), core::in_lower_case(brought.host));
    if (is_down) return down_.strike(service, clock_.now(), about);
    down_.forget(service);
    if (was_silent) return silent_.strike(service, clock_.now(), about);
    silent_.forget(service);
    if (is_complaint(brought)) {
        return complaints_.strike(
            is_of_one_domain(brought) ? call_to(to.address(), what.address.domain()) : key_of(to.address()),
            clock_.now(), about);
    }
    if (!brought.reply || complaints_.size() == 0) return;
    complaints_.relent(key_of(to.address()));
    complaints_.relent(call_to(to.address(), what.address.domain()));
}

std::vector<ip_address> politeness::addresses_of(std::string_view host) const {
    std::vector<ip_address> all;
    names_.each([&](ip_address const& address, std::string const& name) {
        if (core::same_word(name, host)) all.push_back(address);
    });
    return all;
}

std::size_t politeness::forget(std::vector<ip_address> const& addresses) {
    std::size_t count = 0;
    for (auto const& address : addresses) {
        auto const key = key_of(address);
        // A key of a domain, or of a port, goes on after the address.
        auto const is_of_address = [&](std::string const& host) {
            auto const rest = std::string_view(host).substr(std::min(key.size(), host.size()));
            return host.starts_with(key) && (rest.empty() || rest[0] == '|' || rest[0] == ':');
        };
        count += complaints_.forget_if(is_of_address) + down_.forget_if(is_of_address) +
                 silent_.forget_if(is_of_address);
        names_.erase(address);
    }
    return count;
}

std::size_t politeness::forget(std::string const& domain) {
    auto const end = '|' + domain;
    return complaints_.forget_if([&](std::string const& host) { return host.ends_with(end); });
}

}  // namespace callout
