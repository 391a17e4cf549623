#include "world/peers/visit.hpp"

#include <gtest/gtest.h>

#include "world/language/parse_world.hpp"

namespace testmta::world {
namespace {

using namespace std::chrono_literals;

/// One peer. What its visits do is described as text: bytes as they are, `<5us>` for a pause, `<close>` for
/// an ending.
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

    /// Begins a visit and gets MAIL accepted.
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
            } else if (std::holds_alternative<start_tls>(one)) {
                text += "<tls>";
            } else if (std::holds_alternative<stop_reading>(one)) {
                text += "<deaf>";
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

TEST_F(Visit, TM_117_AMessageOverTheOfferedSizeIsRefusedInBothPlaces) {
    rules("offer clear SIZE 10\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<a@b> SIZE=11\r\n").substr(23),
              "552 5.3.4 a message has at most 10 bytes here\r\n");
    EXPECT_EQ(say("MAIL FROM:<a@b> size=10\r\n"), "250 2.1.0 sender ok\r\n");
    say("RCPT TO:<c@d>\r\nDATA\r\n");
    EXPECT_EQ(say("..34567890\r\n.\r\n"), "552 5.3.4 a message has at most 10 bytes here\r\n");
    visit_->secured();  // there SIZE is not offered
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<a@b> SIZE=11\r\n"), "250 host\r\n250 2.1.0 sender ok\r\n");
}

TEST_F(Visit, TM_118_ARuleOfAuthIsAskedWhenTheCredentialsAreThere) {
    rules("offer AUTH LOGIN\nlogin ann secret\non auth ann nth 2 -> close\n");
    arrive();
    say("EHLO c\r\n");
    EXPECT_EQ(say("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n"), "504 5.5.4 this mechanism is not offered\r\n");
    EXPECT_EQ(say("AUTH LOGIN\r\n"), "334 VXNlcm5hbWU6\r\n");
    EXPECT_EQ(say("YW5u\r\nbm8=\r\n"), "334 UGFzc3dvcmQ6\r\n535 5.7.8 these credentials are not known\r\n");
    EXPECT_EQ(say("AUTH LOGIN YW5u\r\nc2VjcmV0\r\n"), "334 UGFzc3dvcmQ6\r\n<close>");
}

TEST_F(Visit, AuthThatIsNotOfferedIsNotImplemented) {
    rules("on auth plain* nth 2 -> reply 535 no\n");
    arrive();
    say("EHLO c\r\n");
    EXPECT_EQ(say("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n"), "502 5.5.1 not implemented\r\n");
    EXPECT_EQ(say("AUTH PLAIN AGFubgBzZWNyZXQ=\r\n"), "535 no\r\n");
}

TEST_F(Visit, TM_116_AMessageHasTheRecipientsThatWereAccepted) {
    rules("on rcpt no@* -> reply 550 no\n");
    begin("ann@x");
    ask("one@y");
    ask("no@y");
    say("DATA\r\n");
    visit_->feed("A: b\r\n\tc\r\n\r\n..\r\n.\r\n");
    auto const turn = visit_->next(now_);
    ASSERT_TRUE(turn && turn->message);
    EXPECT_EQ(turn->message->sender, "ann@x");
    EXPECT_EQ(turn->message->recipients, std::vector<std::string>{"one@y"});
    EXPECT_EQ(turn->message->content, "A: b\r\n\tc\r\n\r\n.\r\n");
    EXPECT_EQ(header_fields(turn->message->content), (std::vector<header_field>{{"A", "b c"}}));
    EXPECT_TRUE(turn->message->accepted);
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
    EXPECT_EQ(ask("c"), "<7us>250 2.1.5 recipient ok\r\n");  // the rule has no answer of its own, so the
                                                             // answer is the honest one
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
    EXPECT_EQ(say("DATA\r\n").substr(0, 3), "554");  // RFC 5321 3.3: every recipient was refused
    ask("b");
    EXPECT_EQ(say("DATA\r\n").substr(0, 3), "354");
    EXPECT_EQ(say("RCPT TO:<a>\r\n.\r\n"), "250 2.0.0 accepted\r\n");
}

TEST_F(Visit, GreylistingEndsForAClientThatWaited) {
    rules("on rcpt -> greylist 300s\n");
    begin("s@x");
    EXPECT_EQ(ask("a"), "450 4.2.0 greylisted, try again in 300 seconds\r\n");
    now_ += 299s;
    EXPECT_EQ(ask("a").substr(0, 3), "450");
    now_ += 1s;
    EXPECT_EQ(ask("a").substr(0, 3), "250");
    EXPECT_EQ(ask("b").substr(0, 3), "450");  // another recipient has to wait again
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

TEST_F(Visit, RulesMayCountFromANumberOnOrEveryFewTimes) {
    rules("on rcpt a from 2 -> reply 550 no\non rcpt b every 2 -> reply 550 no\n");
    begin();
    std::string const one = "RCPT TO:<a>\r\n";
    EXPECT_EQ(say(one + one + one), "250 2.1.5 recipient ok\r\n550 no\r\n550 no\r\n");
    std::string const two = "RCPT TO:<b>\r\nRCPT TO:<b>\r\n";
    EXPECT_EQ(say(two), "250 2.1.5 recipient ok\r\n550 no\r\n");
    EXPECT_EQ(say(two), "250 2.1.5 recipient ok\r\n550 no\r\n");
}

TEST_F(Visit, CountsPerEnvelopeAndPerPeer) {
    rules("on rcpt a from 2 per envelope -> reply 452 many\non rcpt b nth 2 per peer -> reply 451 b\n");
    begin();
    ask("a");
    EXPECT_EQ(ask("a"), "452 many\r\n");
    say("RSET\r\nMAIL FROM:<>\r\n");
    EXPECT_EQ(ask("a").substr(0, 3), "250");
    ask("b");
    begin();
    EXPECT_EQ(ask("b"), "451 b\r\n");
}

TEST_F(Visit, ConditionsMustAllHold) {
    rules(
        "on rcpt sender s@* client 192.0.2.7 -> reply 551 both\non rcpt client 192.0.2.8 -> reply 552 no\n");
    begin("s@x");
    EXPECT_EQ(ask("a"), "551 both\r\n");
    begin("t@x");
    EXPECT_EQ(ask("a").substr(0, 3), "250");
}

TEST_F(Visit, PatternsMayBeRegularExpressions) {
    rules("on rcpt /^(ann|bob)@x$/ -> reply 550 no\n");
    begin();
    EXPECT_EQ(ask("Bob@x"), "550 no\r\n");
    EXPECT_EQ(ask("bobby@x").substr(0, 3), "250");
}

TEST_F(Visit, KnowsItsMailboxesAndNoOthers) {
    rules("mailbox ann@x, *@y\n");
    begin();
    EXPECT_EQ(ask("ann@x").substr(0, 3), "250");
    EXPECT_EQ(ask("anything@y").substr(0, 3), "250");
    EXPECT_EQ(ask("bob@x"), "550 5.1.1 no such user here\r\n");
}

TEST_F(Visit, RefusalsOfAConnectionAreCounted) {
    rules("mailbox ann@x\non any refusals 2 -> reply 421 4.7.0 enough, close\n");
    begin();
    EXPECT_EQ(ask("b@x").substr(0, 3), "550");
    EXPECT_EQ(ask("c@x").substr(0, 3), "550");
    EXPECT_EQ(ask("ann@x"), "421 4.7.0 enough\r\n<close>");
    begin();
    EXPECT_EQ(ask("ann@x").substr(0, 3), "250");
}

TEST_F(Visit, CommandsOfAConnectionAreCounted) {
    rules("on any commands 2 -> reply 421 4.7.0 enough, close\n");
    begin();
    EXPECT_EQ(ask("a"), "421 4.7.0 enough\r\n<close>");
}

TEST_F(Visit, TooManyConnectionsAtOnce) {
    rules("on greeting open 1 -> reply 421 busy, close\n");
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
    EXPECT_EQ(arrive(), "421 busy\r\n<close>");
    memory_->left();
    memory_->left();
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
}

TEST_F(Visit, TooManyConnectionsInATimeAreBanned) {
    rules("on greeting rate 2 60s ban 300s -> reply 554 banned, close\n");
    arrive();
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
    EXPECT_EQ(arrive(), "554 banned\r\n<close>");
    now_ += 299s;
    EXPECT_EQ(arrive(), "554 banned\r\n<close>");
    now_ += 1s;
    EXPECT_EQ(arrive(), "220 host ESMTP\r\n");
}

TEST_F(Visit, GreylistingGoesByItsKey) {
    rules("on rcpt greylist 300s by recipient -> reply 450 later\n");
    begin("s@x");
    EXPECT_EQ(ask("a"), "450 later\r\n");
    now_ += 300s;
    begin("t@x");
    EXPECT_EQ(ask("a").substr(0, 3), "250");
    EXPECT_EQ(ask("b"), "450 later\r\n");
}

TEST_F(Visit, WhatNothingSeparatesLeavesInOnePiece) {  // Z036, Z062
    rules("on mail -> hold\non rcpt -> reply 250 one, send \"250 two\\r\\n\"\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<>\r\n"), "250 host\r\n");
    visit_->feed("RCPT TO:<a>\r\n");
    auto const turn = visit_->next(now_);
    ASSERT_TRUE(turn && turn->effects.size() == 1);
    EXPECT_EQ(std::get<sending>(turn->effects[0]).octets, "250 2.1.0 sender ok\r\n250 one\r\n250 two\r\n");
}

TEST_F(Visit, RepliesMayBeMissingOrEndInABareLineFeed) {
    rules("on mail -> skip\non rcpt -> bare-lf, reply 250 \"a\\nb\"\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<>\r\n"), "250 host\r\n");
    EXPECT_EQ(ask("x"), "250-a\n250 b\n");
}

TEST_F(Visit, PipelinedCommandsMayBeLost) {  // Z060
    rules("on mail -> forget\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\n"), "250 host\r\n250 2.1.0 sender ok\r\n");
}

TEST_F(Visit, TarpitsGrowWithTheCommands) {
    rules("on rcpt -> tarpit 1s\n");
    begin();
    EXPECT_EQ(ask("a"), "<3000000us>250 2.1.5 recipient ok\r\n");
    EXPECT_EQ(ask("a"), "<4000000us>250 2.1.5 recipient ok\r\n");
}

TEST_F(Visit, TlsBeginsWhereItIsOfferedAndChangesTheOffers) {  // SE-152
    rules(
        "offer STARTTLS\noffer clear OLD\noffer tls NEW\non mail clear -> reply 530 5.7.0 \"STARTTLS "
        "first\"\n");
    arrive();
    EXPECT_EQ(say("EHLO c\r\n"), "250-host\r\n250-STARTTLS\r\n250 OLD\r\n");
    EXPECT_EQ(say("MAIL FROM:<>\r\n").substr(0, 3), "530");
    EXPECT_EQ(say("STARTTLS\r\n"), "220 2.0.0 go ahead\r\n<tls>");
    visit_->secured();
    EXPECT_EQ(say("EHLO c\r\n"), "250-host\r\n250 NEW\r\n");
    EXPECT_EQ(say("STARTTLS\r\n").substr(0, 3), "502");
    EXPECT_EQ(say("MAIL FROM:<>\r\n").substr(0, 3), "250");
}

TEST_F(Visit, StarttlsIsUnknownWhereItIsNotOffered) {
    rules("on starttls nth 2 -> reply 220 go\n");
    arrive();
    EXPECT_EQ(say("STARTTLS\r\n").substr(0, 3), "502");
    EXPECT_EQ(say("STARTTLS\r\n"), "220 go\r\n");  // and no TLS after it
}

TEST_F(Visit, NothingThatWasSaidInClearCountsInTls) {  // SE-151
    rules("offer STARTTLS\n");
    arrive();
    say("EHLO c\r\n");
    visit_->feed("STARTTLS\r\nMAIL FROM:<>\r\n");
    visit_->next(now_);
    visit_->secured();
    EXPECT_FALSE(visit_->next(now_));
    EXPECT_EQ(say("MAIL FROM:<>\r\n").substr(0, 3), "503");
}

TEST_F(Visit, AnIdleClientIsDisconnected) {  // Z109
    rules("on idle 5s -> reply 421 4.4.2 \"too idle\", close\n");
    EXPECT_EQ(visit(world_.peers.front(), *memory_, "").idle_limit(), 5s);
    begin();
    EXPECT_EQ(describe(visit_->wait_ended(now_)), "421 4.4.2 too idle\r\n<close>");
    rules("");
    begin();
    EXPECT_EQ(describe(visit_->wait_ended(now_)), "421 4.4.2 idle too long\r\n<close>");
}

TEST_F(Visit, AClientThatSpeaksTooEarlyIsRefused) {  // Z059
    rules("on early -> reply 554 \"too soon\", close\n");
    visit early(world_.peers.front(), *memory_, "");
    auto const instead = early.spoken_to_early(now_);
    ASSERT_TRUE(instead);
    EXPECT_EQ(describe(*instead), "554 too soon\r\n<close>");
}

TEST_F(Visit, SeesWhatIsSaidToIt) {
    rules("");
    begin();
    say("RSET\r\nRSET\r\n");
    begin();
    EXPECT_EQ(memory_->connections(), 2u);
    EXPECT_EQ(memory_->most_at_once(), 2u);
    EXPECT_EQ(memory_->times_heard(pattern("rset")), 2u);
    EXPECT_EQ(memory_->times_heard(pattern("MAIL*")), 2u);
}

}  // namespace
}  // namespace testmta::world
