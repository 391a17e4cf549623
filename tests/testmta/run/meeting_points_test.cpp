#include "run/meeting_points.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace testmta::run {
namespace {

using namespace std::chrono_literals;

/// Sessions that meet, and what each was told, in the order in which they went on.
class Meeting {
public:
    explicit Meeting(std::set<std::string> names) : points(io.get_executor(), std::move(names)) {}
    void arrive(std::string who, std::size_t count = 0, std::chrono::microseconds limit = 60s) {
        boost::asio::co_spawn(io, go(std::move(who), count, limit), boost::asio::detached);
    }
    boost::asio::awaitable<void> go(std::string who, std::size_t count, std::chrono::microseconds limit) {
        std::string label = "here";
        auto name = who;
        auto const problem = co_await points.arrive(std::move(label), std::move(name), count, limit);
        told.push_back(who + ": " + problem.value_or("met"));
    }
    boost::asio::io_context io;
    meeting_points points;
    std::vector<std::string> told;
};

TEST(MeetingPoints, TM_087_AllGoOnWhenTheLastHasCome) {
    Meeting of({"a", "b", "c"});
    of.arrive("a");
    of.arrive("b");
    of.io.poll();
    EXPECT_TRUE(of.told.empty());
    of.arrive("c");
    of.io.poll();
    EXPECT_EQ(of.told.size(), 3u);
    EXPECT_EQ(of.told.front(), "c: met");
}

TEST(MeetingPoints, TM_087_ThoseMissingAreNamedWhenTimeIsOver) {
    Meeting of({"a", "b", "c"});
    of.arrive("a", 0, 1ms);
    of.io.run();
    EXPECT_EQ(of.told,
              std::vector<std::string>{"a: expected 3 sessions at \"here\", got 1 within 1ms; missing b, c"});
}

TEST(MeetingPoints, NobodyWaitsForASessionThatHasEnded) {
    Meeting of({"a", "b"});
    of.arrive("a");
    of.io.poll();
    of.points.leave("b");
    of.io.run();
    EXPECT_EQ(of.told, std::vector<std::string>{
                           "a: expected 2 sessions at \"here\", got 1, and never will: missing b"});
}

TEST(MeetingPoints, SomeAreEnoughIfTheScriptSaysSo) {
    Meeting of({"a", "b", "c"});
    of.arrive("a", 2);
    of.arrive("b", 2);
    of.io.run();
    EXPECT_EQ(of.told.size(), 2u);
}

TEST(MeetingPoints, ALabelMayBeUsedAgain) {
    Meeting of({"a", "b"});
    for (auto const* who : {"a", "b"}) of.arrive(who);
    of.io.run();
    of.io.restart();
    of.arrive("a");
    of.io.poll();
    EXPECT_EQ(of.told.size(), 2u);  // its second meeting is not over because the first one is
    of.arrive("b");
    of.io.run();
    EXPECT_EQ(of.told.size(), 4u);
}

}  // namespace
}  // namespace testmta::run
