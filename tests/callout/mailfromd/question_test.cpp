// What a question of the callout protocol does in the engine: which hosts, which words to them, what is kept.

#include <gtest/gtest.h>

#include "callout/mailfromd/question.hpp"
#include "callout/verdict_word.hpp"
#include "support/callout_world.hpp"

namespace {

using namespace callout;
using test::callout_peer;
using list = std::vector<std::string>;

/// The parameters of VRFY, as the words of one.
request question(std::string address, list const& words = {}) {
    core::callout_question asked(0, std::move(address));
    EXPECT_EQ(core::set_parameters(asked.how, words), std::nullopt);
    return core::request_for(asked).value();
}

std::string_view answer(test::callout_world& world, request what) {
    auto const found = world.verify(std::move(what), std::chrono::minutes(2));
    return foreign_words_of(word_of(found)).protocol;
}

TEST(callout_request, carries_what_the_parameters_say) {
    auto const asked =
        question("<a@b.example>", {"EHLO=x.example", "MAILFROM=<>,c@d.example", "STARTTLS=always"});
    EXPECT_EQ(asked.address.address(), "a@b.example");
    EXPECT_EQ(asked.helo.value().text(), "x.example");
    ASSERT_EQ(asked.senders.size(), 2u);
    EXPECT_FALSE(asked.senders[0]);
    EXPECT_EQ(asked.senders[1]->address(), "c@d.example");
    EXPECT_EQ(asked.tls, tls_use::may);
    EXPECT_EQ(asked.cache, cache_use::normal);
    EXPECT_FALSE(asked.timeouts);
}

// CP-070 CP-072
TEST(callout_request, CP_070_CP_072_says_MAIL_and_RCPT_without_anything_more) {
    test::callout_world world;
    world.serve("b.example", callout_peer());
    EXPECT_EQ(answer(world, question("a@b.example", {"EHLO=x.example"})), "success");
    std::string all;
    for (auto const& one : world.net.heard) all += one;
    EXPECT_TRUE(all.starts_with("EHLO x.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n")) << all;
}

TEST(callout_request, CP_069_says_HELO_after_5xx_to_EHLO_and_not_after_4xx) {
    for (auto const& [code, expected] : {std::pair("502 what?\r\n", true), {"421 later\r\n", false}}) {
        test::callout_world world;
        world.serve("b.example", callout_peer().on("EHLO", code));
        answer(world, question("a@b.example"));
        bool said = false;
        for (auto const& one : world.net.heard) said = said || one.starts_with("HELO ");
        EXPECT_EQ(said, expected) << code;
    }
}

TEST(callout_request, CP_064_mxonly_asks_the_MX_of_HOST_and_no_address_record) {
    test::callout_world world;
    world.serve("host.example", callout_peer(), "192.0.2.20");
    world.dns.address("bare.example", "192.0.2.21");
    world.net.put("192.0.2.21", callout_peer());
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=mxonly", "HOST=host.example"})), "success");
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=mxonly", "HOST=bare.example"})), "failure");
    EXPECT_EQ(world.net.connects, list{"192.0.2.20"});
}

TEST(callout_request, CP_065_hostonly_asks_HOST_and_nobody_else) {
    test::callout_world world;
    world.serve("host.example", callout_peer(), "192.0.2.20");
    world.dns.address("host.example", "192.0.2.22");
    world.net.put("192.0.2.22", callout_peer().on("RCPT", "450 4.2.0 later\r\n"));
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=hostonly", "HOST=host.example"})), "temp_failure");
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=hostonly", "HOST=192.0.2.20"})), "success");
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=hostonly", "HOST=missing.example"})), "failure");
    EXPECT_EQ(world.net.connects, (list{"192.0.2.22", "192.0.2.20"}));
}

TEST(callout_request, CP_066_hostfirst_asks_the_MX_of_HOST_after_an_answer_that_settles_nothing) {
    for (auto const& [reply, asked] :
         {std::pair("450 4.2.0 later\r\n", 2u), {"550 5.1.1 no such user\r\n", 1u}}) {
        test::callout_world world;
        world.serve("host.example", callout_peer(), "192.0.2.20");
        world.dns.address("host.example", "192.0.2.22");
        world.net.put("192.0.2.22", callout_peer().on("RCPT", reply));
        answer(world, question("a@b.example", {"MODE=hostfirst", "HOST=host.example"}));
        EXPECT_EQ(world.net.connects.size(), asked) << reply;
    }
}

// CP-067 CP-068
TEST(callout_request, CP_067_CP_068_answer_of_a_chosen_host_is_not_that_of_the_domain) {
    test::callout_world world;
    world.serve("b.example", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    world.serve("host.example", callout_peer(), "192.0.2.20");
    world.dns.address("host.example", "192.0.2.20");
    for (auto const* mode : {"MODE=mxonly", "MODE=hostonly", "MODE=hostfirst"}) {
        EXPECT_EQ(answer(world, question("a@b.example", {mode, "HOST=host.example"})), "success") << mode;
        EXPECT_EQ(answer(world, question("a@b.example")), "not_found") << mode;
    }
}

// CP-067 CP-068
TEST(callout_request, CP_067_CP_068_hostfirst_alone_is_kept_by_address_and_host) {
    test::callout_world world;
    world.dns.address("host.example", "192.0.2.20");
    world.dns.address("other.example", "192.0.2.21");
    world.dns.mx("host.example", 10, "host.example");
    for (auto const* address : {"192.0.2.20", "192.0.2.21"}) world.net.put(address, callout_peer());
    auto const connects = [&](list const& words) {
        auto const before = world.net.connects.size();
        EXPECT_EQ(answer(world, question("a@b.example", words)), "success");
        return world.net.connects.size() - before;
    };
    EXPECT_EQ(connects({"MODE=hostfirst", "HOST=host.example"}), 1u);
    EXPECT_EQ(connects({"MODE=hostfirst", "HOST=Host.Example"}), 0u);
    EXPECT_EQ(connects({"MODE=hostfirst", "HOST=other.example"}), 1u);
    for (auto const* mode : {"MODE=mxonly", "MODE=hostonly"}) {
        EXPECT_EQ(connects({mode, "HOST=host.example"}), 1u) << mode;
        EXPECT_EQ(connects({mode, "HOST=host.example"}), 1u) << mode;
    }
}

TEST(callout_request, the_fence_stands_before_HOST) {
    test::callout_world world;
    world.net.put("10.1.2.3", callout_peer());
    EXPECT_EQ(answer(world, question("a@b.example", {"MODE=hostonly", "HOST=10.1.2.3"})), "failure");
    EXPECT_TRUE(world.net.connects.empty());
}

// CP-078 CP-079 CP-080
TEST(callout_request, CP_078_CP_079_CP_080_answers_live_as_long_as_the_configuration_says) {
    for (auto const& [reply, again] :
         {std::pair("250 ok\r\n", 1u), {"550 5.1.1 no such user\r\n", 2u}, {"450 4.3.0 later\r\n", 2u}}) {
        test::callout_world world;
        world.options.lifetimes.negative = std::chrono::seconds(0);   // calloutd's default
        world.options.lifetimes.temporary = std::chrono::seconds(0);  // calloutd: 2220 s, always
        world.serve("b.example", callout_peer().on("RCPT", reply));
        for (int i = 0; i != 2; ++i) answer(world, question("a@b.example"));
        EXPECT_EQ(world.net.connects.size(), again) << reply;
    }
}

TEST(callout_request, CP_055_silence_is_never_kept_as_not_found) {
    test::callout_world world;
    world.serve("b.example", callout_peer().on("RCPT", ""));
    auto patient = question("a@b.example");
    patient.mode = mode::hard;
    EXPECT_EQ(answer(world, patient), "timeout");
    auto known = question("a@b.example");
    known.cache = cache_use::only;
    EXPECT_NE(answer(world, known), "not_found");
}

}  // namespace
