#include "world/visit.hpp"

#include <gtest/gtest.h>

#include "parse_world.hpp"

namespace testmta::world {
namespace {

using namespace std::chrono_literals;

/// One peer; what its visits do is written as text: octets as they are, `<5ms>` a pause, `<close>` an ending.
class Visit : public ::testing::Test {
protected:
    void rules(std::string const& lines) {
        world_ = good_world("peer host at 127.0.0.3\n" + lines + "end\n");
        memory_.emplace(world_.peers.front());
    }

    std::string arrive() {
        visit_.emplace(world_.peers.front(), *memory_, "192.0.2.7");
        return describe(visit_->arrive(now_));
    }
    std::string say(std::string const& octets) {
        visit_->feed(octets);
        std::string all;
        while (auto const turn = visit_->next(now_)) all += describe(turn->effects);
        return all;
    }
    std::string ask(std::string const& recipient) { return say("RCPT TO:<" + recipient + ">\r\n"); }

    /// A visit on which MAIL was accepted.
    void begin(std::string const& sender = "") {
        arrive();
        say("EHLO c\r\nMAIL FROM:<" + sender + ">\r\n");
    }

    static std::string describe(std::vector<effect> const& effects) {
        constexpr char const* endings[] = {"<half-close>", "<close>", "<reset>"};
        std::string text;
        for (auto const& one : effects) {
            if (auto const* pause = std::get_if<wait>(&one)) {
                text += '<' + std::to_string(pause->time.count()) + "us>";
            } else if (auto const* end = std::get_if<ending>(&one)) {
                text += endings[static_cast<int>(*end)];
            } else {
                auto const& out = std::get<sending>(one);
                if (out.pace.octets != 0) text += '<' + std::to_string(out.pace.octets) + " at a time>";
                text += out.octets;
            }
        }
        return text;
    }

    description world_;
    std::optional<peer_memory> memory_;
    std::optional<visit> visit_;
    time_point now_{};
};

TEST_F(Visit, AnswersHonestlyWithoutRules) {
    rules("offer PIPELINING\noffer SIZE 5\n");
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
    EXPECT_EQ(say("EHLO c\r\n"), "250-host\r\n250-PIPELINING\r\n250 SIZE 5\r\n");
    EXPECT_EQ(say("HELO c\r\n"), "250 host\r\n");
    EXPECT_EQ(say("RCPT TO:<a@b>\r\n").substr(0, 3), "503");
    EXPECT_EQ(say("QUIT\r\n"), "221 2.0.0 bye\r\n<close>");
}

TEST_F(Visit, TheFirstRuleThatMatchesWins) {
    rules("on rcpt ann@* -> reply 250 one\non rcpt *@x -> reply 550 two\non any -> reply 251 three\n");
    begin();
    EXPECT_EQ(ask("Ann@x"), "250 one\r\n");
    EXPECT_EQ(ask("bob@x"), "550 two\r\n");
    EXPECT_EQ(ask("bob@y"), "251 three\r\n");
    EXPECT_EQ(say("BLAH\r\n"), "251 three\r\n");
}

TEST_F(Visit, PatternsTakeAddressesWithAndWithoutBrackets) {
    rules("on mail <> -> reply 550 null\non mail <a@b> -> reply 551 a\n");
    arrive();
    EXPECT_EQ(say("MAIL FROM:<>\r\n"), "550 null\r\n");
    EXPECT_EQ(say("MAIL FROM:<a@b>\r\n"), "551 a\r\n");
}

TEST_F(Visit, NthCountsOnOneConnection) {
    rules("on ehlo nth 2 -> reply 500 no\n");
    for (int visits = 0; visits != 2; ++visits) {
        arrive();
        EXPECT_EQ(say("EHLO c\r\nEHLO c\r\nEHLO c\r\n"), "250 host\r\n500 no\r\n250 host\r\n");
    }
}

TEST_F(Visit, NthOfTheGreetingCountsConnections) {
    rules("on connect nth 3 -> reset\non greeting nth 2 -> reply 421 4.3.2 later, close\n");
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
    EXPECT_EQ(arrive(), "421 4.3.2 later\r\n<close>");
    EXPECT_EQ(arrive(), "<reset>");
}

TEST_F(Visit, ActionsAreDoneInTheirOrder) {
    rules(
        "on rcpt a -> delay 5us, reply 250 hi, half-close\non rcpt b -> drip 1 5us, reply 250 hi\n"
        "on rcpt c -> delay 7us\non rcpt d -> bytes 32 35 30 0a\non rcpt e -> close\n");
    begin();
    EXPECT_EQ(ask("a"), "<5us>250 hi\r\n<half-close>");
    EXPECT_EQ(ask("b"), "<1 at a time>250 hi\r\n");
    EXPECT_EQ(ask("c"), "<7us>250 2.1.5 recipient ok\r\n");  // no answer of its own: an honest one
    EXPECT_EQ(ask("d"), "250\n");
    EXPECT_EQ(ask("e"), "<close>");
}

TEST_F(Visit, SilenceLasts) {
    rules("on mail -> silent\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\n"), "250 host\r\n");
    EXPECT_EQ(say("QUIT\r\n"), "");
}

TEST_F(Visit, RepliesOfRulesMoveTheSessionOn) {
    rules("on mail -> bytes 32 35 30 0a\non rcpt a -> reply 550 no\n");
    begin();
    EXPECT_EQ(ask("a"), "550 no\r\n");
    EXPECT_EQ(say("DATA\r\n").substr(0, 3), "503");
    ask("b");
    EXPECT_EQ(say("DATA\r\n").substr(0, 3), "354");
    EXPECT_EQ(say("RCPT TO:<a>\r\n.\r\n"), "250 2.0.0 accepted\r\n");
}

TEST_F(Visit, GreylistingEndsForWhoeverWaited) {
    rules("on rcpt -> greylist 300s\n");
    begin("s@x");
    EXPECT_EQ(ask("a"), "450 4.2.0 greylisted, try again in 300 seconds\r\n");
    now_ += 299s;
    EXPECT_EQ(ask("a").substr(0, 3), "450");
    now_ += 1s;
    EXPECT_EQ(ask("a").substr(0, 3), "250");
    EXPECT_EQ(ask("b").substr(0, 3), "450");  // another recipient begins anew
    begin("t@x");
    EXPECT_EQ(ask("a").substr(0, 3), "450");  // and so does another sender
}

TEST_F(Visit, GreylistingMaySpeakForItself) {
    rules("on mail -> greylist 60s, reply 451 4.7.1 \"come again\"\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<a>\r\n"), "250 host\r\n451 4.7.1 come again\r\n");
    now_ += 60s;
    EXPECT_EQ(say("MAIL FROM:<a>\r\n"), "250 2.1.0 sender ok\r\n");
}

}  // namespace
}  // namespace testmta::world
