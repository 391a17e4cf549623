#include "callout/testing/memory_world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using callout::testing::memory_world;
using callout::testing::scripted_peer;
using namespace std::chrono_literals;

namespace {

boost::asio::awaitable<int> answer_after(memory_world& world, std::chrono::seconds time) {
    auto const bell = world.clock.make_alarm();
    co_await bell->wait(world.clock.now() + time);
    co_return 42;
}

boost::asio::awaitable<void> fail() {
    throw std::runtime_error("it did not work");
    co_return;
}

boost::asio::awaitable<void> tick(memory_world& world) {
    auto const bell = world.clock.make_alarm();
    while (true) co_await bell->wait(world.clock.now() + 1s);
}

boost::asio::awaitable<void> note_each_minute(memory_world& world, int& minutes) {
    auto const bell = world.clock.make_alarm();
    while (minutes < 100) {
        co_await bell->wait(world.clock.now() + 1min);
        ++minutes;
    }
}

std::string message_of(auto const& what) {
    try {
        what();
    } catch (callout::testing::stuck const& why) {
        return why.what();
    }
    return "it is not stuck";
}

/// What a world with chance in it says of itself after one question.
std::string story(std::uint64_t seed) {
    memory_world world;
    world.chance = callout::testing::seeded_random(seed);
    for (int i = 0; i < 8; ++i) {
        auto const host = "mx" + std::to_string(i) + ".example.org";
        world.dns.mx("example.org", 10, host);
        world.dns.address(host, "192.0.2." + std::to_string(i + 1));
        world.net.put("192.0.2." + std::to_string(i + 1), scripted_peer("421 busy\r\n"));
    }
    (void)world.verify("ann@example.org");
    std::string all;
    for (auto const& one : world.net.connections) all += one.to.address().to_string() + ' ' + one.heard;
    return all;
}

}  // namespace

TEST(memory_world, coroutine_is_run_to_its_end) {
    memory_world world;
    auto const begun = world.clock.now();
    EXPECT_EQ(world.run(answer_after(world, 3600s)), 42);
    EXPECT_EQ(world.clock.now() - begun, 1h);
    EXPECT_THROW(world.run(fail()), std::runtime_error);
}

TEST(memory_world, test_that_waits_for_what_cannot_happen_is_told_so) {
    memory_world world;
    EXPECT_EQ(message_of([&] { world.run_until([] { return false; }); }),
              "nothing can happen any more: no handler is ready, and no alarm is set");
    world.run_to_the_end();
}

TEST(memory_world, message_says_what_the_engine_has_in_hand) {
    memory_world world;
    world.options.reuse_sessions = false;
    world.serve("example.org", scripted_peer().on("RCPT", "450 4.2.0 Greylisted\r\n").hang_up_after("QUIT"));
    (void)world.verify("ann@example.org");
    world.settle();  // QUIT, and its answer
    EXPECT_EQ(world.left(), "retries: 1");
    world.most_steps = 0;
    EXPECT_EQ(message_of([&] { world.run_to_the_end(); }),
              "time has moved on 0 times, and there is no end; the engine has in hand: retries: 1");
}

TEST(memory_world, world_without_an_end_does_not_hang_a_test) {
    memory_world world;
    world.most_steps = 1000;
    boost::asio::co_spawn(world.context, tick(world), boost::asio::detached);
    std::string const expected = "time has moved on 1000 times, and there is no end";
    EXPECT_EQ(message_of([&] { world.run_to_the_end(); }), expected);
    EXPECT_EQ(message_of([&] { world.run_until([] { return false; }); }), expected);
    EXPECT_EQ(message_of([&] { world.let_pass(2000s); }), expected);
}

TEST(memory_world, what_becomes_due_on_the_way_happens_at_its_own_time) {
    memory_world world;
    auto const begun = world.clock.now();
    int minutes = 0;
    boost::asio::co_spawn(world.context, note_each_minute(world, minutes), boost::asio::detached);
    world.run_until([&] { return minutes == 3; });
    EXPECT_EQ(world.clock.now() - begun, 3min);
    world.let_pass(10min + 30s);
    EXPECT_EQ(minutes, 13);
    EXPECT_EQ(world.clock.now() - begun, 13min + 30s);
    world.run_until(begun + 15min);
    EXPECT_EQ(minutes, 15) << "what is due at the end happens, too";
    world.run_until(begun);
    EXPECT_EQ(world.clock.now() - begun, 15min) << "time does not go back";
}

TEST(memory_world, chance_is_that_of_its_seed) {
    EXPECT_EQ(story(1), story(1));
    EXPECT_NE(story(1), story(2));
}

TEST(memory_world, engine_has_the_options_of_its_world) {
    memory_world world;
    world.options.helo = callout::helo_name::parse("verifier.example.net").value();
    world.serve("example.org", scripted_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    EXPECT_EQ(world.verify("ghost@example.org").status, callout::status::fail);
    ASSERT_FALSE(world.net.heard.empty());
    EXPECT_EQ(world.net.heard.front(), "EHLO verifier.example.net\r\n");
    world.run_to_the_end();
    EXPECT_EQ(world.left(), "");
}

TEST(memory_world, only_the_lasting_store_survives_a_restart) {
    memory_world world;
    world.lasting = &world.store;
    world.serve("example.org", scripted_peer());
    EXPECT_EQ(world.verify("ann@example.org").cached, callout::freshness::live);
    world.restart();
    EXPECT_NE(world.verify("ann@example.org").cached, callout::freshness::live);
    world.lasting = nullptr;
    world.restart();
    EXPECT_EQ(world.verify("ann@example.org").cached, callout::freshness::live);
}

TEST(memory_world, world_may_end_with_a_callout_under_way) {
    std::optional<callout::verification> answer;
    {
        memory_world world;
        world.serve("example.org", scripted_peer().on("RCPT", ""));
        world.ask(callout::request(callout::mailbox::parse("ann@example.org").value()), 30s, answer);
        world.run_until([&] { return !world.net.heard.empty(); });
        EXPECT_NE(world.left(), "");
    }
    EXPECT_FALSE(answer);
}
