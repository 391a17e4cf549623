#include "core/gate.hpp"

#include <gtest/gtest.h>

#include <set>

#include "callout/testing/seeded_random.hpp"
#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

using test::now;
steady_time const late = now + 1h;
constexpr auto waits = urgency::somebody_waits;

quotas only(limited what, quota q) {
    quotas all;
    all[std::size_t(what)] = q;
    return all;
}

std::vector<claim> of(limited what, std::string name, unsigned halvings = 0) {
    return {claim(what, std::move(name), halvings)};
}

}  // namespace

TEST(gate, at_most_the_limit_at_the_same_time_and_the_next_in_order) {  // CO-155
    gate g(only(limited::address, {2, 0}), 100);
    auto const a = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const b = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const c = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const d = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const other = g.ask(of(limited::address, "192.0.2.2"), now, late, waits);
    EXPECT_EQ(a.answer, gate::answer::go);
    EXPECT_EQ(b.answer, gate::answer::go);
    EXPECT_EQ(c.answer, gate::answer::wait);
    EXPECT_EQ(c.by, limited::address);
    EXPECT_EQ(d.answer, gate::answer::wait);
    EXPECT_EQ(other.answer, gate::answer::go);
    EXPECT_FALSE(g.next(now));
    g.leave(b.number, now);
    EXPECT_EQ(g.next(now), c.number);
    EXPECT_FALSE(g.next(now));
    EXPECT_EQ(g.waiting(), 1u);
    EXPECT_EQ(g.running(), 3u);
}

TEST(gate, at_most_the_limit_within_a_window) {
    gate g(only(limited::domain, {0, 2, 60s}), 100);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), now, late, waits).answer, gate::answer::go);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), now + 10s, late, waits).answer, gate::answer::go);
    auto const third = g.ask(of(limited::domain, "a"), now + 20s, late, waits);
    EXPECT_EQ(third.answer, gate::answer::wait);
    EXPECT_EQ(g.waiting(limited::domain), 1u);
    EXPECT_EQ(g.waiting(limited::address), 0u);
    EXPECT_EQ(g.next_change(), now + 60s);
    EXPECT_FALSE(g.next(now + 59s));
    EXPECT_EQ(g.next(now + 60s), third.number);
    EXPECT_EQ(g.waiting(limited::domain), 0u);
    EXPECT_FALSE(g.next_change());
}

TEST(gate, what_cannot_begin_in_time_is_refused_at_once) {  // CO-155
    gate g(only(limited::domain, {0, 1, 60s}), 100);
    (void)g.ask(of(limited::domain, "a"), now, late, waits);
    auto const in_vain = g.ask(of(limited::domain, "a"), now, now + 59s, waits);
    EXPECT_EQ(in_vain.answer, gate::answer::refused);
    EXPECT_EQ(in_vain.by, limited::domain);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), now, now + 60s, waits).answer, gate::answer::wait);
    // One more would have to wait for the second window.
    EXPECT_EQ(g.ask(of(limited::domain, "a"), now, now + 119s, waits).answer, gate::answer::refused);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), now, now + 120s, waits).answer, gate::answer::wait);
}

TEST(gate, long_stays_of_the_past_tell_of_the_future) {
    gate g(only(limited::address, {1, 0}), 100);
    auto const first = g.ask(of(limited::address, "a"), now, late, waits);
    g.leave(first.number, now + 10s);
    (void)g.ask(of(limited::address, "a"), now + 10s, late, waits);
    EXPECT_EQ(g.ask(of(limited::address, "a"), now + 10s, now + 19s, waits).answer, gate::answer::refused);
    EXPECT_EQ(g.ask(of(limited::address, "a"), now + 10s, now + 21s, waits).answer, gate::answer::wait);
    EXPECT_EQ(g.ask(of(limited::address, "a"), now + 10s, now + 29s, waits).answer, gate::answer::refused);
}

TEST(gate, complaints_halve_the_rate) {  // CO-156
    for (auto const& [halvings, rate] : {std::pair(0u, 8), {1u, 4}, {2u, 2}, {3u, 1}, {4u, 1}, {40u, 1}}) {
        gate g(only(limited::address, {0, 8, 60s}), 100);
        int begun = 0;
        for (int i = 0; i < 10; ++i) {
            begun += g.ask(of(limited::address, "a", halvings), now, now, waits).answer == gate::answer::go;
        }
        EXPECT_EQ(begun, rate);
    }
}

TEST(gate, the_line_is_bounded) {
    gate g(only(limited::everything, {1, 0}), 3);
    (void)g.ask(of(limited::everything, ""), now, late, waits);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(g.ask(of(limited::everything, ""), now, late, waits).answer, gate::answer::wait);
    }
    EXPECT_EQ(g.ask(of(limited::everything, ""), now, late, waits).answer, gate::answer::refused);
}

TEST(gate, the_background_comes_after_everybody) {
    gate g(only(limited::everything, {1, 0}), 10);
    auto const running = g.ask(of(limited::everything, ""), now, late, waits);
    auto const background = g.ask(of(limited::everything, ""), now, late, urgency::background);
    auto const person = g.ask(of(limited::everything, ""), now, late, waits);
    g.leave(running.number, now);
    EXPECT_EQ(g.next(now), person.number);
    g.leave(person.number, now);
    EXPECT_EQ(g.next(now), background.number);
}

TEST(gate, one_that_gives_up_holds_nobody_up) {
    gate g(only(limited::everything, {1, 0}), 10);
    auto const running = g.ask(of(limited::everything, ""), now, late, waits);
    auto const impatient = g.ask(of(limited::everything, ""), now, late, waits);
    auto const patient = g.ask(of(limited::everything, ""), now, late, waits);
    g.leave(impatient.number, now);
    g.leave(impatient.number, now);
    g.leave(running.number, now);
    EXPECT_EQ(g.next(now), patient.number);
    EXPECT_EQ(g.waiting(), 0u);
}

TEST(gate, other_limits_hold_for_those_that_wait_already) {
    gate g(only(limited::address, {1, 0}), 100);
    (void)g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const second = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const third = g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    EXPECT_FALSE(g.next(now));
    g.limit(only(limited::address, {2, 0}), 1);
    EXPECT_EQ(g.next(now), second.number);
    EXPECT_FALSE(g.next(now));
    EXPECT_EQ(g.ask(of(limited::address, "192.0.2.1"), now, late, waits).answer, gate::answer::refused);
    g.limit(only(limited::address, {0, 1, 60s}), 100);
    EXPECT_EQ(g.next(now), third.number) << "what began before there was a rate is not counted";
}

TEST(gate, a_line_that_is_longer_than_its_rate_moves_although_nobody_has_begun_within_the_window) {
    gate g(only(limited::address, {1, 1, 60s}), 100);
    (void)g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    (void)g.ask(of(limited::address, "192.0.2.1"), now, late, waits);
    auto const much_later = now + 10min;
    EXPECT_EQ(g.ask(of(limited::address, "192.0.2.1"), much_later, late, waits).answer, gate::answer::wait);
}

TEST(gate, lifted_limits_keep_count_of_nothing) {
    gate g(quotas{}, 0);
    for (int i = 0; i < 1000; ++i) {
        auto const one = g.ask(of(limited::domain, std::to_string(i)), now, now, waits);
        EXPECT_EQ(one.answer, gate::answer::go);
    }
    EXPECT_EQ(g.size(), 0u);
}

TEST(gate, forgets_what_is_idle) {
    gate g(only(limited::domain, {1, 1, 60s}), 10);
    for (int i = 0; i < 5000; ++i) {
        auto const when = now + 1s * i;
        g.leave(g.ask(of(limited::domain, std::to_string(i)), when, late, waits).number, when);
    }
    EXPECT_LT(g.size(), 1100u);
}

// Whatever comes and goes: no limit is broken, nobody is forgotten.
TEST(gate, keeps_its_limits_and_wakes_everybody) {  // CO-155, invariant I6
    callout::testing::seeded_random chance;
    quotas limits;
    limits[std::size_t(limited::everything)] = {5, 0};
    limits[std::size_t(limited::domain)] = {2, 6, 60s};
    limits[std::size_t(limited::address)] = {3, 10, 60s};
    gate g(limits, 200);
    std::map<gate::ticket, std::pair<std::string, std::string>> all;
    std::set<gate::ticket> running, waiting;
    auto when = now;
    auto const admit = [&] {
        while (auto const one = g.next(when)) {
            EXPECT_EQ(waiting.erase(*one), 1u);
            running.insert(*one);
        }
    };
    auto const check = [&] {
        std::map<std::string, std::size_t> domains, addresses;
        for (auto const one : running) {
            EXPECT_LE(++domains[all[one].first], 2u);
            EXPECT_LE(++addresses[all[one].second], 3u);
        }
        EXPECT_LE(running.size(), 5u);
        EXPECT_EQ(g.running(), running.size());
        EXPECT_EQ(g.waiting(), waiting.size());
    };
    auto const leave = [&](std::set<gate::ticket>& from) {
        if (from.empty()) return;
        auto const which = *std::next(from.begin(), std::ptrdiff_t(chance.next() % from.size()));
        from.erase(which);
        g.leave(which, when);
        admit();
    };
    for (int i = 0; i < 20000; ++i) {
        when += 100ms * (chance.next() % 40);
        admit();
        auto const what = chance.next() % 8;
        if (what < 4) {
            auto const domain = std::to_string(chance.next() % 4),
                       address = std::to_string(chance.next() % 3);
            std::vector<claim> claims{claim(limited::everything, ""), claim(limited::domain, domain),
                                      claim(limited::address, address)};
            auto const how = chance.next() % 2 ? waits : urgency::background;
            auto const got = g.ask(std::move(claims), when, when + 10min, how);
            if (got.answer == gate::answer::refused) continue;
            all[got.number] = {domain, address};
            (got.answer == gate::answer::go ? running : waiting).insert(got.number);
        } else {
            leave(what < 7 ? running : waiting);
        }
        check();
    }
    while (!running.empty() || !waiting.empty()) {
        when += 1s;
        admit();
        leave(running);
        check();
        ASSERT_LT(when, now + 72h);
    }
}
