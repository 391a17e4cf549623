#include "callout/core/cache.hpp"

#include <algorithm>

#include "callout/verdict_word.hpp"

namespace callout::core {

subject subject_of(verification const& v) noexcept {
    if (word_of(v) == verdict_word::policy_block) return subject::remote;
    if (v.status == status::error || v.scope == scope::self) return subject::nothing;
    return v.scope == scope::domain ? subject::domain : subject::address;
}

std::chrono::seconds lifetime_of(verification const& v, cache_lifetimes const& lifetimes) noexcept {
    constexpr std::chrono::seconds not_kept{0};
    switch (word_of(v)) {
        case verdict_word::success:
        case verdict_word::catch_all:
            return v.strength == strength::strong ? lifetimes.positive : lifetimes.weak_positive;
        case verdict_word::not_found: return lifetimes.negative;
        case verdict_word::no_mx: return lifetimes.domain_negative;
        case verdict_word::failure:
            return v.scope == scope::domain ? lifetimes.domain_negative : lifetimes.negative;
        case verdict_word::policy_block: return lifetimes.policy_block;
        case verdict_word::temp_failure:
            return std::min(v.retry_after.value_or(lifetimes.temporary), lifetimes.temporary);
        case verdict_word::timeout:
        case verdict_word::dns_failure: break;
    }
    return not_kept;
}

std::chrono::seconds jittered(std::chrono::seconds life, unsigned percent, random& chance) {
    auto const spread = life.count() * percent / 100;
    if (spread == 0) return life;
    auto const shift = static_cast<std::int64_t>(chance.next() % static_cast<std::uint64_t>(2 * spread + 1));
    return life + std::chrono::seconds(shift - spread);
}

bool is_determined(verification const& v) noexcept {
    return v.status == status::pass || v.status == status::fail;
}

cache_keys::cache_keys(mailbox const& box, engine_options const& options) {
    auto const parameters = "|<>" +
                            (options.fallback_sender ? ',' + *options.fallback_sender : std::string()) + '|' +
                            std::to_string(options.port);
    address = "v1:a:" + box.address() + parameters;
    domain = "v1:d:" + box.domain() + parameters;
}

std::string cache_keys::remote(boost::asio::ip::address const& to, engine_options const& options) {
    auto const& source = options.source_for(to);
    return "v1:b:" + to.to_string() + '|' + (source ? source->to_string() : "") + '|' +
           std::to_string(options.port);
}

std::optional<kept_verification> cache::find(std::string_view key, system_time now) {
    auto const found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    if (found->second->second.expires <= now) {
        erase(found->second);
        return std::nullopt;
    }
    order_.splice(order_.begin(), order_, found->second);
    return order_.front().second;
}

void cache::put(std::string const& key, kept_verification kept) {
    if (auto const found = index_.find(key); found != index_.end()) erase(found->second);
    order_.emplace_front(key, std::move(kept));
    index_.emplace(order_.front().first, order_.begin());
    if (order_.size() > most_) erase(std::prev(order_.end()));
}

void cache::erase(order::iterator which) {
    index_.erase(which->first);
    order_.erase(which);
}

}  // namespace callout::core
