// What engines know together, in a store that may let them wait.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "callout/engine.hpp"
#include "core/facts.hpp"
#include "core/record.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using callout::testing::memory_shared_store;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

constexpr auto ann_key = "v1:a:ann@example.org|<>|25";
constexpr auto domain_key = "v1:d:example.org|<>|25";
constexpr auto facts_key = "v1:f:example.org|<>|25";

/// A record as another engine writes it.
stored_record record_of(status what, reason why, system_time stored, std::chrono::seconds life = 1h) {
    core::kept_verification const kept(verification(what, why), stored, stored + life);
    return stored_record(core::to_record(kept), kept.expires);
}

/// A world with a shared store, and a server that refuses whoever is asked about.
class shared_world : public callout_world {
public:
    shared_world() {
        shared = &remote_store;
        serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    }
    void knows_ann(std::chrono::seconds ago = 1min) {
        remote_store.put(ann_key, record_of(status::pass, reason::accepted, clock.wall() - ago));
    }
};

/// Notes where answers are looked for.
class looks : public observer {
public:
    void on(any_event const& what, steady_time) override {
        auto const* look = std::get_if<event::cache_looked_up>(&what);
        if (!look) return;
        all.push_back(std::string(look->layer) + ' ' + std::string(look->about) + (look->hit ? " hit" : ""));
        EXPECT_EQ(look->hit, look->found != nullptr);
    }
    std::vector<std::string> all;
};

}  // namespace

TEST(engine_shared, what_another_engine_knows_is_fetched_once) {
    shared_world w;
    w.remote_store.delay = 20ms;
    w.knows_ann();
    looks seen;
    auto const v = w.verify("ann@example.org", 30s, cache_use::normal, &seen);
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.cached, freshness::cached);
    EXPECT_EQ(v.age, 60s);
    EXPECT_EQ(v.elapsed, 20ms);
    EXPECT_EQ(seen.all, (std::vector<std::string>{"memory address", "shared address hit"}));
    ASSERT_EQ(w.remote_store.fetched.size(), 1u);
    EXPECT_EQ(w.remote_store.fetched[0], (std::vector<std::string>{ann_key, domain_key, facts_key}));
    looks again;
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::normal, &again).elapsed, 0ms);
    EXPECT_EQ(again.all, std::vector<std::string>{"memory address hit"});
    EXPECT_EQ(w.remote_store.fetched.size(), 1u);
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine_shared, what_is_known_of_the_domain_answers_too) {
    shared_world w;
    w.remote_store.put(domain_key, record_of(status::fail, reason::null_mx, w.clock.wall()));
    looks seen;
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::normal, &seen).reason, reason::null_mx);
    EXPECT_EQ(seen.all, (std::vector<std::string>{"memory address", "shared address", "memory domain",
                                                  "shared domain hit"}));
    EXPECT_TRUE(w.net.connects.empty());
}

TEST(engine_shared, what_nobody_knows_is_asked_and_put_there) {
    shared_world w;
    w.lasting = &w.store;
    looks seen;
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::normal, &seen).cached, freshness::live);
    EXPECT_EQ(seen.all, (std::vector<std::string>{"memory address", "store address", "shared address",
                                                  "memory domain", "store domain", "shared domain"}));
    ASSERT_TRUE(w.remote_store.records.contains(ann_key));
    EXPECT_EQ(w.remote_store.records.at(ann_key).value, w.store.records.at(ann_key).value);
    callout_world other;
    other.shared = &other.remote_store;
    other.remote_store.records = w.remote_store.records;
    EXPECT_EQ(other.verify("ann@example.org").reason, reason::no_mailbox);
    EXPECT_TRUE(other.dns.asked.empty());
}

TEST(engine_shared, facts_are_put_there_and_come_from_there) {
    shared_world w;
    w.net.put("192.0.2.10", callout_peer());
    request tested(test::box("ann@example.org"));
    tested.tests.random = true;
    EXPECT_EQ(w.verify(tested).catch_all, known::yes);
    ASSERT_TRUE(w.remote_store.records.contains(facts_key));
    shared_world other;
    other.remote_store.records.emplace(facts_key, w.remote_store.records.at(facts_key));
    other.knows_ann();
    EXPECT_EQ(other.verify("ann@example.org").catch_all, known::unknown) << "nobody wanted to know";
    auto const v = other.verify(tested);
    EXPECT_EQ(v.catch_all, known::yes);
    EXPECT_EQ(v.cached, freshness::cached);
    EXPECT_EQ(other.remote_store.fetched.size(), 1u) << "the facts came with the address";
    EXPECT_TRUE(other.net.connects.empty());
}

TEST(engine_shared, facts_alone_are_fetched_for_a_test_of_an_address_that_is_known) {
    shared_world w;
    w.net.put("192.0.2.10", callout_peer());
    w.verify("ann@example.org");
    core::facts learnt;
    learnt.set(core::fact::catch_all, known::no, w.clock.wall() + 1h);
    w.remote_store.put(facts_key, stored_record(learnt.to_record(), learnt.expires()));
    request tested(test::box("ann@example.org"));
    tested.tests.random = true;
    EXPECT_EQ(w.verify(tested).catch_all, known::no);
    EXPECT_EQ(w.remote_store.fetched.back(), std::vector<std::string>{facts_key});
    EXPECT_EQ(w.net.connects.size(), 1u);
}

TEST(engine_shared, late_answer_is_not_waited_for) {
    for (bool const heeds : {true, false}) {
        shared_world w;
        w.remote_store.delay = 80ms;
        w.remote_store.heeds_deadline = heeds;
        w.knows_ann();
        w.dns.delay = 1s;
        auto const v = w.verify("ann@example.org");
        EXPECT_EQ(v.reason, reason::no_mailbox);
        EXPECT_EQ(v.elapsed, w.options.shared_timeout + 2s) << "the lookups of MX and addresses are the rest";
    }
}

TEST(engine_shared, answer_that_comes_late_is_kept_for_the_next_question) {
    shared_world w;
    w.remote_store.delay = 80ms;
    w.remote_store.heeds_deadline = false;
    w.knows_ann();
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::only).reason, reason::in_progress);
    EXPECT_FALSE(w.engine().idle());
    w.let_pass(40ms);
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::only).status, status::pass);
    EXPECT_EQ(w.remote_store.fetched.size(), 1u);
}

TEST(engine_shared, waits_no_longer_than_the_asker) {
    shared_world w;
    w.remote_store.delay = 1min;
    auto const begun = w.clock.now();
    auto const v = w.verify("ann@example.org", 30ms);
    EXPECT_EQ(v.reason, reason::in_progress);
    EXPECT_EQ(v.elapsed, 30ms);
    EXPECT_EQ(w.remote_store.deadlines.at(0), begun + 30ms);
    (void)w.verify("bob@example.org", 0ms);
    EXPECT_EQ(w.remote_store.fetched.size(), 1u) << "who has no time asks nobody";
}

TEST(engine_shared, failure_is_nothing_found) {
    using fault = memory_shared_store::fault;
    for (auto const broken : {fault::throws, fault::throws_at_once, fault::too_few}) {
        shared_world w;
        w.remote_store.delay = 10ms;
        w.remote_store.broken = broken;
        w.knows_ann();
        EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
        EXPECT_EQ(w.engine().numbers().shared_fetches, 0u);
    }
}

TEST(engine_shared, what_is_not_a_record_that_holds_is_nothing_found) {
    for (auto const& [text, life] : {std::pair("v=1 r=valid", 3600), {"garbage", 3600}, {"", 3600}}) {
        shared_world w;
        w.remote_store.put(ann_key, stored_record(text, w.clock.wall() + std::chrono::seconds(life)));
        w.remote_store.put(facts_key, stored_record(text, w.clock.wall() + std::chrono::seconds(life)));
        EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox) << text;
    }
    shared_world w;
    w.remote_store.put(ann_key, record_of(status::pass, reason::accepted, w.clock.wall() - 2h, 1h));
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
}

TEST(engine_shared, equal_questions_at_the_same_time_fetch_once) {
    shared_world w;
    w.remote_store.delay = 20ms;
    w.knows_ann();
    std::vector<std::optional<verification>> all(10);
    for (auto& one : all) w.ask("ann@example.org", 30s, one);
    std::optional<verification> other;
    w.ask("bob@example.org", 30s, other);
    w.let_pass(10ms);
    EXPECT_EQ(w.engine().numbers().shared_fetches, 2u);
    w.run_to_the_end();
    for (auto const& one : all) EXPECT_EQ(one->status, status::pass);
    EXPECT_EQ(other->status, status::fail);
    EXPECT_EQ(w.remote_store.fetched.size(), 2u);
}

/// The record is of yesterday, and on its way while somebody is told better.
TEST(engine_shared, older_record_does_not_replace_what_was_learnt_meanwhile) {
    shared_world w;
    w.options.lifetimes.positive = 24h * 7;
    w.remote_store.delay = 20ms;
    w.knows_ann(23h);
    std::optional<verification> slow;
    w.ask("ann@example.org", 30s, slow);
    w.let_pass(10ms);
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::refresh).reason, reason::no_mailbox);
    EXPECT_EQ(w.remote_store.fetched.size(), 1u) << "who wants to know how things are now looks nowhere";
    w.run_to_the_end();
    EXPECT_EQ(slow->reason, reason::no_mailbox);
    EXPECT_EQ(slow->cached, freshness::cached);
    EXPECT_EQ(w.verify("ann@example.org").reason, reason::no_mailbox);
}

TEST(engine_shared, what_our_own_store_knows_is_not_asked_of_others) {
    shared_world w;
    w.lasting = &w.store;
    w.knows_ann(10min);
    w.store.put(ann_key, record_of(status::fail, reason::no_mailbox, w.clock.wall() - 20min));
    looks seen;
    auto const v = w.verify("ann@example.org", 30s, cache_use::normal, &seen);
    EXPECT_EQ(v.status, status::fail);
    EXPECT_EQ(seen.all, (std::vector<std::string>{"memory address", "store address hit"}));
    EXPECT_TRUE(w.remote_store.fetched.empty());
}

TEST(engine_shared, question_for_the_cache_alone_is_answered_from_there) {
    shared_world w;
    w.knows_ann();
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::only).status, status::pass);
    EXPECT_EQ(w.verify("bob@example.org", 30s, cache_use::none).reason, reason::no_mailbox);
    EXPECT_EQ(w.remote_store.fetched.size(), 1u);
    EXPECT_EQ(w.remote_store.records.size(), 1u) << "what is asked without the cache is told to nobody";
}

TEST(engine_shared, stop_ends_the_wait_and_the_end_is_when_the_store_has_answered) {
    shared_world w;
    w.remote_store.delay = 40ms;
    std::optional<verification> one, other;
    w.ask("ann@example.org", 30s, one);
    w.ask("ann@example.org", 30s, other);
    w.let_pass(10ms);
    auto const stopped = w.clock.now();
    w.engine().stop();
    w.stories.expect_ended();
    std::optional<steady_time> ended;
    boost::asio::co_spawn(w.context, w.engine().ended(),
                          [&](std::exception_ptr const&) { ended = w.clock.now(); });
    w.let_pass(0ms);
    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->reason, reason::in_progress);
    EXPECT_EQ(one->elapsed, 10ms);
    EXPECT_EQ(other->reason, reason::in_progress);
    EXPECT_FALSE(ended);
    w.run_to_the_end();
    EXPECT_EQ(ended, stopped + 30ms);
    w.verify("bob@example.org");
    EXPECT_EQ(w.remote_store.fetched.size(), 1u) << "a stopped engine asks nobody";
}

TEST(engine_shared, asker_who_is_cancelled_leaves_the_fetch_to_others) {
    shared_world w;
    w.remote_store.delay = 40ms;
    w.knows_ann();
    boost::asio::cancellation_signal abort;
    bool released = false;
    boost::asio::co_spawn(
        w.context, w.engine().verify(request(test::box("ann@example.org")), w.clock.now() + 30s),
        boost::asio::bind_cancellation_slot(
            abort.slot(),
            [&](std::exception_ptr const& thrown, verification const&) { released = thrown != nullptr; }));
    std::optional<verification> patient;
    w.ask("ann@example.org", 30s, patient);
    w.let_pass(10ms);
    abort.emit(boost::asio::cancellation_type::terminal);
    w.let_pass(0ms);
    EXPECT_TRUE(released);
    EXPECT_EQ(w.stories.at(1).ends.size(), 1u);
    w.run_to_the_end();
    EXPECT_EQ(patient->status, status::pass);
}

TEST(engine_shared, question_keeps_the_options_with_which_it_began) {
    shared_world w;
    w.remote_store.delay = 20ms;
    std::optional<verification> v;
    w.ask("ann@example.org", 30s, v);
    w.let_pass(10ms);
    auto others = w.options;
    others.port = 26;
    others.destinations.allow.clear();
    w.engine().reconfigure(others);
    w.run_to_the_end();
    EXPECT_EQ(v->reason, reason::no_mailbox) << "the fence lets it pass still";
    EXPECT_EQ(w.net.connections.at(0).to.port(), 25);
}
