#include "run/mta_actor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"
#include "script/parse_script.hpp"

namespace testmta::run {
namespace {

using namespace std::string_literals;
using core::command;

dialect const& named(std::string_view name) {
    return *std::ranges::find(dialects(), name, &dialect::name);
}

std::string frame(char letter, std::string const& payload) {
    std::string out;
    core::append_frame(out, letter, payload);
    return out;
}

/// An actor that has negotiated everything that a filter may ask for.
class Actor {
public:
    explicit Actor(std::string_view name, core::option_set const& options = {6, 0, 0},
                   std::vector<core::symbol_list> const& lists = {})
        : mta(named(name), macros_of::dialect) {
        mta.make_offer({});
        mta.take_output();
        std::string agreement;
        core::append_agreement(agreement, options, lists);
        EXPECT_EQ(mta.judge_agreement(agreement.substr(5)), std::nullopt);
        EXPECT_EQ(mta.hear({'O', agreement.substr(5)}), std::nullopt);
    }
    /// Returns what the step writes, and what follows when the filter answers "continue".
    std::string event(action const& what) {
        issued = mta.perform(what, false);
        auto octets = mta.take_output();
        EXPECT_EQ(mta.hear({'c', ""}), std::nullopt);
        return octets + mta.take_output();
    }
    Actor& in_message() {
        event(words{command::mail, {"<a@b>"}});
        event(words{command::rcpt, {"<c@d>"}});
        return *this;
    }
    Actor& in_content() {
        in_message().event(plain{command::data, {}});
        return *this;
    }
    std::string piece(std::string_view chunk) {
        issued = mta.perform_body(chunk, false);
        return mta.take_output();
    }

    mta_actor mta;
    core::issued issued{};
};

bool has(std::string const& where, std::string const& what) {
    return where.find(what) != std::string::npos;
}

TEST(MtaActor, TM_025_OffersWhatTheDialectOffers) {
    mta_actor mta(named("postfix"), macros_of::dialect);
    mta.make_offer({});
    EXPECT_EQ(mta.take_output(), "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"s);
}

// TM-026, TM-027, TM-030
TEST(MtaActor, TM_026_TM_027_TM_030_JudgesTheAgreement) {
    mta_actor mta(named("plain"), macros_of::dialect);
    offer what;
    what.version = 4;
    what.actions.exact = 0x3f;
    what.steps.exact = 0x7f;
    mta.make_offer(what);
    EXPECT_EQ(mta.take_output(), "\0\0\0\x0dO\0\0\0\x04\0\0\0\x3f\0\0\0\x7f"s);
    auto const problem = [&](core::option_set const& answer) {
        std::string out;
        core::append_agreement(out, answer, {});
        return mta.judge_agreement(out.substr(5)).value_or("");
    };
    EXPECT_EQ(problem({4, 0x3f, 0x7f}), "");
    EXPECT_EQ(problem({4, 0x40, 0}), "only actions that were offered, also got 0x40 (change-from)");
    EXPECT_EQ(problem({4, 0, 0x80}), "only steps that were offered, also got 0x80 (no-reply-header)");
    EXPECT_EQ(problem({6, 0, 0}), "a version of at most 4, got 6");
    EXPECT_EQ(mta.judge_agreement("short"), "an answer of at least 12 bytes, got 5");
    EXPECT_TRUE(mta.judge_agreement(std::string(12, '\0') + "\0\0\0\0abc"s));
}

TEST(MtaActor, TM_035_Connect) {
    auto const sent = [&](connect const& what) { return Actor("plain").event(what); };
    EXPECT_TRUE(has(sent({"h", core::family::ipv4, 258, "192.0.2.1"}), frame('C',
                                                                             "h\0004\x01\x02"
                                                                             "192.0.2.1\0"s)));
    EXPECT_TRUE(has(sent({"h", core::family::unix_socket, 0, "/s"}), frame('C', "h\0L\0\0/s\0"s)));
    EXPECT_TRUE(has(sent({"h", core::family::unknown, 7, ""}), frame('C', "h\0U"s)));
    connect const six{"unknown", core::family::ipv6, 0, "::1"};
    EXPECT_TRUE(has(sent(six), frame('C', "unknown\0006\0\0::1\0"s)));
    EXPECT_TRUE(has(Actor("sendmail").event(six), "IPv6:::1"));
    EXPECT_TRUE(has(Actor("postfix").event(six), frame('C', "[::1]\0006\0\0::1\0"s)));
}

TEST(MtaActor, TM_037_EachArgumentIsAStringOfItsOwn) {
    EXPECT_TRUE(
        has(Actor("plain").event(words{command::mail, {"<a>", "SIZE=5"}}), frame('M', "<a>\0SIZE=5\0"s)));
}

TEST(MtaActor, TM_038_HeadersKeepTheirBlankIfNegotiated) {
    Actor eats("plain");
    Actor keeps("plain", {6, 0, core::step::header_leading_space});
    eats.in_content();
    keeps.in_content();
    std::pair<std::string, std::string> const values[] = {
        {"tight", "tight"}, {" one", "one"}, {"  two", " two"}, {"\ttab", "\ttab"}, {"", ""}, {" ", ""}};
    for (auto const& [written, eaten] : values) {
        words const header{command::header, {"A", written}};
        EXPECT_EQ(eats.event(header), frame('L', "A\0"s + eaten + '\0'));
        EXPECT_EQ(keeps.event(header), frame('L', "A\0"s + written + '\0'));
    }
}

TEST(MtaActor, TM_040_BodiesEndWithSkip) {
    Actor plain("plain", {6, 0, core::step::skip});
    plain.in_content();
    EXPECT_EQ(plain.piece("xx"), frame('B', "xx"));
    EXPECT_EQ(plain.mta.hear({'s', ""}), std::nullopt);
    EXPECT_EQ(plain.piece("y"), "");
    EXPECT_EQ(plain.issued, core::issued::withheld);
    plain.event(run::plain{command::end_of_message, {}});
    EXPECT_EQ(plain.in_content().piece("y"), frame('B', "y"));  // the next message has its body again
}

TEST(MtaActor, TM_043_AnEndOfMessageMayCarryBytes) {
    EXPECT_TRUE(
        has(Actor("plain").in_content().event(plain{command::end_of_message, "last"}), frame('E', "last")));
}

TEST(MtaActor, TM_048_MacrosPrecedeTheirEvent) {
    Actor one("plain");
    one.mta.remember({command::helo, {{"{x}", "1"}}});
    EXPECT_EQ(one.event(words{command::helo, {"h"}}), frame('D', "H{x}\0001\0"s) + frame('H', "h\0"s));
    EXPECT_EQ(one.event(words{command::helo, {"h"}}), frame('H', "h\0"s));  // once only
    EXPECT_EQ(Actor("postfix").event(words{command::helo, {"h"}}), frame('D', "H") + frame('H', "h\0"s));
}

TEST(MtaActor, TM_029_SymbolListsChooseTheMacros) {
    Actor asked("plain", {6, core::action::symbol_lists, 0},
                {{static_cast<std::uint32_t>(core::macro_stage::rcpt), "{rcpt_host}"}});
    asked.event(words{command::mail, {"<>"}});
    EXPECT_EQ(asked.event(words{command::rcpt, {"<a@b>"}}),
              frame('D', "R{rcpt_host}\0b\0"s) + frame('R', "<a@b>\0"s));
}

TEST(MtaActor, TheQueueIdComesWhenTheDialectHasIt) {
    auto const ids = [](std::string_view name) {
        Actor one(name);
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

TEST(MtaActor, DialectsAbortAsTheirMtaDoes) {
    auto const abort = frame('A', "");
    plain const end{command::end_of_message, {}};
    EXPECT_TRUE(Actor("postfix").in_content().event(end).ends_with(abort));
    EXPECT_FALSE(Actor("sendmail").in_content().event(end).ends_with(abort));
    words const helo{command::helo, {"h"}};
    plain const quit{command::quit, {}};
    Actor postfix("postfix");
    postfix.event(helo);
    EXPECT_EQ(postfix.event(quit), abort + frame('Q', ""));
    Actor sendmail("sendmail");
    sendmail.event(helo);
    EXPECT_EQ(sendmail.event(quit), frame('Q', ""));
}

TEST(MtaActor, AScriptMayAbortAtAnyTime) {
    EXPECT_EQ(Actor("plain").event(plain{command::abort, {}}), frame('A', ""));
}

TEST(MtaActor, AScriptNeedNotWaitForAnAnswer) {
    Actor one("plain");
    one.mta.perform(words{command::mail, {"<a>"}}, false);
    EXPECT_EQ(one.mta.perform(words{command::rcpt, {"<b>"}}, false), core::issued::awaits_answer);
}

TEST(MtaActor, UnknownCommandsAreSentAsTheDialectSendsThem) {
    words const line{command::unknown, {"FOO bar"}};
    EXPECT_TRUE(has(Actor("postfix").event(line), frame('U', "FOO\0"s)));
    EXPECT_EQ(Actor("sendmail").event(line), frame('U', "FOO bar\0"s));
}

TEST(MtaActor, TM_049_TM_050_KnowsWhatWasDeclined) {
    Actor one("plain", {3, 0, core::step::no_helo | core::step::no_reply_header});
    EXPECT_TRUE(one.mta.declined(command::helo));
    EXPECT_TRUE(one.mta.declined(command::data));  // version 3 does not know it
    EXPECT_FALSE(one.mta.declined(command::mail));
    EXPECT_EQ(one.event(words{command::helo, {"h"}}), "");
    EXPECT_EQ(one.mta.perform(words{command::helo, {"h"}}, true), core::issued::awaits_answer);
}

TEST(MtaActor, NamesWhatItsMtaDoesNotAccept) {
    Actor one("postfix");
    one.mta.perform(words{command::mail, {"<a>"}}, false);
    one.mta.take_output();
    EXPECT_EQ(one.mta.hear({'y', "550 4.1.1 no\0"s}), "a reply that no MTA would take");
}

}  // namespace
}  // namespace testmta::run
