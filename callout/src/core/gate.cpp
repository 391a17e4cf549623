#include "core/gate.hpp"

#include <algorithm>

namespace callout::core {
namespace {

/// Tickets of the background are greater than all others, so that they come last in every order.
constexpr gate::ticket background_bit = gate::ticket(1) << 63;

/// How many idle names are looked at for each that asks. More than one, so that they become fewer.
constexpr int idle_for_each = 2;

/// An asker's own rate is its own; that of a peer is shared by all who make us ask it.
constexpr bool is_of_a_peer(limited what) noexcept {
    return what == limited::domain || what == limited::organisation || what == limited::address;
}

}  // namespace

std::size_t gate::begun_by(party const& who, share const& s) {
    return std::size_t(std::ranges::count(s.begun, who, &beginning::who));
}

gate::gate(quotas limits, std::size_t most_waiting)
    : limits_(limits),
      questions_(limits[std::size_t(limited::questions)].parallel),
      connections_(limits[std::size_t(limited::connections)].parallel),
      waiting_(most_waiting) {}

gate::admission gate::ask(claims wanted, party const& who, steady_time now, steady_time until) {
    forget_idle(now);
    auto const number = ++last_ | (who.is_background() ? background_bit : 0);
    auto const is_lifted = [&](claim const& c) { return limits_[std::size_t(c.what)].lifted(); };
    wanted.erase(std::ranges::remove_if(wanted, is_lifted).begin(), wanted.end());
    auto const blocked = obstacle(wanted, who, now);
    if (!blocked) {
        begin(visits_.emplace(number, visit(who)).first->second, wanted, now);
        return {answer::go, number, std::nullopt};
    }
    auto const by = wanted[*blocked].what;
    if (by == limited::questions) return {answer::refused, 0, by};
    if (!waiting_.has_room(who)) return {answer::refused, 0, std::nullopt};
    if (expected(wanted[*blocked], who, now) > until) return {answer::refused, 0, by};
    auto& v = visits_.emplace(number, visit(who)).first->second;
    v.wanted = std::make_unique<claims>(std::move(wanted));
    wait(number, v, *blocked);
    return {answer::wait, number, by};
}

void gate::limit(quotas limits, std::size_t most_waiting) {
    limits_ = limits;
    waiting_.limit(most_waiting);
    questions_.resize(limits[std::size_t(limited::questions)].parallel);
    connections_.resize(limits[std::size_t(limited::connections)].parallel);
    for (auto& [c, s] : shares_) {
        forget_due(s);
        if (!s.waiting.empty()) free(s);
    }
}

std::optional<gate::ticket> gate::next(steady_time now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        auto& s = *due_.begin()->second;
        forget_due(s);
        free(s);
    }
    while (!freed_.empty()) {
        auto& s = *freed_.front();
        if (auto const lucky = first_that_can_go(s, now)) return lucky;
        freed_.pop_front();
        s.is_freed = false;
        rest_if_idle(s, now);
    }
    if (auto const lucky = first_with_a_place(questions_, now)) return lucky;
    return first_with_a_place(connections_, now);
}

std::optional<steady_time> gate::next_change() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

bool gate::is_crowded() const noexcept {
    if (connections_.places() == 0) return false;
    return connections_.waiting() > 0 ||
           connections_.taken() >= connections_.places() - connections_.places() / 4;
}

void gate::leave(ticket which, steady_time now) {
    auto const found = visits_.find(which);
    if (found == visits_.end()) return;
    auto& v = found->second;
    if (v.wanted) {
        stop_waiting(which, v, now);
    } else {
        note_stay(v, now);
    }
    visits_.erase(found);
}

void gate::note_stay(visit const& v, steady_time now) {
    std::chrono::duration<double> const stay = now - v.begun;
    for (auto* const s : v.held) {
        --s->running;
        s->stays.take(stay);
        if (!s->waiting.empty()) free(*s);
        rest_if_idle(*s, now);
    }
    if (v.pool) pool_of(*v.pool).leave(v.who, stay);
}

/// Returns one that has its turn and that nothing else holds up; one that has to wait for something else
/// leaves this line.
std::optional<gate::ticket> gate::first_that_can_go(share& s, steady_time now) {
    while (auto const first = first_in_line(s, now)) {
        if (auto const lucky = try_first(*first, now)) return lucky;
    }
    if (!s.waiting.empty()) await_rate(s);
    return std::nullopt;
}

/// Returns the first of the party that has begun the fewest, among those that may begin now.
std::optional<gate::ticket> gate::first_in_line(share const& s, steady_time now) {
    using rank = std::tuple<bool, std::size_t, ticket>;
    std::optional<rank> best;
    s.waiting.each_first([&](party const& who, ticket number) {
        auto const& v = visits_.at(number);
        if (!has_room((*v.wanted)[v.waits_for], who, now)) return;
        rank const one(who.is_background(), begun_by(who, s), number);
        if (!best || one < *best) best = one;
    });
    return best ? std::optional(std::get<2>(*best)) : std::nullopt;
}

std::optional<gate::ticket> gate::first_with_a_place(fair_pool const& pool, steady_time now) {
    while (auto const first = pool.first_in_line()) {
        if (auto const lucky = try_first(*first, now)) return lucky;
    }
    return std::nullopt;
}

/// Takes one that has its turn out of its line. It goes on, or waits for something else.
std::optional<gate::ticket> gate::try_first(ticket first, steady_time now) {
    auto& v = visits_.at(first);
    auto const blocked = obstacle(*v.wanted, v.who, now);
    stop_waiting(first, v, now);
    if (!blocked) {
        auto const wanted = std::move(v.wanted);
        begin(v, *wanted, now);
        return first;
    }
    wait(first, v, *blocked);
    return std::nullopt;
}

std::optional<std::size_t> gate::obstacle(claims const& wanted, party const& who, steady_time now) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!has_room(wanted[i], who, now)) return i;
    }
    return std::nullopt;
}

bool gate::has_room(claim const& c, party const& who, steady_time now) {
    if (is_shared_by_parties(c.what)) return pool_of(c.what).has_room(who);
    auto const found = shares_.find(c);
    if (found == shares_.end()) return true;
    auto& s = found->second;
    forget_old(c, s, now);
    auto const& most = limits_[std::size_t(c.what)];
    return (most.parallel == 0 || s.running < most.parallel) && (most.begun == 0 || may_begin(c, s, who));
}

bool gate::may_begin(claim const& c, share const& s, party const& who) const {
    auto const rate = rate_of(c);
    if (!is_of_a_peer(c.what)) return s.begun.size() < rate;
    return may_begin_another(who, begun_by(who, s), s.begun.size(), rate);
}

std::size_t gate::rate_of(claim const& c) const {
    auto const most = limits_[std::size_t(c.what)].begun;
    return std::max<std::size_t>(most >> std::min(c.halvings, 31u), 1);
}

void gate::forget_old(claim const& c, share& s, steady_time now) const {
    auto const window = limits_[std::size_t(c.what)].window;
    auto const is_within = [&](beginning const& one) { return one.when + window > now; };
    s.begun.erase(s.begun.begin(), std::ranges::find_if(s.begun, is_within));
}

/// Returns when one that joins the line now will have its turn, to judge by the past.
steady_time gate::expected(claim const& c, party const& who, steady_time now) {
    if (is_shared_by_parties(c.what)) return now + pool_of(c.what).expected_wait(who);
    auto const& s = shares_.at(c);
    auto const& most = limits_[std::size_t(c.what)];
    auto when = now;
    auto const turn = s.waiting.turns_until(who);
    if (most.begun != 0 && !may_begin(c, s, who)) when = std::max(when, next_by_rate(c, s, turn - 1));
    if (most.parallel != 0 && s.running + turn > most.parallel) {
        when = std::max(when, now + s.stays.times(double(turn) / double(most.parallel)));
    }
    return when;
}

/// Returns when the rate lets one go on that has `before` others before it. One whose party has had its share
/// waits for the first of all that has begun: it may have been of that party, and if not, makes room.
steady_time gate::next_by_rate(claim const& c, share const& s, std::size_t before) const {
    if (s.begun.empty()) return steady_time::min();
    auto const rate = rate_of(c);
    auto const taken = s.begun.size() + before;
    auto const place = taken > rate ? taken - rate : 0;  // the one whose window has to end first
    auto const rounds = static_cast<int>(place / rate + 1);
    auto const& base = s.begun[std::min(place % rate, s.begun.size() - 1)].when;
    return base + rounds * limits_[std::size_t(c.what)].window;
}

gate::share& gate::share_of(claim const& c) {
    auto const [at, is_new] = shares_.try_emplace(c);
    auto& s = at->second;
    if (is_new) s.what = &at->first;
    s.idle.unlink();
    return s;
}

void gate::begin(visit& v, claims const& wanted, steady_time now) {
    v.begun = now;
    for (auto const& c : wanted) {
        if (is_shared_by_parties(c.what)) {
            pool_of(c.what).enter(v.who);
            v.pool = c.what;
            continue;
        }
        auto& s = share_of(c);
        ++s.running;
        if (limits_[std::size_t(c.what)].begun != 0) s.begun.push_back({now, v.who});
        v.held.push_back(&s);
    }
}

void gate::wait(ticket which, visit& v, std::size_t for_what) {
    auto const& c = (*v.wanted)[for_what];
    v.waits_for = for_what;
    waiting_.add(v.who);
    ++waiting_by_[std::size_t(c.what)];
    if (is_shared_by_parties(c.what)) return pool_of(c.what).wait(v.who, which);
    auto& s = share_of(c);
    s.waiting.add(v.who, which);
    await_rate(s);
}

void gate::stop_waiting(ticket which, visit& v, steady_time now) {
    auto const& c = (*v.wanted)[v.waits_for];
    waiting_.remove(v.who);
    --waiting_by_[std::size_t(c.what)];
    if (is_shared_by_parties(c.what)) return pool_of(c.what).stop_waiting(v.who, which);
    auto& s = shares_.at(c);
    s.waiting.remove(v.who, which);
    rest_if_idle(s, now);
}

/// Notes when the line moves by itself: a full one moves when one leaves, but one that only the rate holds up
/// moves with time.
void gate::await_rate(share& s) {
    auto const& most = limits_[std::size_t(s.what->what)];
    if (most.begun == 0 || s.begun.empty()) return;
    auto const when = s.begun.front().when + most.window;
    if (s.due && (*s.due)->first <= when) return;
    forget_due(s);
    s.due = due_.emplace(when, &s);
}

void gate::forget_due(share& s) {
    if (!s.due) return;
    due_.erase(*s.due);
    s.due.reset();
}

void gate::free(share& s) {
    if (std::exchange(s.is_freed, true)) return;
    freed_.push_back(&s);
}

void gate::rest_if_idle(share& s, steady_time now) {
    bool const is_idle = s.running == 0 && s.waiting.empty() && !s.is_freed;
    if (!is_idle || s.idle.is_linked()) return;
    forget_due(s);
    s.rests_since = now;
    idle_[std::size_t(s.what->what)].push_back(s);
}

/// Forgets a few of the names that nobody holds.
void gate::forget_idle(steady_time now) {
    for (std::size_t what = 0; what < idle_.size(); ++what) {
        auto const window = limits_[what].window;
        for (int i = 0; i < idle_for_each && !idle_[what].empty(); ++i) {
            auto const& oldest = idle_[what].front();
            bool const is_fresh = oldest.rests_since + window > now;
            if (is_fresh && shares_.size() <= most_shares) break;
            shares_.erase(shares_.find(*oldest.what));
        }
    }
}

}  // namespace callout::core
