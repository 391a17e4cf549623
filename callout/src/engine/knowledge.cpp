#include "engine/knowledge.hpp"

#include <algorithm>
#include <set>

#include "callout/verdict_word.hpp"
#include "core/reply_gist.hpp"
#include "core/retention.hpp"
#include "core/ruling.hpp"

namespace callout {
namespace {

/// How many records are handled at a time of what an operator has us forget.
constexpr std::size_t most_at_once = 500;

verification as_of(core::kept_verification kept, kept_for what, std::uint64_t asked, memory_time const& time,
                   system_time now) {
    auto answer = std::move(kept.answer);
    answer.kept_for = what;
    answer.kept_until = kept.expires + time.step(now);
    answer.said_to_another = kept.asked && *kept.asked != asked;
    answer.cached = freshness::cached;
    answer.age = std::chrono::duration_cast<std::chrono::seconds>(std::max(now, kept.stored) - kept.stored);
    answer.poll = poll();
    answer.connections = 0;
    return answer;
}

}  // namespace

std::optional<knowledge::recollection> knowledge::of_address(core::cache_keys const& keys,
                                                             retrieval const& recalled,
                                                             shared_fetch const* fetched,
                                                             reporter const& report, steady_time asked_at) {
    auto const now = time_.at(asked_at);
    for (auto const& [what, key] :
         {std::pair(kept_for::address, &keys.address), {kept_for::domain, &keys.domain}}) {
        auto found = look_up(what, *key, keys.asked, recalled, fetched, report, now);
        if (found && !names_.doubts(found->answer, asked_at - found->answer.age)) return found;
    }
    return std::nullopt;
}

std::optional<knowledge::recollection> knowledge::look_up(kept_for what, std::string const& key,
                                                          std::uint64_t asked, retrieval const& recalled,
                                                          shared_fetch const* fetched, reporter const& report,
                                                          system_time now) {
    auto const about = to_string(what);
    auto const answer = [&](std::string_view layer, bool is_there) {
        std::optional<recollection> found;
        if (auto kept = is_there ? memory_.find(key, now) : std::nullopt) {
            bool const old = core::wants_refresh(*kept, lifetimes_, now);
            found.emplace(as_of(*std::move(kept), what, asked, time_, now), old);
        }
        report.tell(
            event::cache_looked_up{layer, about, found.has_value(), found ? &found->answer : nullptr});
        return found;
    };
    // What has just been brought was not in memory before, and is told as what it is.
    bool const is_stored = recalled.has_brought(key);
    bool const is_shared = !is_stored && fetched && fetched->has_brought(key);
    if (auto found = answer("memory", !is_stored && !is_shared)) return found;
    if (world_.lasting) {
        if (auto found = answer("store", is_stored)) return found;
    }
    if (!fetched || !fetched->has_asked_for(key)) return std::nullopt;
    return answer("shared", is_shared);
}

std::optional<core::kept_verification> knowledge::remembered(std::string const& key) {
    return memory_.find(key, time_.now());
}

bool knowledge::is_remembered(std::string const& key) const {
    auto const now = time_.now();
    if (core::kind_of(key) != core::key_kind::facts) return memory_.holds(key, now);
    auto const* known = facts_.peek(key);
    return known && known->expires() > now;
}

bool knowledge::may_be_stored(std::string const& key) const {
    return world_.lasting && !is_remembered(key) && may_be_in_store(key);
}

/// The store knows all that it has; what is remembered here is of keys that it was asked for in vain.
bool knowledge::may_be_in_store(std::string const& key) const {
    return world_.lasting->may_have(key) && !not_stored_.has(key);
}

/// Nothing, unless it is a record that still holds.
std::optional<core::kept_verification> knowledge::read(stored_record const& record) const {
    auto const day = world_.clock.wall();
    if (record.expires <= day) return std::nullopt;
    auto kept = core::from_record(record.value);
    if (!kept || kept->stored > day + core::most_clock_skew) return std::nullopt;
    kept->expires = std::min(kept->expires, record.expires);
    if (kept->expires <= day) return std::nullopt;
    move_by(*kept, -time_.step());
    return kept;
}

void knowledge::move_by(core::kept_verification& kept, system_time::duration step) noexcept {
    kept.stored += step;
    kept.expires += step;
    if (kept.doubted) *kept.doubted += step;
}

/// A verdict on the address answers alone; facts of its domain are for extra tests, and for a callout.
std::vector<std::string> knowledge::lacking(core::cache_keys const& keys, extra_tests const& wanted) const {
    auto const now = time_.now();
    std::vector<std::string> all;
    bool const is_known = memory_.holds(keys.address, now);
    if (!is_known) all.push_back(keys.address);
    if (!is_known && !memory_.holds(keys.domain, now)) all.push_back(keys.domain);
    bool const is_tested = wanted.random || wanted.postmaster || wanted.fullpostmaster;
    auto const* remembered = is_known && !is_tested ? nullptr : facts_.peek(keys.domain_facts);
    bool const has_facts = remembered && remembered->expires() > now;
    if ((!is_known || is_tested) && !has_facts) all.push_back(keys.domain_facts);
    return all;
}

std::vector<std::string> knowledge::to_recall(core::cache_keys const& keys, extra_tests const& wanted) const {
    if (!world_.lasting) return {};
    auto all = lacking(keys, wanted);
    std::erase_if(all, [this](auto const& key) { return !may_be_in_store(key); });
    return all;
}

std::vector<std::string> knowledge::to_recall(core::cache_keys const& keys) const {
    std::vector<std::string> all;
    for (auto const* key : {&keys.address, &keys.domain, &keys.domain_facts}) {
        if (may_be_stored(*key)) all.push_back(*key);
    }
    return all;
}

std::vector<std::string> knowledge::to_recall(std::vector<endpoint> const& hosts,
                                              core::cache_keys const& keys,
                                              engine_options const& options) const {
    std::vector<std::string> all;
    if (!world_.lasting) return all;
    for (auto const& to : hosts) {
        for (auto& key :
             {keys.remote(to, options), keys.remote_domain(to, options), core::cache_keys::host_facts(to)}) {
            if (may_be_stored(key)) all.push_back(key);
        }
    }
    return all;
}

boost::asio::awaitable<void> knowledge::recall(retrieval& what, steady_time until) {
    auto wanted = what.keys;
    auto const before = times_forgot_;
    auto const found = co_await world_.lasting->fetch(std::move(wanted), until);
    if (times_forgot_ != before || found.size() != what.keys.size()) co_return;
    take_in(what, found);
    for (auto const& key : what.keys) {
        if (!is_remembered(key)) not_stored_.add(key);
    }
}

void knowledge::take_in(retrieval& asked, std::vector<std::optional<stored_record>> const& found) {
    if (found.size() != asked.keys.size()) return;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] && take_in(asked.keys[i], *found[i])) asked.brought.push_back(asked.keys[i]);
    }
}

bool knowledge::take_in(std::string const& key, stored_record const& record) {
    if (core::kind_of(key) == core::key_kind::facts) return take_in_facts(key, record);
    auto found = read(record);
    if (!found) return false;
    auto const now = time_.now();
    found->stored = std::min(found->stored, now);  // another machine's clock may be ahead
    auto const known = memory_.find(key, now);
    if (known && known->stored >= found->stored) return false;
    memory_.put(key, *std::move(found));
    return true;
}

bool knowledge::take_in_facts(std::string const& key, stored_record const& record) {
    auto found = core::facts::from_record(record.value, world_.clock.wall() + core::most_clock_skew);
    if (!found) return false;
    found->move_by(-time_.step());
    auto all = facts_at(key);
    all.take_newer(*found, lifetimes_, time_.now());
    facts_.put(key, all);
    return true;
}

std::optional<verification> knowledge::of_remote(endpoint const& to, core::cache_keys const& keys,
                                                 engine_options const& options) {
    auto kept = remembered(keys.remote(to, options));
    if (!kept) kept = remembered(keys.remote_domain(to, options));
    if (!kept) return std::nullopt;
    return as_of(*std::move(kept), kept_for::host, keys.asked, time_, time_.now());
}

void knowledge::learn(mailbox const& box, core::cache_keys const& keys, verification const& v,
                      std::chrono::seconds longest) {
    if (v.cached != freshness::live) return;  // it was known before, and grows no younger
    learn_fact(keys.domain_facts, core::fact::catch_all, v.catch_all);
    learn_fact(keys.domain_facts, core::fact::postmaster, v.postmaster);
    if (v.rejects_null) learn_fact(keys.domain_facts, core::fact::rejects_null, known::yes);
    switch (core::subject_of(v)) {
        case core::subject::address:
            // Where everything is taken, or nobody knows, a record for each made-up address tells nothing.
            if (core::is_made_for_one_message(box) &&
                fact_of(keys.domain_facts, core::fact::catch_all) != known::no) {
                return;
            }
            return keep(keys.address, v, keys.asked, longest);
        case core::subject::domain: keep(keys.domain, v, keys.asked, longest); return doubt(keys, v);
        case core::subject::remote:
        case core::subject::remote_domain:
        case core::subject::nothing: break;
    }
}

void knowledge::learn_remote(endpoint const& to, core::cache_keys const& keys, engine_options const& options,
                             verification const& v) {
    if (v.cached != freshness::live) return;
    auto const about = core::subject_of(v);
    constexpr auto always = std::chrono::seconds::max();
    if (about == core::subject::remote) keep(keys.remote(to, options), v, keys.asked, always);
    if (about == core::subject::remote_domain) keep(keys.remote_domain(to, options), v, keys.asked, always);
}

bool knowledge::is_said_to_several(endpoint const& to, mailbox const& asked, core::cache_keys const& keys,
                                   engine_options const& options, verification const& v) {
    if (v.cached != freshness::live || v.said_at != core::stage::rcpt || !v.reply) return false;
    auto const host = keys.remote(to, options);
    if (v.status == status::pass) repeated_.accepted(host);
    bool const is_policy = v.scope == scope::address && word_of(v) == verdict_word::policy_block;
    return is_policy && repeated_.refused(host, core::gist_of(*v.reply, asked), asked.address());
}

void knowledge::keep(std::string const& key, verification const& v, std::uint64_t asked,
                     std::chrono::seconds longest) {
    auto const life = core::lifetime_of(v, lifetimes_);
    if (life <= std::chrono::seconds::zero()) return;
    auto const now = time_.now();
    auto const jittered = core::jittered(life, lifetimes_.jitter_percent, world_.random);
    core::kept_verification found(v, now, now + std::min(jittered, longest));
    found.asked = asked;
    if (auto next = core::successor(remembered(key), std::move(found))) put(key, *std::move(next));
}

/// A fail of the whole domain contradicts a pass of one of its addresses too.
void knowledge::doubt(core::cache_keys const& keys, verification const& v) {
    if (v.status == status::fail && remembered(keys.address))
        keep(keys.address, v, keys.asked, std::chrono::seconds::max());
}

void knowledge::put(std::string const& key, core::kept_verification kept) {
    if (world_.lasting || world_.shared) {
        move_by(kept, time_.step());
        publish(key, stored_record(core::to_record(kept), kept.expires));
        move_by(kept, -time_.step());
    }
    memory_.put(key, std::move(kept));
}

void knowledge::publish(std::string const& key, stored_record const& record) {
    not_stored_.remove(key);
    if (world_.lasting) world_.lasting->put(key, record);
    if (world_.shared) world_.shared->put(key, record);
}

bool knowledge::complete(verification& v, extra_tests const& wanted, core::cache_keys const& keys) {
    if (v.status != status::pass) return true;
    auto const answer = [&](known& into, core::fact what) {
        if (into == known::unknown) into = fact_of(keys.domain_facts, what);
        return into != known::unknown;
    };
    bool const random = !wanted.random || answer(v.catch_all, core::fact::catch_all);
    bool const wants_postmaster = wanted.postmaster || wanted.fullpostmaster;
    bool const postmaster = !wants_postmaster || answer(v.postmaster, core::fact::postmaster);
    core::rule(v, {.postmaster_is_wanted = wants_postmaster});
    return random && postmaster;
}

boost::asio::awaitable<void> knowledge::find_stored(core::erasure const& which,
                                                    std::set<std::string>& found) const {
    for (auto const& beginning : which.beginnings()) {
        std::vector<std::string> remotes;
        auto const keys = co_await world_.lasting->keys(beginning);
        for (auto const& key : keys) {
            if (core::kind_of(key) == core::key_kind::remote) {
                remotes.push_back(key);
            } else if (which.covers(key, {})) {
                found.insert(key);
            }
        }
        co_await find_stored_remotes(which, std::move(remotes), found);
    }
}

/// Which server a record is about only the record tells.
boost::asio::awaitable<void> knowledge::find_stored_remotes(core::erasure const& which,
                                                            std::vector<std::string> keys,
                                                            std::set<std::string>& found) const {
    for (std::size_t at = 0; at < keys.size(); at += most_at_once) {
        auto const end = std::min(keys.size(), at + most_at_once);
        std::vector<std::string> part(keys.begin() + std::ptrdiff_t(at), keys.begin() + std::ptrdiff_t(end));
        auto const records = co_await world_.lasting->fetch(part, steady_time::max());
        for (std::size_t i = 0; i < part.size(); ++i) {
            auto const kept = i < records.size() && records[i] ? read(*records[i]) : std::nullopt;
            if (which.covers(part[i], kept ? kept->answer.host : std::string())) found.insert(part[i]);
        }
    }
}

boost::asio::awaitable<void> knowledge::erase_stored(std::set<std::string> const& keys) {
    std::size_t queued = 0;
    for (auto const& key : keys) {
        world_.lasting->erase(key);
        if (++queued % most_at_once == 0) (void)co_await world_.lasting->flush();
    }
    (void)co_await world_.lasting->flush();  // if it fails, what is queued counts
}

boost::asio::awaitable<std::size_t> knowledge::forget(core::erasure which) {
    std::set<std::string> doomed;
    if (world_.lasting) co_await find_stored(which, doomed);
    ++times_forgot_;
    auto const is_covered = [&](std::string const& key) { return which.covers(key, {}); };
    for (auto& key : memory_.covered_by(which)) doomed.insert(std::move(key));
    facts_.erase_if([&](std::string const& key, core::facts const&) {
        return is_covered(key) && (doomed.insert(key), true);
    });
    for (auto const& key : doomed) {
        memory_.forget(key);
        if (world_.shared) world_.shared->erase(key);
    }
    repeated_.forget_if(is_covered);
    if (world_.lasting) co_await erase_stored(doomed);
    co_return doomed.size();
}

core::host_traits knowledge::traits_of(endpoint const& to) {
    auto const all = facts_at(core::cache_keys::host_facts(to));
    auto const now = time_.now();
    return {.tls_broken = all.get(core::fact::tls_broken, now) == known::yes,
            .no_pipelining = all.get(core::fact::no_pipelining, now) == known::yes};
}

void knowledge::learn_traits(endpoint const& to, core::host_traits learnt) {
    if (!learnt.tls_broken && !learnt.no_pipelining) return;
    auto const key = core::cache_keys::host_facts(to);
    if (learnt.tls_broken) learn_fact(key, core::fact::tls_broken, known::yes);
    if (learnt.no_pipelining) learn_fact(key, core::fact::no_pipelining, known::yes);
}

memory_numbers knowledge::numbers() const noexcept {
    return {.addresses = memory_.numbers_of(core::key_kind::address),
            .domains = memory_.numbers_of(core::key_kind::domain),
            .remotes = memory_.numbers_of(core::key_kind::remote),
            .facts = facts_.size(),
            .dns_answers = 0};
}

void knowledge::tell(ledger& to) const {
    to.emplace_back("cache_entries", memory_.size(), memory_.most().entries);
    to.emplace_back("cache_bytes", memory_.bytes(), memory_.most().bytes);
    to.emplace_back("facts", facts_.size(), facts_.most());
    to.emplace_back("hosts_that_refuse_alike", repeated_.size(), core::repeated_refusals::most_hosts);
    names_.tell(to);
    if (world_.lasting) world_.lasting->tell(to);
}

known knowledge::fact_of(std::string const& key, core::fact what) {
    return facts_at(key).get(what, time_.now());
}

void knowledge::learn_fact(std::string const& key, core::fact what, known value) {
    if (value == known::unknown) return;
    auto all = facts_at(key);
    all.set(what, value, time_.now() + core::lifetime_of(what, value, lifetimes_));
    facts_.put(key, all);
    if (!world_.lasting && !world_.shared) return;
    all.move_by(time_.step());
    publish(key, stored_record(all.to_record(world_.clock.wall()), all.expires()));
}

core::facts knowledge::facts_at(std::string const& key) {
    auto const* known = facts_.find(key);
    return known ? *known : core::facts();
}

}  // namespace callout
