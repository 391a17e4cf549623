#include "core/gate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "callout/testing/seeded_random.hpp"
#include "support/callout_address.hpp"
#include "support/callout_moments.hpp"

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

using test::now;
steady_time const late = now + 1h;
party const waits = party::unknown();

quotas only(limited what, quota q) {
    quotas all;
    all[std::size_t(what)] = q;
    return all;
}

claims of(limited what, std::string name = {}, unsigned halvings = 0) {
    claims all;
    all.emplace_back(what, std::move(name), halvings);
    return all;
}

claims of(std::vector<claim> const& wanted) {
    return claims(wanted.begin(), wanted.end());
}

/// A network of askers, 198.51.N.0/24.
party network_of_askers(unsigned n) {
    return party::of_network(test::ip("198.51." + std::to_string(n) + ".1"));
}

}  // namespace

TEST(gate, at_most_the_limit_at_the_same_time_and_the_next_in_order) {  // CO-155
    gate g(only(limited::address, {2, 0}), 100);
    auto const a = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const b = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const c = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const d = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const other = g.ask(of(limited::address, "192.0.2.2"), waits, now, late);
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
    EXPECT_EQ(g.ask(of(limited::domain, "a"), waits, now, late).answer, gate::answer::go);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), waits, now + 10s, late).answer, gate::answer::go);
    auto const third = g.ask(of(limited::domain, "a"), waits, now + 20s, late);
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
    (void)g.ask(of(limited::domain, "a"), waits, now, late);
    auto const in_vain = g.ask(of(limited::domain, "a"), waits, now, now + 59s);
    EXPECT_EQ(in_vain.answer, gate::answer::refused);
    EXPECT_EQ(in_vain.by, limited::domain);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), waits, now, now + 60s).answer, gate::answer::wait);
    // One more would have to wait for the second window.
    EXPECT_EQ(g.ask(of(limited::domain, "a"), waits, now, now + 119s).answer, gate::answer::refused);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), waits, now, now + 120s).answer, gate::answer::wait);
}

TEST(gate, long_stays_of_the_past_tell_of_the_future) {
    gate g(only(limited::address, {1, 0}), 100);
    auto const first = g.ask(of(limited::address, "a"), waits, now, late);
    g.leave(first.number, now + 10s);
    (void)g.ask(of(limited::address, "a"), waits, now + 10s, late);
    EXPECT_EQ(g.ask(of(limited::address, "a"), waits, now + 10s, now + 19s).answer, gate::answer::refused);
    EXPECT_EQ(g.ask(of(limited::address, "a"), waits, now + 10s, now + 21s).answer, gate::answer::wait);
    EXPECT_EQ(g.ask(of(limited::address, "a"), waits, now + 10s, now + 29s).answer, gate::answer::refused);
}

TEST(gate, complaints_halve_the_rate) {  // CO-156
    // Of 8, 4, 2 and 1, less what is left for others.
    for (auto const& [halvings, rate] : {std::pair(0u, 6), {1u, 3}, {2u, 2}, {3u, 1}, {4u, 1}, {40u, 1}}) {
        gate g(only(limited::address, {0, 8, 60s}), 100);
        int begun = 0;
        for (int i = 0; i < 10; ++i) {
            begun += g.ask(of(limited::address, "a", halvings), waits, now, now).answer == gate::answer::go;
        }
        EXPECT_EQ(begun, rate);
    }
}

TEST(gate, the_line_is_bounded) {
    gate g(only(limited::connections, {1, 0}), 3);
    (void)g.ask(of(limited::connections), waits, now, late);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(g.ask(of(limited::connections), waits, now, late).answer, gate::answer::wait);
    }
    EXPECT_EQ(g.ask(of(limited::connections), waits, now, late).answer, gate::answer::refused);
}

TEST(gate, the_background_comes_after_everybody) {
    gate g(only(limited::connections, {1, 0}), 10);
    auto const running = g.ask(of(limited::connections), waits, now, late);
    auto const background = g.ask(of(limited::connections), party::background(), now, late);
    auto const person = g.ask(of(limited::connections), waits, now, late);
    g.leave(running.number, now);
    EXPECT_EQ(g.next(now), person.number);
    g.leave(person.number, now);
    EXPECT_EQ(g.next(now), background.number);
}

TEST(gate, one_that_gives_up_holds_nobody_up) {
    gate g(only(limited::connections, {1, 0}), 10);
    auto const running = g.ask(of(limited::connections), waits, now, late);
    auto const impatient = g.ask(of(limited::connections), waits, now, late);
    auto const patient = g.ask(of(limited::connections), waits, now, late);
    g.leave(impatient.number, now);
    g.leave(impatient.number, now);
    g.leave(running.number, now);
    EXPECT_EQ(g.next(now), patient.number);
    EXPECT_EQ(g.waiting(), 0u);
}

TEST(gate, other_limits_hold_for_those_that_wait_already) {
    gate g(only(limited::address, {1, 0}), 100);
    (void)g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const second = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const third = g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    EXPECT_FALSE(g.next(now));
    g.limit(only(limited::address, {2, 0}), 1);
    EXPECT_EQ(g.next(now), second.number);
    EXPECT_FALSE(g.next(now));
    EXPECT_EQ(g.ask(of(limited::address, "192.0.2.1"), waits, now, late).answer, gate::answer::refused);
    g.limit(only(limited::address, {0, 1, 60s}), 100);
    EXPECT_EQ(g.next(now), third.number) << "what began before there was a rate is not counted";
}

TEST(gate, a_line_that_is_longer_than_its_rate_moves_although_nobody_has_begun_within_the_window) {
    gate g(only(limited::address, {1, 1, 60s}), 100);
    (void)g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    (void)g.ask(of(limited::address, "192.0.2.1"), waits, now, late);
    auto const much_later = now + 10min;
    EXPECT_EQ(g.ask(of(limited::address, "192.0.2.1"), waits, much_later, late).answer, gate::answer::wait);
}

TEST(gate, lifted_limits_keep_count_of_nothing) {
    gate g(quotas{}, 0);
    for (int i = 0; i < 1000; ++i) {
        auto const one = g.ask(of(limited::domain, std::to_string(i)), waits, now, now);
        EXPECT_EQ(one.answer, gate::answer::go);
    }
    EXPECT_EQ(g.size(), 0u);
}

TEST(gate, forgets_what_is_idle) {
    gate g(only(limited::domain, {1, 1, 60s}), 10);
    for (int i = 0; i < 5000; ++i) {
        auto const when = now + 1s * i;
        g.leave(g.ask(of(limited::domain, std::to_string(i)), waits, when, late).number, when);
    }
    EXPECT_LT(g.size(), 1100u);
}

TEST(gate, network_of_askers_leaves_as_many_connections_free_as_it_has) {  // CO-205
    gate g(only(limited::connections, {8, 0}), 100);
    auto const begun_by = [&](party const& who) {
        int begun = 0;
        while (g.ask(of(limited::connections), who, now, now).answer == gate::answer::go) ++begun;
        return begun;
    };
    EXPECT_EQ(begun_by(network_of_askers(1)), 4);
    EXPECT_EQ(begun_by(network_of_askers(2)), 2);
    EXPECT_EQ(begun_by(network_of_askers(3)), 1);
    EXPECT_EQ(begun_by(network_of_askers(4)), 1);
    EXPECT_EQ(begun_by(network_of_askers(5)), 0) << "all are taken";
}

TEST(gate, background_has_a_quarter_of_the_connections) {  // CO-205
    gate g(only(limited::connections, {8, 0}), 100);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(g.ask(of(limited::connections), party::background(), now, late).answer, gate::answer::go);
    auto const third = g.ask(of(limited::connections), party::background(), now, late);
    EXPECT_EQ(third.answer, gate::answer::wait);
    EXPECT_FALSE(g.next(now));
    EXPECT_EQ(g.ask(of(limited::connections), network_of_askers(1), now, late).answer, gate::answer::go);
}

TEST(gate, one_who_has_begun_less_has_the_next_turn) {  // CO-205
    gate g(only(limited::connections, {4, 0}), 100);
    auto const many = network_of_askers(13);
    auto const first = g.ask(of(limited::connections), many, now, late);
    auto const second = g.ask(of(limited::connections), many, now, late);
    auto const other = g.ask(of(limited::connections), network_of_askers(14), now, late);
    auto const another = g.ask(of(limited::connections), network_of_askers(15), now, late);
    ASSERT_EQ(another.answer, gate::answer::go);
    auto const third = g.ask(of(limited::connections), many, now, late);
    auto const few = g.ask(of(limited::connections), network_of_askers(16), now, late);
    EXPECT_EQ(third.answer, gate::answer::wait);
    EXPECT_EQ(few.answer, gate::answer::wait);
    g.leave(second.number, now);
    EXPECT_EQ(g.next(now), few.number) << "it came later and holds less";
    EXPECT_FALSE(g.next(now));
    for (auto const one : {first.number, other.number}) g.leave(one, now);
    EXPECT_EQ(g.next(now), third.number);
}

TEST(gate, network_of_askers_begins_two_thirds_of_a_rate_and_leaves_room_for_others) {  // CO-205
    gate g(only(limited::address, {0, 16, 60s}), 100);
    auto const begun_by = [&](party const& who) {
        int begun = 0;
        while (g.ask(of(limited::address, "victim"), who, now, now).answer == gate::answer::go) ++begun;
        return begun;
    };
    EXPECT_EQ(begun_by(party::background()), 4);
    EXPECT_EQ(begun_by(network_of_askers(1)), 8) << "of the twelve that were left";
    EXPECT_EQ(begun_by(network_of_askers(2)), 3);
    EXPECT_EQ(begun_by(network_of_askers(3)), 1);
}

TEST(gate, one_whose_network_has_had_its_share_holds_nobody_up) {  // CO-205
    gate g(only(limited::address, {1, 3, 60s}), 100);
    g.leave(g.ask(of(limited::address, "a"), network_of_askers(1), now, late).number, now);
    auto const running = g.ask(of(limited::address, "a"), network_of_askers(1), now, late);
    auto const many = g.ask(of(limited::address, "a"), network_of_askers(1), now, late);
    auto const few = g.ask(of(limited::address, "a"), network_of_askers(2), now, late);
    ASSERT_EQ(few.answer, gate::answer::wait);
    g.leave(running.number, now);
    EXPECT_EQ(g.next(now), few.number) << "it came later";
    g.leave(few.number, now);
    EXPECT_FALSE(g.next(now));
    EXPECT_EQ(g.next_change(), now + 60s);
    EXPECT_EQ(g.next(now + 60s), many.number);
}

TEST(gate, question_that_finds_no_place_is_refused_at_once) {  // CO-206
    gate g(only(limited::questions, {2, 0}), 100);
    (void)g.ask(of(limited::questions), waits, now, late);
    (void)g.ask(of(limited::questions), waits, now, late);
    auto const third = g.ask(of(limited::questions), waits, now, late);
    EXPECT_EQ(third.answer, gate::answer::refused);
    EXPECT_EQ(third.by, limited::questions);
}

TEST(gate, network_of_askers_fills_half_of_the_line_at_most) {  // CO-205
    gate g(only(limited::domain, {1, 0}), 8);
    (void)g.ask(of(limited::domain, "a"), waits, now, late);
    int waiting = 0;
    while (g.ask(of(limited::domain, "a"), network_of_askers(11), now, late).answer == gate::answer::wait)
        ++waiting;
    EXPECT_EQ(waiting, 4);
    EXPECT_EQ(g.ask(of(limited::domain, "a"), network_of_askers(12), now, late).answer, gate::answer::wait);
}

TEST(gate, names_of_strangers_push_out_what_is_idle_and_nobody_is_refused) {  // CO-207
    gate g(only(limited::domain, {2, 2, 60s}), 10);
    auto const held = g.ask(of(limited::domain, "held"), waits, now, late);
    for (std::size_t i = 0; i < gate::most_shares + 1000; ++i) {
        auto const one = g.ask(of(limited::domain, std::to_string(i)), waits, now, late);
        ASSERT_EQ(one.answer, gate::answer::go);
        g.leave(one.number, now);
    }
    EXPECT_LE(g.size(), gate::most_shares + 1);
    EXPECT_EQ(g.ask(of(limited::domain, "held"), waits, now, now).answer, gate::answer::go);
    EXPECT_EQ(g.ask(of(limited::domain, "held"), waits, now, now).answer, gate::answer::refused)
        << "what is held is not forgotten";
    g.leave(held.number, now);
}

TEST(gate, one_that_is_refused_leaves_no_trace) {  // CO-207
    gate g(only(limited::questions, {1, 0}), 10);
    quotas limits;
    limits[std::size_t(limited::questions)] = {1, 0};
    limits[std::size_t(limited::domain)] = {1, 1, 60s};
    g.limit(limits, 10);
    (void)g.ask(of(limited::questions), waits, now, late);
    for (int i = 0; i < 100; ++i) {
        std::vector<claim> const both{claim(limited::questions), claim(limited::domain, std::to_string(i))};
        EXPECT_EQ(g.ask(of(both), waits, now, late).answer, gate::answer::refused);
    }
    EXPECT_EQ(g.size(), 0u);
}

// Whatever comes and goes: no limit is broken, nobody is forgotten.
TEST(gate, keeps_its_limits_and_wakes_everybody) {  // CO-155, invariant I6
    callout::testing::seeded_random chance;
    quotas limits;
    limits[std::size_t(limited::connections)] = {5, 0};
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
            std::vector<claim> const wanted{claim(limited::connections), claim(limited::domain, domain),
                                            claim(limited::address, address)};
            std::array const parties{waits, party::background(), network_of_askers(1), network_of_askers(2)};
            auto const& how = parties[chance.next() % parties.size()];
            auto const got = g.ask(of(wanted), how, when, when + 10min);
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
