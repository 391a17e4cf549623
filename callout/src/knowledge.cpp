#include "knowledge.hpp"

#include <algorithm>

namespace callout {
namespace {

verification as_of(core::kept_verification kept, system_time now) {
    auto answer = std::move(kept.answer);
    answer.cached = freshness::cached;
    answer.age = std::chrono::duration_cast<std::chrono::seconds>(std::max(now, kept.stored) - kept.stored);
    answer.poll = poll();
    answer.connections = 0;
    return answer;
}

}  // namespace

std::optional<verification> knowledge::of_address(core::cache_keys const& keys, reporter const& report) {
    if (auto found = look_up("address", keys.address, report)) return found;
    return look_up("domain", keys.domain, report);
}

std::optional<verification> knowledge::look_up(std::string_view about, std::string const& key,
                                               reporter const& report) {
    auto const now = world_.clock.wall();
    auto const answer = [&](std::string_view layer, std::optional<core::kept_verification> kept) {
        std::optional<verification> found;
        if (kept) found = as_of(*std::move(kept), now);
        report.tell(event::cache_looked_up{layer, about, found.has_value(), found ? &*found : nullptr});
        return found;
    };
    if (auto found = answer("memory", memory_.find(key, now))) return found;
    if (!world_.lasting) return std::nullopt;
    return answer("store", recall_stored(key));
}

std::optional<core::kept_verification> knowledge::recall(std::string const& key) {
    auto kept = memory_.find(key, world_.clock.wall());
    return kept || !world_.lasting ? kept : recall_stored(key);
}

std::optional<core::kept_verification> knowledge::recall_stored(std::string const& key) {
    auto const record = world_.lasting->get(key);
    if (!record || record->expires <= world_.clock.wall()) return std::nullopt;
    auto kept = core::from_record(record->value);
    if (!kept) return std::nullopt;
    kept->expires = std::min(kept->expires, record->expires);
    if (kept->expires <= world_.clock.wall()) return std::nullopt;
    memory_.put(key, *kept);
    return kept;
}

std::optional<verification> knowledge::of_remote(ip_address const& to) {
    auto kept = recall(core::cache_keys::remote(to, options_));
    if (!kept) return std::nullopt;
    return as_of(*std::move(kept), world_.clock.wall());
}

void knowledge::learn(core::cache_keys const& keys, verification const& v, std::chrono::seconds longest) {
    switch (core::subject_of(v)) {
        case core::subject::address: return keep(keys.address, v, longest);
        case core::subject::domain: return keep(keys.domain, v, longest);
        case core::subject::remote:
        case core::subject::nothing: break;
    }
}

void knowledge::learn_remote(ip_address const& to, verification const& v) {
    if (core::subject_of(v) != core::subject::remote) return;
    keep(core::cache_keys::remote(to, options_), v, std::chrono::seconds::max());
}

void knowledge::keep(std::string const& key, verification const& v, std::chrono::seconds longest) {
    auto const life = core::lifetime_of(v, options_.lifetimes);
    if (life <= std::chrono::seconds::zero()) return;
    auto const known = recall(key);
    if (known && core::is_determined(known->answer) && !core::is_determined(v)) return;
    auto const now = world_.clock.wall();
    auto const jittered = core::jittered(life, options_.lifetimes.jitter_percent, world_.random);
    core::kept_verification const kept(v, now, now + std::min(jittered, longest));
    memory_.put(key, kept);
    if (world_.lasting) world_.lasting->put(key, stored_record(core::to_record(kept), kept.expires));
}

}  // namespace callout
