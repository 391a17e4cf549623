// What the lasting store knows is brought into memory before it is needed, and nobody waits long for that.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

constexpr auto key_of_ann = "v1:a:ann@example.org|<>|25";

/// A store that takes its time, and counts what it is asked.
class slow_store final : public store {
public:
    explicit slow_store(callout_world& w) : world_(w) {}

    boost::asio::awaitable<std::vector<std::optional<stored_record>>> fetch(std::vector<std::string> keys,
                                                                            steady_time until) override {
        fetched.push_back(keys);
        auto found = co_await world_.store.fetch(keys, until);
        auto const bell = world_.clock.make_alarm();
        auto const ready = world_.clock.now() + delay;
        if (delay.count() > 0) co_await bell->wait(std::min(ready, until));
        if (ready > until) found.clear();
        co_return found;
    }
    void put(std::string_view key, stored_record const& record) override { world_.store.put(key, record); }
    void erase(std::string_view key) override { world_.store.erase(key); }
    boost::asio::awaitable<std::vector<std::string>> keys(std::string beginning) override {
        return world_.store.keys(std::move(beginning));
    }
    boost::asio::awaitable<result<void>> flush() override { return world_.store.flush(); }

    bool may_have(std::string_view) const override { return may_have_any; }

    bool may_have_any = true;
    std::chrono::milliseconds delay{0};
    std::vector<std::vector<std::string>> fetched;

private:
    callout_world& world_;
};

/// A world with such a store, which knows Ann as a callout before the engine's restart found her.
class recalling_world : public callout_world {
public:
    recalling_world() {
        lasting = &disk;
        options.limits = politeness_limits::lifted();
        serve("example.org", callout_peer());
        verify("ann@example.org");
        restart();
        net.connects.clear();
        disk.fetched.clear();
    }
    slow_store disk{*this};
};

}  // namespace

TEST(engine_recall, a_question_waits_for_the_store_and_then_memory_answers) {  // CO-220
    recalling_world w;
    w.disk.delay = 20ms;
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.cached, freshness::cached);
    EXPECT_EQ(v.elapsed, 20ms);
    EXPECT_EQ(w.disk.fetched.size(), 1u);
    EXPECT_EQ(w.verify("ann@example.org").elapsed, 0ms);
    EXPECT_EQ(w.disk.fetched.size(), 1u);
}

TEST(engine_recall, a_disk_that_is_stuck_costs_fifty_milliseconds_at_a_time_and_a_callout) {  // CO-220
    recalling_world w;
    w.disk.delay = 1h;
    auto const v = w.verify("ann@example.org");
    EXPECT_EQ(v.status, status::pass);
    EXPECT_EQ(v.cached, freshness::live);
    EXPECT_EQ(v.elapsed, 50ms * 3) << "for the question, for what it will learn, and for what the host did";
    EXPECT_EQ(w.verify("bob@example.org", 30ms).elapsed, 30ms) << "no longer than the asker waits";
    w.run_to_the_end();
}

TEST(engine_recall, what_the_store_does_not_have_it_is_asked_for_once) {  // CO-220
    recalling_world w;
    w.verify("bob@example.org", 30s, cache_use::only);
    w.verify("bob@example.org", 30s, cache_use::only);
    EXPECT_EQ(w.disk.fetched.size(), 1u);
    w.verify("bob@example.org");
    EXPECT_EQ(w.disk.fetched.size(), 2u) << "for the server";
    w.verify("carl@example.org");
    EXPECT_EQ(w.disk.fetched.back(), std::vector<std::string>{"v1:a:carl@example.org|<>|25"})
        << "what concerns the domain and its server is known by now";
    EXPECT_EQ(w.disk.fetched.size(), 3u);
}

TEST(engine_recall, a_store_that_knows_that_it_has_nothing_is_not_asked) {  // CO-234
    recalling_world w;
    w.disk.may_have_any = false;
    w.disk.delay = 1h;
    EXPECT_EQ(w.verify("bob@example.org").elapsed, 0ms);
    EXPECT_TRUE(w.disk.fetched.empty());
}

// The undetermined answer of now must not replace what is known in the file (invariant I15).
TEST(engine_recall, what_is_learnt_without_reading_is_weighed_against_the_store) {  // CO-220, RS-063
    recalling_world w;
    w.net.put("192.0.2.10", callout_peer().on("RCPT", "451 4.3.0 later\r\n"));
    EXPECT_EQ(w.verify("ann@example.org", 30s, cache_use::refresh).status, status::transient);
    EXPECT_EQ(w.disk.fetched.at(0).at(0), key_of_ann);
    EXPECT_EQ(w.verify("ann@example.org").status, status::pass);
}

TEST(engine_recall, a_server_that_refused_us_is_left_alone_after_memory_has_lost_it) {  // CO-142
    callout_world w;
    slow_store disk(w);
    w.lasting = &disk;
    w.serve("example.org", callout_peer("554 5.7.1 you are listed\r\n"));
    w.verify("ann@example.org");
    w.restart();
    disk.delay = 20ms;
    auto const v = w.verify("bob@example.org");
    EXPECT_EQ(v.reason, reason::blocked);
    EXPECT_EQ(v.connections, 0u);
    EXPECT_EQ(v.elapsed, 40ms);
}

TEST(engine_recall, what_is_forgotten_while_it_is_read_stays_forgotten) {  // CO-222
    recalling_world w;
    w.disk.delay = 20ms;
    std::optional<verification> v;
    w.ask("ann@example.org", 30s, v);
    w.let_pass(10ms);
    EXPECT_EQ(w.run(w.engine().forget(test::box("ann@example.org"))), 1u);
    w.run_to_the_end();
    EXPECT_EQ(v->cached, freshness::live);
}

TEST(engine_recall, engine_is_not_idle_while_somebody_waits_for_the_store) {
    recalling_world w;
    w.disk.delay = 20ms;
    std::optional<verification> v;
    w.ask("ann@example.org", 30s, v);
    w.let_pass(10ms);
    w.engine().stop();
    std::optional<steady_time> ended;
    auto const stopped = w.clock.now();
    boost::asio::co_spawn(w.context, w.engine().ended(),
                          [&](std::exception_ptr const&) { ended = w.clock.now(); });
    w.let_pass(5ms);
    EXPECT_FALSE(ended);
    w.run_to_the_end();
    EXPECT_EQ(v->cached, freshness::cached);
    EXPECT_EQ(ended, stopped + 10ms);
}
