#include "engine/knowledge.hpp"

#include <algorithm>
#include <set>

#include "callout/verdict_word.hpp"
#include "core/reply_gist.hpp"
#include "core/retention.hpp"
#include "core/ruling.hpp"

namespace callout {
namespace {

verification as_of(core::kept_verification kept, kept_for what, std::uint64_t asked, system_time now) {
    auto answer = std::move(kept.answer);
    answer.kept_for = what;
    answer.kept_until = kept.expires;
    answer.said_to_another = kept.asked && *kept.asked != asked;
    answer.cached = freshness::cached;
    answer.age = std::chrono::duration_cast<std::chrono::seconds>(std::max(now, kept.stored) - kept.stored);
    answer.poll = poll();
    answer.connections = 0;
    return answer;
}

}  // namespace

std::optional<knowledge::recollection> knowledge::of_address(core::cache_keys const& keys,
                                                             shared_fetch const* fetched,
                                                             reporter const& report) {
    for (auto const& [what, key] :
         {std::pair(kept_for::address, &keys.address), {kept_for::domain, &keys.domain}}) {
        auto found = look_up(what, *key, keys.asked, fetched, report);
        if (found) return found;
    }
    return std::nullopt;
}

std::optional<knowledge::recollection> knowledge::look_up(kept_for what, std::string const& key,
                                                          std::uint64_t asked, shared_fetch const* fetched,
                                                          reporter const& report) {
    auto const now = world_.clock.wall();
    auto const about = to_string(what);
    auto const answer = [&](std::string_view layer, std::optional<core::kept_verification> kept) {
        std::optional<recollection> found;
        if (kept) {
            bool const old = core::wants_refresh(*kept, lifetimes_, now);
            found.emplace(as_of(*std::move(kept), what, asked, now), old);
        }
        report.tell(
            event::cache_looked_up{layer, about, found.has_value(), found ? &found->answer : nullptr});
        return found;
    };
    // What has just been brought was not in memory before, and is told as what it is.
    bool const is_shared = fetched && fetched->has_brought(key);
    if (auto found = answer("memory", is_shared ? std::nullopt : memory_.find(key, now))) return found;
    if (fetched && fetched->has_asked_for(key)) {
        if (auto found = answer("shared", is_shared ? memory_.find(key, now) : std::nullopt)) return found;
    }
    if (!world_.lasting) return std::nullopt;
    return answer("store", recall_stored(key));
}

std::optional<core::kept_verification> knowledge::recall(std::string const& key) {
    auto kept = memory_.find(key, world_.clock.wall());
    return kept || !world_.lasting ? kept : recall_stored(key);
}

std::optional<core::kept_verification> knowledge::recall_stored(std::string const& key) {
    auto kept = stored(key);
    if (kept) memory_.put(key, *kept);
    return kept;
}

std::optional<core::kept_verification> knowledge::stored(std::string const& key) const {
    auto const record = world_.lasting->get(key);
    return record ? read(*record) : std::nullopt;
}

/// Nothing, unless it is a record that still holds.
std::optional<core::kept_verification> knowledge::read(stored_record const& record) const {
    auto const now = world_.clock.wall();
    if (record.expires <= now) return std::nullopt;
    auto kept = core::from_record(record.value);
    if (!kept) return std::nullopt;
    kept->expires = std::min(kept->expires, record.expires);
    if (kept->expires <= now) return std::nullopt;
    return kept;
}

/// A verdict on the address answers alone; facts of its domain are for extra tests, and for a callout.
std::vector<std::string> knowledge::lacking(core::cache_keys const& keys, extra_tests const& wanted) const {
    auto const now = world_.clock.wall();
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

bool knowledge::take_in(std::string const& key, stored_record const& record) {
    if (core::kind_of(key) == core::key_kind::facts) return take_in_facts(key, record);
    auto found = read(record);
    if (!found) return false;
    auto const now = world_.clock.wall();
    found->stored = std::min(found->stored, now);  // another machine's clock may be ahead
    auto known = memory_.find(key, now);
    if (!known && world_.lasting) known = stored(key);
    if (known && known->stored >= found->stored) return false;
    memory_.put(key, *std::move(found));
    return true;
}

bool knowledge::take_in_facts(std::string const& key, stored_record const& record) {
    auto const found = core::facts::from_record(record.value);
    if (!found) return false;
    auto all = facts_at(key);
    all.take_newer(*found, lifetimes_, world_.clock.wall());
    facts_.put(key, all);
    no_facts_.erase(key);
    return true;
}

std::optional<verification> knowledge::of_remote(endpoint const& to, core::cache_keys const& keys,
                                                 engine_options const& options) {
    auto kept = recall(keys.remote(to, options));
    if (!kept) kept = recall(keys.remote_domain(to, options));
    if (!kept) return std::nullopt;
    return as_of(*std::move(kept), kept_for::host, keys.asked, world_.clock.wall());
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
    auto const now = world_.clock.wall();
    auto const jittered = core::jittered(life, lifetimes_.jitter_percent, world_.random);
    core::kept_verification found(v, now, now + std::min(jittered, longest));
    found.asked = asked;
    if (auto const next = core::successor(recall(key), std::move(found))) put(key, *next);
}

/// A fail of the whole domain contradicts a pass of one of its addresses too.
void knowledge::doubt(core::cache_keys const& keys, verification const& v) {
    if (v.status == status::fail && recall(keys.address))
        keep(keys.address, v, keys.asked, std::chrono::seconds::max());
}

void knowledge::put(std::string const& key, core::kept_verification const& kept) {
    memory_.put(key, kept);
    if (world_.lasting || world_.shared) publish(key, stored_record(core::to_record(kept), kept.expires));
}

void knowledge::publish(std::string const& key, stored_record const& record) {
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

std::vector<std::string> knowledge::stored_under(core::erasure const& which) const {
    std::vector<std::string> all;
    if (!world_.lasting) return all;
    for (auto const& beginning : which.beginnings()) {
        for (auto& key : world_.lasting->keys(beginning)) {
            auto const kept = core::kind_of(key) == core::key_kind::remote ? stored(key) : std::nullopt;
            if (which.covers(key, kept ? kept->answer.host : std::string())) all.push_back(std::move(key));
        }
    }
    return all;
}

std::size_t knowledge::forget(core::erasure const& which) {
    auto const is_covered = [&](std::string const& key) { return which.covers(key, {}); };
    std::set<std::string> doomed;
    for (auto& key : memory_.covered_by(which)) doomed.insert(std::move(key));
    for (auto& key : stored_under(which)) doomed.insert(std::move(key));
    facts_.erase_if([&](std::string const& key, core::facts const&) {
        return is_covered(key) && (doomed.insert(key), true);
    });
    for (auto const& key : doomed) {
        memory_.forget(key);
        if (world_.lasting) world_.lasting->erase(key);
        if (world_.shared) world_.shared->erase(key);
    }
    repeated_.forget_if(is_covered);
    if (world_.lasting) (void)world_.lasting->flush();  // if it fails, what is queued counts
    return doomed.size();
}

core::host_traits knowledge::traits_of(endpoint const& to) {
    auto const all = facts_at(core::cache_keys::host_facts(to));
    auto const now = world_.clock.wall();
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

known knowledge::fact_of(std::string const& key, core::fact what) {
    return facts_at(key).get(what, world_.clock.wall());
}

void knowledge::learn_fact(std::string const& key, core::fact what, known value) {
    if (value == known::unknown) return;
    auto all = facts_at(key);
    all.set(what, value, world_.clock.wall() + core::lifetime_of(what, value, lifetimes_));
    facts_.put(key, all);
    no_facts_.erase(key);
    if (world_.lasting || world_.shared) publish(key, stored_record(all.to_record(), all.expires()));
}

core::facts knowledge::facts_at(std::string const& key) {
    if (auto const* remembered = facts_.find(key)) return *remembered;
    if (!world_.lasting || no_facts_.find(key)) return core::facts();
    std::optional<core::facts> stored;
    if (auto const record = world_.lasting->get(key)) stored = core::facts::from_record(record->value);
    if (!stored) {
        no_facts_.put(key, {});
        return core::facts();
    }
    facts_.put(key, *stored);
    return *stored;
}

}  // namespace callout
