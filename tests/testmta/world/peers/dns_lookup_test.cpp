#include "world/peers/dns_lookup.hpp"

#include <gtest/gtest.h>

#include "world/language/parse_world.hpp"

namespace testmta::world::dns {
namespace {

class DnsLookup : public ::testing::Test {
protected:
    outcome ask(std::string name, record_type type) {
        query what;
        what.id = ++asked_;
        what.name = std::move(name);
        what.type = static_cast<std::uint16_t>(type);
        return look_up(world_.zones, what, earlier_);
    }

    memory earlier_;
    std::uint16_t asked_ = 0;
    description world_ = good_world(
        "zone a.test\n @ mx 10 mx\n mx a 127.0.0.3\n one cname two\n two cname mx\n loop cname pool\n pool "
        "cname loop\n"
        " away cname x.other.test.\n gone nxdomain\n none nodata\n bad servfail\n mute silent\n cut "
        "truncate\n"
        " cut a 192.0.2.1\n turning first a 192.0.2.1\n turning later a 127.0.0.1\n late a 192.0.2.1\n late "
        "delay 5ms\n deep.under a 192.0.2.2\nend\n"
        "zone sub.a.test\n www a 192.0.2.9\nend\n");
};

void expect_denied(outcome const& found, response_code code, std::string const& zone) {
    EXPECT_EQ(found.response.code, code);
    EXPECT_TRUE(found.response.answers.empty());
    ASSERT_EQ(found.response.authority.size(), 1u);
    EXPECT_EQ(found.response.authority.front().type, record_type::soa);
    EXPECT_EQ(found.response.authority.front().owner, zone);
}

TEST_F(DnsLookup, AnswersWhatIsThere) {
    auto const found = ask("a.test", record_type::mx);
    ASSERT_EQ(found.response.answers.size(), 1u);
    EXPECT_EQ(found.response.answers.front().data, mx_data(10, "mx.a.test"));
    EXPECT_TRUE(found.response.authority.empty());
}

TEST_F(DnsLookup, ANameWithoutSuchARecordIsNoData) {
    expect_denied(ask("mx.a.test", record_type::aaaa), response_code::no_error, "a.test");
    expect_denied(ask("none.a.test", record_type::a), response_code::no_error, "a.test");
    expect_denied(ask("under.a.test", record_type::a), response_code::no_error, "a.test");
}

TEST_F(DnsLookup, AnUnknownNameDoesNotExist) {
    expect_denied(ask("no.a.test", record_type::a), response_code::name_error, "a.test");
    expect_denied(ask("gone.a.test", record_type::mx), response_code::name_error, "a.test");
    expect_denied(ask("nota.test.a.test", record_type::mx), response_code::name_error, "a.test");
}

TEST_F(DnsLookup, TheNearestZoneAnswers) {
    EXPECT_EQ(ask("www.sub.a.test", record_type::a).response.answers.size(), 1u);
    expect_denied(ask("no.sub.a.test", record_type::a), response_code::name_error, "sub.a.test");
}

TEST_F(DnsLookup, WhatIsNotServedIsRefused) {
    for (auto const* name : {"other.test", "nota.test", "test", ""}) {
        EXPECT_EQ(ask(name, record_type::a).response.code, response_code::refused) << name;
    }
}

TEST_F(DnsLookup, FollowsAliases) {
    EXPECT_EQ(ask("one.a.test", record_type::a).response.answers.size(), 3u);
    EXPECT_EQ(ask("one.a.test", record_type::cname).response.answers.size(), 1u);
    auto const away = ask("away.a.test", record_type::a);
    EXPECT_EQ(away.response.answers.size(), 1u);
    EXPECT_EQ(away.response.code, response_code::no_error);
    EXPECT_FALSE(ask("loop.a.test", record_type::a).response.answers.empty());  // and it ends
}

TEST_F(DnsLookup, Misbehaves) {
    EXPECT_EQ(ask("bad.a.test", record_type::a).response.code, response_code::server_failure);
    EXPECT_TRUE(ask("mute.a.test", record_type::a).silent);
    EXPECT_TRUE(ask("cut.a.test", record_type::a).truncated_over_udp);
    EXPECT_EQ(ask("late.a.test", record_type::a).delay, std::chrono::milliseconds(5));
}

TEST_F(DnsLookup, AProblemOfTheQueryIsTheAnswer) {
    query broken;
    broken.problem = response_code::format_error;
    EXPECT_EQ(look_up(world_.zones, broken, earlier_).response.code, response_code::format_error);
}

TEST_F(DnsLookup, AnswersMayChangeAfterTheFirst) {  // Z095
    auto const address = [&] { return ask("turning.a.test", record_type::a).response.answers.at(0).data; };
    EXPECT_EQ(address(), std::string("\xc0\x00\x02\x01", 4));
    EXPECT_EQ(address(), std::string("\x7f\x00\x00\x01", 4));
    EXPECT_EQ(address(), std::string("\x7f\x00\x00\x01", 4));
}

TEST_F(DnsLookup, AQueryThatIsSentAgainIsNotASecondLookup) {
    query what;
    what.name = "turning.a.test";
    what.type = static_cast<std::uint16_t>(record_type::a);
    auto const is_first = [&](std::string client, std::uint16_t id) {
        what.client = std::move(client);
        what.id = id;
        auto const data = look_up(world_.zones, what, earlier_).response.answers.at(0).data;
        return data == std::string("\xc0\x00\x02\x01", 4);
    };
    EXPECT_TRUE(is_first("udp 127.0.0.1 4000", 7));
    EXPECT_TRUE(is_first("udp 127.0.0.1 4000", 7));
    EXPECT_FALSE(is_first("udp 127.0.0.1 4000", 8));
    EXPECT_FALSE(is_first("udp 127.0.0.1 4001", 7));
    EXPECT_TRUE(is_first("udp 127.0.0.1 4000", 7));
}

}  // namespace
}  // namespace testmta::world::dns
