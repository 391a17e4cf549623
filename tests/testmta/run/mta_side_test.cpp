#include "run/mta_side.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "milterproto/core/codec.hpp"
#include "parse_script.hpp"

namespace testmta::run {
namespace {

using namespace std::string_literals;
using core::command;

dialect const& named(std::string_view name) {
    return *std::ranges::find(dialects(), name, &dialect::name);
}

/// An MTA side that has agreed to all that a filter may ask for.
class Side {
public:
    explicit Side(std::string_view name, core::option_set options = {6, 0, 0},
                  std::vector<core::symbol_list> const& lists = {})
        : side(named(name)) {
        side.make_offer({});
        std::string frame;
        core::append_agreement(frame, options, lists);
        EXPECT_EQ(side.agree(frame.substr(5)), std::nullopt);
    }
    std::string event(action const& what) {
        auto const all = side.make_events(what);
        EXPECT_EQ(all.size(), 1u);
        return all.front();
    }
    mta_side side;
};

std::string frame(char letter, std::string const& payload) {
    std::string out;
    core::append_frame(out, letter, payload);
    return out;
}

bool has(std::string const& where, std::string const& what) {
    return where.find(what) != std::string::npos;
}

TEST(MtaSide, TM_025_OffersWhatTheDialectOffers) {
    mta_side side(named("postfix"));
    EXPECT_EQ(side.make_offer({}), "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"s);
}

TEST(MtaSide, TM_026_TM_027_TM_030_JudgesTheAgreement) {
    mta_side side(named("plain"));
    side.make_offer({4, 0x3f, 0x7f});
    auto const problem = [&](core::option_set const& answer) {
        std::string out;
        core::append_agreement(out, answer, {});
        return side.agree(out.substr(5)).value_or("");
    };
    EXPECT_EQ(problem({4, 0x3f, 0x7f}), "");
    EXPECT_EQ(problem({4, 0x40, 0}), "offered actions only, got also 0x40");
    EXPECT_EQ(problem({4, 0, 0x80}), "offered steps only, got also 0x80");
    EXPECT_EQ(problem({6, 0, 0}), "a version of at most 4, got 6");
    EXPECT_EQ(side.agree("short"), "an answer of 12 octets or more, got 5");
    EXPECT_TRUE(side.agree(std::string(12, '\0') + "\0\0\0\0abc"s));
}

TEST(MtaSide, TM_035_Connect) {
    Side plain("plain");
    auto const sent = [&](connect const& what) { return plain.event(what); };
    EXPECT_TRUE(has(sent({"h", core::family::ipv4, 258, "192.0.2.1"}), frame('C',
                                                                             "h\0004\x01\x02"
                                                                             "192.0.2.1\0"s)));
    EXPECT_TRUE(has(sent({"h", core::family::unix_socket, 0, "/s"}), frame('C', "h\0L\0\0/s\0"s)));
    EXPECT_TRUE(has(sent({"h", core::family::unknown, 7, ""}), frame('C', "h\0U"s)));
    connect const six{"unknown", core::family::ipv6, 0, "::1"};
    EXPECT_TRUE(has(sent(six), frame('C', "unknown\0006\0\0::1\0"s)));
    EXPECT_TRUE(has(Side("sendmail").event(six), "IPv6:::1"));
    EXPECT_TRUE(has(Side("postfix").event(six), frame('C', "[::1]\0006\0\0::1\0"s)));
}

TEST(MtaSide, TM_037_EachArgumentIsAStringOfItsOwn) {
    Side plain("plain");
    EXPECT_TRUE(has(plain.event(words{command::mail, {"<a>", "SIZE=5"}}), frame('M', "<a>\0SIZE=5\0"s)));
}

TEST(MtaSide, TM_038_HeadersKeepTheirBlankIfAgreed) {
    words const header{command::header, {"A", "b"}};
    EXPECT_EQ(Side("plain").event(header), frame('L', "A\0b\0"s));
    Side keeps("plain", {6, 0, core::step::header_leading_space});
    EXPECT_EQ(keeps.event(header), frame('L', "A\0 b\0"s));
    EXPECT_EQ(keeps.event(words{command::header, {"A", " b"}}), frame('L', "A\0 b\0"s));
}

TEST(MtaSide, TM_040_BodiesAreSplit) {
    Side plain("plain");
    EXPECT_TRUE(plain.side.make_events(body{"", 65535}).empty());
    auto const chunks = plain.side.make_events(body{std::string(5, 'x'), 2});
    EXPECT_EQ(chunks, (std::vector{frame('B', "xx"), frame('B', "xx"), frame('B', "x")}));
    plain.side.skip_body();
    EXPECT_TRUE(plain.side.make_events(body{"y", 2}).empty());
    plain.event(words{command::mail, {"<>"}});
    EXPECT_EQ(plain.side.make_events(body{"y", 2}).size(), 1u);  // the next message has its body again
}

TEST(MtaSide, TM_048_MacrosPrecedeTheirEvent) {
    Side plain("plain");
    plain.side.remember({command::helo, {{"{x}", "1"}}});
    EXPECT_EQ(plain.event(words{command::helo, {"h"}}), frame('D', "H{x}\0001\0"s) + frame('H', "h\0"s));
    EXPECT_EQ(plain.event(words{command::helo, {"h"}}), frame('H', "h\0"s));  // once only
    EXPECT_EQ(Side("postfix").event(words{command::helo, {"h"}}), frame('D', "H") + frame('H', "h\0"s));
}

TEST(MtaSide, TM_029_SymbolListsChooseTheMacros) {
    Side asked("plain", {6, core::action::symbol_lists, 0},
               {{static_cast<std::uint32_t>(core::macro_stage::rcpt), "{rcpt_host}"}});
    EXPECT_EQ(asked.event(words{command::rcpt, {"<a@b>"}}),
              frame('D', "R{rcpt_host}\0b\0"s) + frame('R', "<a@b>\0"s));
}

TEST(MtaSide, TheQueueIdComesWhenTheDialectHasIt) {
    auto const ids = [](std::string_view name) {
        Side one(name);
        std::string found;
        for (auto const& what :
             std::initializer_list<action>{words{command::mail, {"<a>"}}, words{command::rcpt, {"<b>"}},
                                           words{command::rcpt, {"<c>"}}}) {
            found += has(one.event(what), "i\0TESTMTA1\0"s) ? '+' : '-';
        }
        return found;
    };
    EXPECT_EQ(ids("postfix"), "--+");
    EXPECT_EQ(ids("sendmail").front(), '+');
}

TEST(MtaSide, DialectsAbortAsTheirMtaDoes) {
    auto const abort = frame('A', "");
    EXPECT_EQ(Side("postfix").side.make_sequel(command::end_of_message), abort);
    EXPECT_EQ(Side("sendmail").side.make_sequel(command::end_of_message), "");
    EXPECT_EQ(Side("postfix").event(plain{command::quit, {}}), abort + frame('Q', ""));
    EXPECT_EQ(Side("sendmail").event(plain{command::quit, {}}), frame('Q', ""));
}

TEST(MtaSide, UnknownCommandsAsTheDialectShowsThem) {
    words const line{command::unknown, {"FOO bar"}};
    EXPECT_TRUE(has(Side("postfix").event(line), frame('U', "FOO\0"s)));
    EXPECT_EQ(Side("sendmail").event(line), frame('U', "FOO bar\0"s));
}

TEST(MtaSide, TM_049_KnowsWhatWasDeclinedAndWhatGoesUnanswered) {
    Side const one("plain", {3, 0, core::step::no_helo | core::step::no_reply_header});
    EXPECT_TRUE(one.side.declined(command::helo));
    EXPECT_TRUE(one.side.declined(command::data));  // version 3 does not know it
    EXPECT_FALSE(one.side.declined(command::mail));
    EXPECT_FALSE(one.side.answers(command::header));
    EXPECT_TRUE(one.side.answers(command::mail));
}

}  // namespace
}  // namespace testmta::run
