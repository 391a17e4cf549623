#include "core/dns_brake.hpp"

#include <cmath>

namespace callout::core {

namespace {

/// What is known before the first vote weighs as much as this many votes.
constexpr double presumed_votes = 200;
constexpr double presumed_share = 0.1;

/// Standard deviations. Where most domains are usually missing, chance makes large steps.
constexpr double beyond_chance = 4;

/// Returns whether this voter's last vote is long enough ago.
template <class Voters, class Voter>
bool is_free(Voters const& voters, Voter const& one, steady_time now) {
    auto const* const last = voters.peek(one);
    return last == nullptr || *last + dns_brake::between_votes <= now;
}

}  // namespace

dns_brake::change dns_brake::vote(bool is_missing, std::string const& organisation, party const& asker,
                                  steady_time now) {
    if (may_vote(organisation, asker, now)) {
        count({is_missing, now});
        if (is_missing && is_a_leap()) pull(now);
    }
    if (is_on(now) == was_on_) return change::none;
    was_on_ = !was_on_;
    if (was_on_) return change::pulled;
    votes_.clear();
    return change::released;
}

void dns_brake::pull(steady_time now) {
    if (!is_on(now)) since_ = votes_.front().when;
    until_ = now + hold;
}

/// Askers without an address are programs of our own machines, which may stand for many.
bool dns_brake::may_vote(std::string const& organisation, party const& asker, steady_time now) {
    bool const is_network = !asker.is_unknown() && !asker.is_background();
    if (is_network && !is_free(networks_, asker, now)) return false;
    if (!is_free(organisations_, organisation, now)) return false;
    if (is_network) networks_.put(asker, now);
    organisations_.put(organisation, now);
    return true;
}

void dns_brake::count(cast_vote one) {
    votes_.push_back(one);
    while (votes_.size() > most_votes || votes_.front().when + vote_life <= one.when) votes_.pop_front();
    if (usual_votes_ > 0) {
        std::chrono::duration<double, std::chrono::hours::period> const passed = one.when - usual_at_;
        auto const rest = std::exp2(-passed.count() / static_cast<double>(half_life.count()));
        usual_votes_ *= rest;
        usual_missing_ *= rest;
    }
    usual_votes_ += 1;
    usual_missing_ += one.is_missing ? 1 : 0;
    usual_at_ = one.when;
}

std::size_t dns_brake::missing() const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(votes_, &cast_vote::is_missing));
}

double dns_brake::share_of_late() const noexcept {
    return votes_.empty() ? 0 : static_cast<double>(missing()) / static_cast<double>(votes_.size());
}

double dns_brake::usual_share() const noexcept {
    return (usual_missing_ + presumed_share * presumed_votes) / (usual_votes_ + presumed_votes);
}

bool dns_brake::is_a_leap() const noexcept {
    if (votes_.size() < fewest_votes) return false;
    auto const usual = usual_share();
    auto const growth = share_of_late() - usual;
    auto const deviation = std::sqrt(usual * (1 - usual) / static_cast<double>(votes_.size()));
    bool const is_chance = growth <= beyond_chance * deviation && missing() != votes_.size();
    return growth > (1 - usual) / 2 && !is_chance;
}

}  // namespace callout::core
