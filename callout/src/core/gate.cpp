#include "core/gate.hpp"

#include <algorithm>

namespace callout::core {
namespace {

/// Strangers choose the domains, so the number of shares is bounded too, far above what can begin within a
/// window.
constexpr std::size_t most_shares = 100000;

/// Tickets of the background are greater than all others, so that they come last in every order.
constexpr gate::ticket background_bit = gate::ticket(1) << 63;

/// The weight of the last stay in the mean.
constexpr double newest_weight = 0.25;

}  // namespace

gate::admission gate::ask(std::vector<claim> claims, steady_time now, steady_time until, urgency how) {
    std::erase_if(claims, [&](claim const& c) { return limits_[std::size_t(c.what)].lifted(); });
    sweep(now);
    auto const number = ++last_ | (how == urgency::background ? background_bit : 0);
    auto const blocked = obstacle(claims, now);
    if (shares_.size() > most_shares) return {answer::refused, 0, std::nullopt};
    if (!blocked) {
        visit v{std::move(claims), std::nullopt, now};
        begin(number, visits_.emplace(number, std::move(v)).first->second, now);
        return {answer::go, number, std::nullopt};
    }
    if (waiting_ >= most_waiting_) return {answer::refused, 0, std::nullopt};
    if (expected(*blocked, shares_[*blocked], now) > until) return {answer::refused, 0, blocked->what};
    auto& v = visits_.emplace(number, visit{std::move(claims), std::nullopt, now}).first->second;
    wait(number, v, *blocked);
    return {answer::wait, number, blocked->what};
}

void gate::limit(quotas limits, std::size_t most_waiting) {
    limits_ = limits;
    most_waiting_ = most_waiting;
    due_.clear();
    for (auto const& [c, s] : shares_) {
        if (!s.waiting.empty()) freed_.insert(c);
    }
}

std::optional<gate::ticket> gate::next(steady_time now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        freed_.insert(due_.begin()->second);
        due_.erase(due_.begin());
    }
    while (!freed_.empty()) {
        auto const c = *freed_.begin();
        if (auto const lucky = first_that_can_go(c, now)) return lucky;
        freed_.erase(c);
    }
    return std::nullopt;
}

std::optional<steady_time> gate::next_change() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void gate::leave(ticket which, steady_time now) {
    auto const found = visits_.find(which);
    if (found == visits_.end()) return;
    auto& v = found->second;
    if (v.waits_for) {
        stop_waiting(which, v);
    } else {
        for (auto const& c : v.claims) {
            auto& s = shares_[c];
            --s.running;
            std::chrono::duration<double> const stay = now - v.begun;
            s.mean_stay += (stay - s.mean_stay) * (s.mean_stay.count() > 0 ? newest_weight : 1);
            if (!s.waiting.empty()) freed_.insert(c);
        }
    }
    visits_.erase(found);
}

/// Returns the first in line that nothing else holds up; one that has to wait for something else leaves this
/// line.
std::optional<gate::ticket> gate::first_that_can_go(claim const& c, steady_time now) {
    auto& s = shares_[c];
    while (!s.waiting.empty() && has_room(c, s, now)) {
        auto const first = *s.waiting.begin();
        auto& v = visits_.at(first);
        auto const blocked = obstacle(v.claims, now);
        stop_waiting(first, v);
        if (!blocked) {
            begin(first, v, now);
            return first;
        }
        wait(first, v, *blocked);
    }
    if (!s.waiting.empty()) await_rate(c, s);
    return std::nullopt;
}

std::optional<claim> gate::obstacle(std::vector<claim> const& claims, steady_time now) {
    auto const blocks = [&](claim const& c) { return !has_room(c, shares_[c], now); };
    auto const found = std::ranges::find_if(claims, blocks);
    if (found == claims.end()) return std::nullopt;
    return *found;
}

bool gate::has_room(claim const& c, share& s, steady_time now) const {
    forget_old(c, s, now);
    auto const& most = limits_[std::size_t(c.what)];
    return (most.parallel == 0 || s.running < most.parallel) &&
           (most.begun == 0 || s.begun.size() < rate_of(c));
}

std::size_t gate::rate_of(claim const& c) const {
    auto const most = limits_[std::size_t(c.what)].begun;
    return std::max<std::size_t>(most >> std::min(c.halvings, 31u), 1);
}

void gate::forget_old(claim const& c, share& s, steady_time now) const {
    auto const window = limits_[std::size_t(c.what)].window;
    while (!s.begun.empty() && s.begun.front() + window <= now) s.begun.pop_front();
}

/// Returns when one that joins the line now will have its turn, to judge by the past.
steady_time gate::expected(claim const& c, share const& s, steady_time now) const {
    auto const& most = limits_[std::size_t(c.what)];
    auto when = now;
    if (most.begun != 0) when = std::max(when, next_by_rate(c, s, s.waiting.size()));
    if (most.parallel != 0 && s.running + s.waiting.size() >= most.parallel) {
        auto const turns = double(s.waiting.size() + 1) / double(most.parallel);
        when = std::max(when, now + std::chrono::duration_cast<steady_time::duration>(s.mean_stay * turns));
    }
    return when;
}

/// Returns when the rate lets one go on that has `before` others before it.
steady_time gate::next_by_rate(claim const& c, share const& s, std::size_t before) const {
    auto const rate = rate_of(c);
    if (s.begun.empty() || s.begun.size() + before < rate) return steady_time::min();
    auto const place = s.begun.size() + before - rate;  // the one whose window has to end first
    auto const rounds = static_cast<int>(place / rate + 1);
    auto const& base = s.begun[std::min(place % rate, s.begun.size() - 1)];
    return base + rounds * limits_[std::size_t(c.what)].window;
}

void gate::begin(ticket which, visit& v, steady_time now) {
    v.begun = now;
    for (auto const& c : v.claims) {
        auto& s = shares_[c];
        ++s.running;
        if (limits_[std::size_t(c.what)].begun != 0) s.begun.push_back(now);
        s.waiting.erase(which);
    }
}

void gate::wait(ticket which, visit& v, claim const& for_what) {
    auto& s = shares_[for_what];
    s.waiting.insert(which);
    v.waits_for = for_what;
    ++waiting_;
    ++waiting_by_[std::size_t(for_what.what)];
    await_rate(for_what, s);
}

void gate::stop_waiting(ticket which, visit& v) {
    shares_[*v.waits_for].waiting.erase(which);
    --waiting_by_[std::size_t(v.waits_for->what)];
    v.waits_for.reset();
    --waiting_;
}

/// Notes when the line moves by itself: a full one moves when one leaves, but one that only the rate holds up
/// moves with time.
void gate::await_rate(claim const& c, share const& s) {
    if (limits_[std::size_t(c.what)].begun == 0 || s.begun.size() < rate_of(c)) return;
    due_.emplace(next_by_rate(c, s, 0), c);
}

/// Forgets what is idle, whenever the count has doubled.
void gate::sweep(steady_time now) {
    if (shares_.size() < next_sweep_) return;
    for (auto& [c, s] : shares_) forget_old(c, s, now);
    std::erase_if(shares_, [](auto const& entry) {
        auto const& s = entry.second;
        return s.running == 0 && s.waiting.empty() && s.begun.empty();
    });
    next_sweep_ = std::min(std::max<std::size_t>(2 * shares_.size(), 1024), most_shares);
}

}  // namespace callout::core
