#include "engine/dns_trust.hpp"

#include "core/organisation.hpp"

namespace callout {

bool dns_trust::confirms(mailbox const& asked, verification const& v) {
    if (core::is_without_witness(v)) return looks_.missing(asked.domain(), clock_.now());
    bool const is_told = v.status != status::transient && v.status != status::error;
    if (is_told) looks_.found(asked.domain());
    return true;
}

bool dns_trust::awaits_second_look(mailbox const& asked) const {
    return looks_.awaits_second(asked.domain(), clock_.now());
}

void dns_trust::count(core::brief const& asked, core::party const& asker, bool is_missing) {
    using change = core::dns_brake::change;
    auto const whose = core::organisation_of(asked.address.domain());
    auto const before = shares();  // which the brake forgets when it is released
    auto const changed = brake_.vote(is_missing, whose, asker, clock_.now());
    if (changed == change::pulled && news_.dns_doubted) news_.dns_doubted(shares());
    if (changed == change::released && news_.dns_believed) news_.dns_believed(before);
}

missing_domains dns_trust::shares() const noexcept {
    return {brake_.share_of_late(), brake_.usual_share()};
}

bool dns_trust::doubts(verification const& v, steady_time when) const noexcept {
    return core::is_without_witness(v) && (brake_.is_on(clock_.now()) || brake_.doubts(when));
}

void dns_trust::tell(ledger& to) const {
    to.emplace_back("missing_domains", looks_.size(), core::first_looks::most_domains);
    to.emplace_back("voters_on_dns", brake_.voters(), core::dns_brake::most_voters);
}

}  // namespace callout
