#include "engine/inquiry.hpp"

#include <algorithm>

#include "core/ruling.hpp"
#include "core/synthetic.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

verification overloaded(std::string_view detail) {
    return core::verdict_by_fact(status::transient, reason::overloaded, scope::self, detail);
}

/// Where no connection was made: another address may fare better.
core::finding instead(verification v) {
    return core::finding(std::move(v), core::next_step::next_address);
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

}  // namespace

inquiry::inquiry(world const& w, engine_options const& options, fence const& fence, knowledge& known,
                 politeness& limits, session_pool& sessions, reporter const& report, core::brief const& what,
                 cache_use cache, schedule time)
    : world_(w),
      options_(options),
      fence_(fence),
      known_(known),
      politeness_(limits),
      sessions_(sessions),
      report_(report),
      what_(what),
      cache_(cache),
      time_(time),
      asks_(what, w.random),
      lookups_(w, options, report, time),
      walk_(options, time.pace) {}

/// The limits come before everything that costs time: what waits for the name system is under way, too.
asio::awaitable<void> inquiry::run() {
    auto const place = co_await admission();
    if (!place && !stopped_) {
        turn_away();
    } else if (is_over()) {
        (void)give_up();
        take_stock();
    } else {
        co_await begin();
    }
    conclude();
}

asio::awaitable<std::optional<politeness::place>> inquiry::admission() {
    return politeness_.admit(politeness::claims_of(what_), politeness::party_of(what_, time_.how),
                             time_.begin_by, patience_);
}

asio::awaitable<std::optional<politeness::place>> inquiry::admission_to(core::mail_host const& host,
                                                                        ip_address const& address) {
    return politeness_.admit(politeness_.claims_of(host.name, address),
                             politeness::party_of(what_, time_.how), time_.until, patience_);
}

asio::awaitable<void> inquiry::begin() {
    co_await choose_hosts();
    tell_who_is_left_out();
    if (plan_.verdict) {
        verdict_ = std::move(*plan_.verdict);
        bool const null_mx = verdict_.reason == reason::null_mx;
        if (null_mx) report_.tell(event::resolved{"", {}, 0, true, lookups_.life()});
    } else {
        skip_what_is_known();
        co_await ask_hosts();
    }
    if (is_second_look()) co_await ask_canaries();
}

/// A name system that has forgotten every name which it knew of late does not confirm that one is missing.
asio::awaitable<void> inquiry::ask_canaries() {
    auto const names = known_.names().canaries();
    dns_is_sound_ = false;
    for (auto const& name : names) {
        auto const answer = co_await lookups_.ask(name, record_type::mx);
        dns_is_sound_ = answer.ok();
        if (dns_is_sound_) break;
    }
}

void inquiry::stop() noexcept {
    stopped_ = true;
    patience_.end();
    if (current_) current_->stop();
}

asio::awaitable<void> inquiry::choose_hosts() {
    dns_answer mx;
    bool const by_exchanges = core::wants_exchanges(what_);
    if (by_exchanges) mx = co_await lookups_.exchanges(what_.first_host());
    domain_is_known_ = mx.ok();
    if (domain_is_known_) known_.names().has_answer_for(what_.first_host());
    plan_ = core::plan_hosts(what_, by_exchanges ? &mx : nullptr, options_, world_.random);
    rests_on_records_ = domain_is_known_ && plan_.verdict != nullptr;
}

void inquiry::tell_who_is_left_out() const {
    for (auto const& omitted : plan_.left_out) report_.tell(event::left_out{omitted.host, omitted.why});
    if (plan_.untold == 0) return;
    auto const others = std::to_string(plan_.untold) + " more";
    report_.tell(event::left_out{others, "beyond the limits, or not a host's name"});
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

asio::awaitable<void> inquiry::ask_hosts() {
    using kind = step::kind;
    for (auto now = walk_.start(std::move(plan_)); !now.finished();) {
        if (is_over()) {
            now = give_up();
        } else if (now.what == kind::look_up) {
            now = co_await look_up(*now.host);
        } else if (now.what == kind::check) {
            now = check(*now.host, now.address);
        } else if (now.what == kind::connect) {
            now = co_await connect(*now.host, now.address);
        } else {
            report_.tell(event::left_out{now.host->name, now.why});
            now = walk_.resume();
        }
    }
    take_stock();
}

void inquiry::turn_away() {
    verdict_ = overloaded("too much is asked of " + what_.address.domain());
}

void inquiry::take_stock() {
    verdict_ = walk_.take_verdict();
}

asio::awaitable<inquiry::step> inquiry::look_up(core::mail_host const& host) {
    auto found = co_await lookups_.addresses(host);
    if (!found.none) co_return walk_.resume(std::move(found.ordered));
    co_return walk_.resume(core::finding(std::move(*found.none), core::next_step::next_host));
}

inquiry::step inquiry::check(core::mail_host const& host, ip_address const& address) {
    auto const verdict = verdict_on(address);
    report_.tell(event::address_checked{host.name, address, verdict});
    return walk_.resume(verdict);
}

fence_verdict inquiry::verdict_on(ip_address const& address) const {
    bool const is_ours = fence_.asks_whose(address) && world_.connector.leads_home(address);
    return fence_.check(address, is_ours ? whose_address::ours : whose_address::of_another);
}

asio::awaitable<inquiry::step> inquiry::connect(core::mail_host const& host, ip_address address) {
    endpoint const to(address, port_of(host));
    if (!goes_on_to(host, to)) co_return give_up();
    co_await recall(host, to);
    if (auto const avoided = keep_away(host, to)) co_return *avoided;
    auto const rival = rival_of(host, address);
    auto const place = co_await admission_to(host, address);
    if (!place && !stopped_) co_return turn_away(host);
    if (is_over()) co_return give_up();  // while it waited
    auto const second = rival ? admission_now(*rival) : std::nullopt;
    politeness::call const now_calling(politeness_, politeness::call_to(address, what_.address.domain()));
    asks_.via = host.via;
    asks_.may_be_ourselves = host.is_routed;
    attempt one(world_, options_, what_, time_.pace, report_, sessions_, asks_,
                target_of(host, to, second ? rival : std::nullopt), time_.until);
    lent const now_asking(current_, one);
    co_await one.run();
    co_return learn(one, rival);
}

std::optional<politeness::place> inquiry::admission_now(ip_address const& address) {
    return politeness_.enter_now(politeness_.claims_of(address), politeness::party_of(what_, time_.how));
}

/// Brings into memory what the lasting store knows of a host's address, and of those that may race with it.
asio::awaitable<void> inquiry::recall(core::mail_host const& host, endpoint const& to) {
    if (!world_.lasting || !(reads_cache(cache_) || writes_cache(cache_))) co_return;
    std::vector<endpoint> all = {to};
    for (auto const& other : walk_.untried()) {
        if (other.is_v4() != to.address().is_v4()) all.emplace_back(other, port_of(host));
    }
    retrieval wanted(known_.to_recall(all, what_.keys, options_));
    if (wanted.keys.empty()) co_return;
    auto const until = std::min(time_.until, world_.clock.now() + knowledge::time_to_recall);
    co_await known_.recall(wanted, until);
}

/// Another address is asked, unless the observer has heard enough.
bool inquiry::goes_on_to(core::mail_host const& host, endpoint const& to) {
    using decision = event::next_address::decision;
    if (!last_) return true;
    event::next_address const change{host.name, *last_, to, last_reason_};
    stopped_ = stopped_ || report_.ask(change) == decision::quit;
    return !stopped_;
}

/// Leaves a host alone for a while that refused us, complained or could not be reached lately.
std::optional<inquiry::step> inquiry::keep_away(core::mail_host const& host, endpoint const& to) {
    auto known = refusal_by(to);
    bool const refused_us = known.has_value();
    if (!known) known = politeness_.reason_to_keep_away(host.name, to, what_);
    if (known) report_.tell(event::left_out{host.name, refused_us ? "refused us lately" : known->message});
    if (!known) return std::nullopt;
    return walk_.resume(instead(*std::move(known)));
}

std::optional<verification> inquiry::refusal_by(endpoint const& to) const {
    return reads_cache(cache_) ? known_.of_remote(to, what_.keys, options_) : std::nullopt;
}

inquiry::step inquiry::turn_away(core::mail_host const& host) {
    report_.tell(event::left_out{host.name, "too many connections"});
    return walk_.resume(instead(overloaded("too many connections to " + host.name)));
}

/// The next address of the other family that may be connected to, so that a broken one costs 250 ms.
std::optional<ip_address> inquiry::rival_of(core::mail_host const& host, ip_address const& address) const {
    auto const others = walk_.untried();
    auto const found = std::ranges::find_if(others, [&](ip_address const& other) {
        return other.is_v4() != address.is_v4() && may_race(host, other);
    });
    return found == others.end() ? std::nullopt : std::optional(*found);
}

bool inquiry::may_race(core::mail_host const& host, ip_address const& other) const {
    endpoint const to(other, port_of(host));
    if (refusal_by(to) || politeness_.reason_to_keep_away(host.name, to, what_)) return false;
    if (host.is_routed) return true;
    auto const verdict = verdict_on(other);
    if (verdict.allowed) report_.tell(event::address_checked{host.name, other, verdict});
    return verdict.allowed;
}

target inquiry::target_of(core::mail_host const& host, endpoint const& to,
                          std::optional<ip_address> const& rival) const {
    target whom(host.name, to, options_.source_for(to.address()));
    if (rival) whom.rival.emplace(endpoint(*rival, to.port()), options_.source_for(*rival));
    if (reads_cache(cache_)) whom.traits = known_.traits_of(to);
    return whom;
}

std::uint16_t inquiry::port_of(core::mail_host const& host) const {
    return host.port != 0 ? host.port : what_.port;
}

/// What an attempt brought: for this question, and for those to come.
inquiry::step inquiry::learn(attempt& made, std::optional<ip_address> const& rival) {
    auto const& to = made.reached();
    auto found = made.take_finding();
    last_ = to;
    last_reason_ = found.answer.reason;
    stopped_ = stopped_ || report_.threw();
    weigh(to, found.answer);
    // A peer that was asked under a name or sender of the asker's choice does not complain about us.
    auto const& reply = found.answer.reply;
    bool const is_about_peer =
        made.left_machine() && (what_.keys.asked_as.empty() || !reply || reply->code == 421);
    // What had less than its usual time tells how much time there was.
    bool const is_cut_short = made.was_cut_short();
    cut_short_ = cut_short_ || is_cut_short;
    answered_ = answered_ || made.was_answered();
    using hearing = politeness::hearing;
    if (is_about_peer && !is_cut_short)
        politeness_.learn(to, what_, found.answer,
                          made.was_answered() ? hearing::something : hearing::nothing);
    if (found.answer.reason == reason::timeout) ran_out_of_time_ = true;
    if (found.random_timed_out) random_timed_out_ = true;
    if (writes_cache(cache_) && !is_cut_short) {
        known_.learn_remote(to, what_.keys, options_, found.answer);
        known_.learn_traits(to, found.traits);
    }
    return walk_.resume(std::move(found), made.connections(), made.tried_rival() ? rival : std::nullopt);
}

/// What a host says to everybody is about us, although its words did not tell.
void inquiry::weigh(endpoint const& to, verification& said) {
    if (!writes_cache(cache_)) return;
    core::rule(said,
               {.said_to_several = known_.is_said_to_several(to, what_.address, what_.keys, options_, said)});
}

void inquiry::conclude() {
    if (rejects_null_) verdict_.rejects_null = true;
    if (reads_cache(cache_)) known_.complete(verdict_, what_.tests, what_.keys);
    verdict_.connections = walk_.connections();
    if (core::is_fail_by_dns(verdict_)) longest_life_ = lookups_.life();
    doubt_dns();
    look_twice();
    core::rule(verdict_, {.asker_chose_hosts = what_.hosts.mode != host_mode::mxfirst});
}

/// A record that names nobody who could be called is a witness, as a null MX is.
bool inquiry::is_without_witness() const {
    return !rests_on_records_ && core::is_without_witness(verdict_);
}

/// A question that leaves no trace is never one of the two looks.
bool inquiry::is_second_look() const {
    return writes_cache(cache_) && is_without_witness() && known_.names().awaits_second_look(what_.address);
}

/// If the name system misses far more than usual, it is not believed.
void inquiry::doubt_dns() {
    bool const is_missing = is_without_witness();
    bool const is_known = domain_is_known_ || walk_.connections() > 0;
    bool const is_of_domain = what_.hosts.mode == host_mode::mxfirst && what_.route.empty();
    bool const is_new = writes_cache(cache_) && time_.how != core::urgency::background;
    if (is_of_domain && is_new && (is_missing || is_known))
        known_.names().count(what_, politeness::party_of(what_, time_.how), is_missing);
    if (!is_missing || !known_.names().is_doubting()) return;
    verdict_ = core::verdict_by_fact(status::transient, reason::dns, scope::domain,
                                     "DNS says of far more domains than usual that they are missing; it is "
                                     "not believed until that ends");
}

/// What only the name system says is kept until the second look at most.
void inquiry::look_twice() {
    if (verdict_.cached != freshness::live || rests_on_records_) return;
    bool const is_told = !core::is_without_witness(verdict_);
    bool const counts = writes_cache(cache_) && dns_is_sound_;
    verdict_.unconfirmed = counts ? !known_.names().confirms(what_.address, verdict_) : !is_told;
    if (verdict_.unconfirmed) longest_life_ = std::min(longest_life_, core::first_looks::apart);
}

bool inquiry::is_over() const {
    return stopped_ || world_.clock.now() >= time_.until;
}

/// Asks no host any more, because time is up or somebody stopped it.
inquiry::step inquiry::give_up() {
    if (!stopped_) ran_out_of_time_ = true;
    return walk_.give_up(stopped_ ? reason::in_progress : reason::timeout);
}

}  // namespace callout
