#include "callout/mailfromd/poll_progress.hpp"

#include <gtest/gtest.h>

#include "support/callout_world.hpp"

namespace {

using namespace callout;

/// What a verification says, stage by stage.
class told {
public:
    std::vector<std::string> lines;
    poll_progress progress{[this](core::poll_stage stage, std::string_view text) {
        auto const row = std::ranges::find(core::poll_stages, stage, &core::poll_stage_row::stage);
        lines.push_back(std::string(row->word) + ' ' + std::string(text));
    }};
};

using list = std::vector<std::string>;

TEST(poll_progress, one_host_in_five_stages) {  // CP-043 CP-046 CP-048
    test::callout_world world;
    world.serve("example.org", test::callout_peer().on("RCPT", "550-5.1.1 no such\r\n550 user\r\n"));
    told heard;
    auto const v =
        world.verify("a@example.org", std::chrono::seconds(30), cache_use::normal, &heard.progress);
    heard.progress.conclude(v);
    EXPECT_EQ(heard.lines,
              (list{"INIT mx1.example.org", "GRTNG 220 mx.example.org ESMTP", "HELO 250-mx.example.org",
                    "SENT RCPT TO:<a@example.org>", "RECV 550-5.1.1 no such"}));
}

TEST(poll_progress, CP_048_a_pipelined_RCPT_after_a_refused_MAIL_decides_nothing) {
    test::callout_world world;
    world.serve("example.org", test::callout_peer()
                                   .on("MAIL", "550 5.7.1 not from there\r\n")
                                   .on("RCPT", "503 5.5.1 MAIL first\r\n")
                                   .on("RSET", "250 ok\r\n"));
    told heard;
    auto const v =
        world.verify("a@example.org", std::chrono::seconds(30), cache_use::normal, &heard.progress);
    heard.progress.conclude(v);
    ASSERT_EQ(heard.lines.size(), 5u);
    EXPECT_EQ(heard.lines[3], "SENT MAIL FROM:<>");
    EXPECT_EQ(heard.lines[4], "RECV 550 5.7.1 not from there");
}

TEST(poll_progress, CP_047_nothing_is_said_as_nothing) {
    test::callout_world world;
    world.serve("example.org", test::callout_peer("421 4.3.2 busy\r\n"));
    told heard;
    auto const v =
        world.verify("a@example.org", std::chrono::seconds(30), cache_use::normal, &heard.progress);
    heard.progress.conclude(v);
    EXPECT_EQ(heard.lines,
              (list{"INIT mx1.example.org", "GRTNG 421 4.3.2 busy", "SENT nothing", "RECV 421 4.3.2 busy"}));
}

TEST(poll_progress, CP_044_a_host_that_is_not_reached_says_nothing) {
    test::callout_world world;
    world.serve("example.org", test::callout_peer().refuse_connections(errc::refused));
    told heard;
    auto const v =
        world.verify("a@example.org", std::chrono::seconds(30), cache_use::normal, &heard.progress);
    heard.progress.conclude(v);
    EXPECT_EQ(heard.lines, list());
}

TEST(poll_progress, CP_049_the_cache_says_nothing) {
    test::callout_world world;
    world.serve("example.org", test::callout_peer());
    world.verify("a@example.org");
    told heard;
    auto const v =
        world.verify("a@example.org", std::chrono::seconds(30), cache_use::normal, &heard.progress);
    heard.progress.conclude(v);
    EXPECT_EQ(heard.lines, list());
}

TEST(poll_progress, an_asker_that_joins_another_hears_how_it_ended) {
    test::callout_world world;
    world.serve("example.org", test::callout_peer().drip(4096, std::chrono::milliseconds(10)));
    told first, second;
    std::optional<verification> one, two;
    world.ask("a@example.org", std::chrono::seconds(30), one, cache_use::normal, &first.progress);
    world.ask("a@example.org", std::chrono::seconds(30), two, cache_use::normal, &second.progress);
    world.run_until([&] { return one && two; });
    ASSERT_TRUE(one && two);
    second.progress.conclude(*two);
    EXPECT_EQ(second.lines, first.lines);
    EXPECT_EQ(first.lines.size(), 5u);
}

}  // namespace
