#include "core/retention.hpp"

#include <algorithm>
#include <array>

#include "callout/verdict_word.hpp"
#include "core/ascii.hpp"

namespace callout::core {
namespace {

constexpr auto made_for_one = std::to_array<std::string_view>({
    "prvs=",  // BATV
    "srs0=", "srs0+", "srs0-", "srs1=", "srs1+", "srs1-",
    "btv1==",  // Barracuda's BATV
});

bool begins_with(std::string_view text, std::string_view begin) noexcept {
    return text.size() >= begin.size() && std::ranges::equal(text.substr(0, begin.size()), begin, {}, lower);
}

/// Returns whether the recipient's address is part of the sender's: `list-bounces+ann=example.org`.
bool is_verp(std::string_view local_part) noexcept {
    auto const equals = local_part.rfind('=');
    if (equals == local_part.npos || local_part.find('.', equals) == local_part.npos) return false;
    return local_part.substr(0, equals).find_first_of("+-") != local_part.npos;
}

bool is_live(kept_verification const& known, kept_verification const& found) noexcept {
    return known.expires > found.stored;
}

/// 421 closes the connection, and so is never about one recipient.
bool is_about_one_domain(verification const& v) noexcept {
    bool const closes = v.reply && v.reply->code == 421;
    return v.said_at == stage::rcpt && !closes;
}

}  // namespace

subject subject_of(verification const& v) noexcept {
    if (word_of(v) == verdict_word::policy_block) {
        if (v.scope == scope::address) return subject::address;
        return is_about_one_domain(v) ? subject::remote_domain : subject::remote;
    }
    // It only answers questions about the postmaster: it is a fact of the domain, not a verdict on an
    // address.
    if (v.reason == reason::no_postmaster) return subject::nothing;
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
        case verdict_word::timeout: return v.reason == reason::timeout ? lifetimes.temporary : not_kept;
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

std::optional<kept_verification> successor(std::optional<kept_verification> const& known,
                                           kept_verification found) {
    if (!known || !is_live(*known, found) || !is_determined(known->answer)) return found;
    if (!is_determined(found.answer)) return std::nullopt;
    auto const& old = known->answer;
    bool const contradicts =
        found.answer.status == status::fail && old.status == status::pass && old.strength == strength::strong;
    if (!contradicts) return found;
    if (!known->doubted) {
        auto marked = *known;
        marked.doubted = found.stored;
        return marked;
    }
    if (found.stored - *known->doubted < time_to_doubt) return std::nullopt;
    return found;
}

bool wants_refresh(kept_verification const& kept, cache_lifetimes const& lifetimes,
                   system_time now) noexcept {
    if (!is_determined(kept.answer) || kept.answer.unconfirmed) return false;
    auto const life = kept.expires - kept.stored;
    auto const age = now - kept.stored;
    if (kept.answer.status == status::fail) return age > life / 2;
    return age > std::min<system_time::duration>(life / 4, lifetimes.positive_refresh);
}

bool is_made_for_one_message(mailbox const& box) noexcept {
    auto const& local_part = box.local_part();
    return is_verp(local_part) ||
           std::ranges::any_of(made_for_one, [&](auto begin) { return begins_with(local_part, begin); });
}

}  // namespace callout::core
