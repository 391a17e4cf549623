#include "world/check/check.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "world/language/parse_world.hpp"

namespace testmta::world {
namespace {

constexpr std::string_view starts[] = {"d", "a", "f", "b", "e", "c"};

/// Six peers that greet after five seconds. All are connected to at the same moment, in the order of
/// `starts`.
description six_slow_peers() {
    std::string text, questions;
    for (std::string const name : {"a", "b", "c", "d", "e", "f"}) {
        auto const address = "127.77.0." + std::to_string(name.front() - 'a' + 1);
        text.append("zone ").append(name).append(".example\n @ mx 10 mx\n mx a ").append(address);
        text.append("\nend\npeer ").append(name).append(" at ").append(address);
        text.append("\n on greeting -> delay 5s\nend\n");
    }
    for (auto const name : starts) questions.append("    start ann@").append(name).append(".example\n");
    return good_world(text + "entry 1 one \"a sentence\"\n    virtual-time\n" + questions +
                      "    wait 60s\n    peer a connections 1\nend\n");
}

/// Returns the journal of one check.
std::string journal_of(description const& what) {
    auto const file = std::filesystem::temp_directory_path() / ("check_test." + std::to_string(getpid()));
    {
        journal log;
        log.open(file.string());
        for (auto const& one : check(what, {}, log)) EXPECT_TRUE(one.passed()) << one.problems.front();
    }
    std::ostringstream content;
    content << std::ifstream(file).rdbuf();
    std::filesystem::remove(file);
    return content.str();
}

/// Returns the peers that have sent a greeting, in order.
std::string greeted(std::string const& log) {
    std::string peers;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        auto const peer = line.find("\"peer\":\"");
        if (line.find("ESMTP") != line.npos) peers += line.substr(peer + 8, 1);
    }
    return peers;
}

TEST(Check, TM_109_EqualAlarmsRingInTheOrderInWhichTheyWereSet) {
    auto const what = six_slow_peers();
    auto const log = journal_of(what);
    EXPECT_EQ(greeted(log), "dafbec");
    std::vector<std::string> const another_heap(1000, std::string(300, 'x'));
    EXPECT_EQ(journal_of(what), log);
}

}  // namespace
}  // namespace testmta::world
