#include "world/language/parser.hpp"

#include <gtest/gtest.h>

#include "parse_world.hpp"

namespace testmta::world {
namespace {

std::string report_of(std::string const& content) {
    std::string report;
    EXPECT_FALSE(parse_text(content, &report)) << content;
    return report;
}

/// Returns the first line of the report.
std::string first_mistake(std::string const& content) {
    auto const report = report_of(content);
    return report.substr(0, report.find('\n'));
}

TEST(WorldParser, ReadsZones) {
    auto const found = good_world(
        "zone A.Example.\n @ mx 10 mx\n @ mx 20 out.other.test.\n mx 300 a 127.0.0.5\n mx aaaa ::1\n"
        " alias cname mx\n no nodata\n late delay 5ms\n late a 192.0.2.1\n cut truncate\nend\n");
    ASSERT_EQ(found.zones.size(), 1u);
    auto const& names = found.zones.front().names;
    EXPECT_EQ(found.zones.front().domain, "a.example");
    EXPECT_EQ(names.at("a.example").records.at(1).what.data, dns::mx_data(20, "out.other.test"));
    EXPECT_EQ(names.at("mx.a.example").records.at(0).what.ttl, 300u);
    EXPECT_EQ(names.at("alias.a.example").alias, "mx.a.example");
    EXPECT_EQ(names.at("no.a.example").condition, condition::nodata);
    EXPECT_EQ(names.at("late.a.example").delay, std::chrono::milliseconds(5));
    EXPECT_TRUE(names.at("cut.a.example").truncated_over_udp);
}

TEST(WorldParser, SuspectsThatAnEndIsMissing) {
    constexpr auto suspicion = "; is the \"end\" of the block above missing?";
    auto const in_zone = first_mistake("zone a.example\n @ a 127.0.0.1\npeer mx at 127.0.0.1\nend\n");
    auto const in_peer = first_mistake("peer mx at 127.0.0.1\nzone a.example\nend\n");
    EXPECT_TRUE(in_zone.starts_with("w:3:9: ") && in_zone.ends_with(suspicion)) << in_zone;
    EXPECT_TRUE(in_peer.starts_with("w:2:1: ") && in_peer.ends_with(suspicion)) << in_peer;
    EXPECT_EQ(first_mistake("zone a.example\n foo bar\nend\n").find(suspicion), std::string::npos);
}

TEST(WorldParser, ReadsPeers) {
    auto const found = good_world(
        "peer p at 127.0.0.3, 127.0.0.4\n offer SIZE 100\n"
        " on rcpt a*@b nth 2 -> delay 5ms, reply 250 2.1.5 yes, lines 3, close\n on any -> silent\nend\n");
    ASSERT_EQ(found.peers.size(), 1u);
    auto const& peer = found.peers.front();
    EXPECT_EQ(peer.addresses.size(), 2u);
    ASSERT_EQ(peer.offers.size(), 1u);
    EXPECT_EQ(peer.offers[0].line, "SIZE 100");
    ASSERT_EQ(peer.rules.size(), 2u);
    EXPECT_EQ(peer.rules[0].argument->text(), "a*@b");
    EXPECT_EQ(peer.rules[0].count->number, 2u);
    ASSERT_EQ(peer.rules[0].actions.size(), 3u);
    EXPECT_EQ(std::get<say>(peer.rules[0].actions[1]).what.encode(),
              "250-2.1.5 yes\r\n250-2.1.5 yes\r\n250 2.1.5 yes\r\n");
    EXPECT_EQ(peer.rules[1].stage, stage::any);
}

TEST(WorldParser, ReadsExpectations) {
    auto const found =
        good_world("expect a@b pass/accepted\nexpect c@d fail/no_mailbox soft transient/timeout\n");
    ASSERT_EQ(found.entries.size(), 2u);
    auto const& first = std::get<question>(found.entries[0].steps.at(0));
    auto const& second = std::get<question>(found.entries[1].steps.at(0));
    EXPECT_FALSE(first.soft);
    EXPECT_EQ(second.hard->reason, "no_mailbox");
    EXPECT_EQ(second.soft->verdict, "transient");
}

TEST(WorldParser, TM_132_ATextThatMakesTooMuchIsRefused) {
    auto const peer_with = [](std::string const& lines) { return "peer p at 127.0.0.1\n" + lines + "end\n"; };
    std::string rules, wide, zones, expressions, addresses = "peer p at 127.0.0.1";
    for (int i = 0; i != 21; ++i) rules += "repeat 10000 on rcpt a -> close\n";
    EXPECT_EQ(
        first_mistake(peer_with(rules)),
        "w:21:1: the world is too long here; expected at most 200000 lines and 32 MiB, with what \"repeat\" "
        "makes of a line");
    wide = "repeat 10000 on rcpt -> reply 250 \"" + std::string(5000, 'x') + "\"\n";
    EXPECT_TRUE(first_mistake(peer_with(wide)).starts_with("w:2:1: the world is too long here"));
    for (int i = 0; i != 10'001; ++i) zones += "zone z" + std::to_string(i) + ".example\nend\n";
    for (int i = 0; i != 1000; ++i)
        addresses += ", 127.1." + std::to_string(i / 200) + '.' + std::to_string(i % 200 + 1);
    EXPECT_TRUE(first_mistake(zones).starts_with("w:20001:6: there are too many blocks of this kind"));
    EXPECT_NE(first_mistake(addresses + "\nend\n").find("a peer has at most 1000 addresses"),
              std::string::npos);
    expressions = "repeat 2001 on rcpt /a${n}/ -> close\n";
    EXPECT_TRUE(
        first_mistake(peer_with(expressions)).starts_with("w:2:13: there are too many regular expressions"));
}

// TM-113
TEST(WorldParser, RefusesAReplyThatNobodyCouldHold) {
    auto const rule = [](std::string const& text, std::string const& lines) {
        return "peer p at 127.0.0.1\n on greeting -> reply 220 \"" + text + "\", lines " + lines + "\nend\n";
    };
    good_world(rule("x", "100000"));
    EXPECT_TRUE(
        first_mistake(rule(std::string(1000, 'x'), "100000"))
            .ends_with(
                "the reply would have 100600000 bytes; expected fewer lines: a reply has at most 8 MiB"));
}

TEST(WorldParser, TM_108_APeerOutsideOfLoopbackIsAMistake) {
    EXPECT_EQ(first_mistake("peer p at 192.0.2.1\nend\n"),
              "w:1:11: \"192.0.2.1\" cannot be a peer's address; expected an address of 127.0.0.0/8, "
              "or of fd77::/16, which only a simulated client reaches");
    EXPECT_NE(first_mistake("peer p at ::1\nend\n"), "");
}

TEST(WorldParser, TM_108_NamesAndAddressesMustNotRepeat) {
    EXPECT_EQ(first_mistake("peer p at 127.0.0.3\nend\npeer q at 127.0.0.3\nend\n"),
              "w:3:6: there is already a peer at 127.0.0.3");
    EXPECT_EQ(first_mistake("peer p at 127.0.0.3\nend\npeer p at 127.0.0.4\nend\n"),
              "w:3:6: there is already a peer p");
    EXPECT_EQ(first_mistake("peer p at 127.0.0.3, 127.0.0.3\nend\n"), "w:1:22: 127.0.0.3 is listed twice");
    EXPECT_EQ(first_mistake("zone a.b\nend\nzone A.B\nend\n"), "w:3:6: there is already a zone a.b");
}

TEST(WorldParser, TM_108_AHeadWithAMistakeStillReadsItsLines) {
    auto const report = report_of("zone a..b\n x a 192.0.2.1\n x srv 1\nend\n");
    EXPECT_NE(report.find("w:1:6:"), std::string::npos);
    EXPECT_EQ(report.find("w:2:"), std::string::npos);
    EXPECT_NE(report.find("w:3:4:"), std::string::npos);
}

TEST(WorldParser, ReadsEntries) {
    auto const found = good_world(
        "seed 7\nclock virtual\npeer p at 127.0.0.3\nend\n"
        "entry Z1 name 'what happens'\n virtual-time\n engine tls may\n engine random on\n"
        " start a@b client 192.0.2.7 refresh\n wait 5s\n expect a@b pass/accepted connections 2 within 1s\n"
        " expect c@b soft transient/timeout\n expect d@b unrefused\n"
        " peer p connections at-most 2\n peer p hears 'RCPT*' never\nend\n");
    EXPECT_EQ(found.seed, 7u);
    EXPECT_EQ(found.clock, clock_kind::virtual_time);
    ASSERT_EQ(found.entries.size(), 1u);
    auto const& entry = found.entries.front();
    EXPECT_TRUE(entry.waits);
    EXPECT_EQ(entry.settings.size(), 2u);
    ASSERT_EQ(entry.steps.size(), 7u);
    EXPECT_TRUE(std::get<start>(entry.steps[0]).what.refresh);
    EXPECT_EQ(std::get<start>(entry.steps[0]).what.client, "192.0.2.7");
    EXPECT_EQ(std::get<pause>(entry.steps[1]).time, std::chrono::seconds(5));
    EXPECT_EQ(std::get<question>(entry.steps[2]).facts.at(1).value, "1000000");
    EXPECT_FALSE(std::get<question>(entry.steps[3]).hard);
    EXPECT_FALSE(std::get<question>(entry.steps[4]).soft);
    EXPECT_EQ(std::get<sighting>(entry.steps[5]).times.most, 2u);
    EXPECT_EQ(std::get<sighting>(entry.steps[6]).times.most, 0u);
}

TEST(WorldParser, RepeatsALineWithItsNumber) {  // Z099
    auto const found = good_world("zone a.b\n repeat 3 @ mx ${n} mx${n}\nend\n");
    auto const& records = found.zones.front().names.at("a.b").records;
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[2].what.data, dns::mx_data(3, "mx3.a.b"));
}

TEST(WorldParser, TM_108_AnEntryMayNameOnlyPeersThatAreDefined) {
    EXPECT_EQ(first_mistake("entry 1 n 's'\n peer p connections 1\nend\n"),
              "w:2:2: there is no peer p; expected one that is defined above");
    EXPECT_TRUE(
        first_mistake("expect a@b fail/nonsense\n").starts_with("w:1:17: \"nonsense\" is not a reason; "));
}

}  // namespace
}  // namespace testmta::world
