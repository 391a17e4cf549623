#include "run/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace testmta::run {
namespace {

using namespace std::string_literals;
using core::command;

std::string problem_of(std::string const& payload) {
    std::string problem;
    read_reply(payload, percent_form::kept, problem);
    return problem;
}

std::string text_of(std::string const& payload, percent_form percents = percent_form::kept) {
    std::string problem;
    auto const found = read_reply(payload, percents, problem);
    EXPECT_EQ(problem, "");
    return found ? found->text : problem;
}

TEST(Judge, TM_056_TM_058_ReadsReplies) {
    EXPECT_EQ(text_of("550 5.1.1 no such user\0"s), "no such user");
    EXPECT_EQ(text_of("451 later\0"s), "later");
    EXPECT_EQ(text_of("550\0"s), "");
    EXPECT_EQ(text_of("550-5.1.1 a\r\n550 5.1.1 b\0"s), "a\nb");
    EXPECT_EQ(text_of("550 100%% sure\0"s), "100%% sure");
    EXPECT_EQ(text_of("550 100%% sure %%%%\0"s, percent_form::halved), "100% sure %%");
}

TEST(Judge, TM_056_SeesWhatNoMtaAccepts) {
    EXPECT_EQ(problem_of("550 x"), "no NUL at the end");
    EXPECT_EQ(problem_of("250 x\0"s), "a line that is not a 4xx or 5xx reply");
    EXPECT_EQ(problem_of("x\0"s), "a line that is not a 4xx or 5xx reply");
    EXPECT_EQ(problem_of("\0"s), "a line that is not a 4xx or 5xx reply");
    EXPECT_EQ(problem_of("550_x\0"s), "a line that is not a 4xx or 5xx reply");
    EXPECT_EQ(problem_of("550 a\nb\0"s), "a bare CR or LF");
    EXPECT_EQ(problem_of("550 4.1.1 x\0"s), "a reply code and an enhanced code of different classes");
    EXPECT_EQ(problem_of("550-a\r\n551 b\0"s), "lines with different codes");
    EXPECT_EQ(problem_of("550 a\r\n550 b\0"s), "a \"-\" that does not match its number of lines");
    EXPECT_EQ(problem_of("550-a\0"s), "a \"-\" that does not match its number of lines");
    EXPECT_EQ(problem_of("550 " + std::string(980, 'x') + "\0"s), "a line over 980 bytes");
}

TEST(Judge, ComparesAnswers) {
    auto const& plain = dialects().front();
    core::frame const reject{'r', ""};
    EXPECT_EQ(mismatch(answer_is{core::answer::reject}, reject, plain), std::nullopt);
    EXPECT_EQ(mismatch(answer_is{core::answer::proceed}, reject, plain), "reject");
    EXPECT_EQ(mismatch(any_answer{}, reject, plain), std::nullopt);
    reply_is wanted;
    wanted.code = 550;
    EXPECT_EQ(mismatch(wanted, reject, plain), "reject");
    auto const octets = "550 4.1.1 x\0"s;
    EXPECT_EQ(mismatch(wanted, {'y', octets}, plain),
              "REPLY 550 4.1.1 x with a reply code and an enhanced code of different classes");
}

TEST(Judge, TM_053_TM_059_TM_060_TM_065_SeesBreachesOfTheProtocol) {
    core::option_set const skips{6, core::action::add_headers, core::step::skip};
    auto const breach = [&](char letter, command to) {
        return protocol_breach({letter, ""}, to, skips).has_value();
    };
    EXPECT_TRUE(breach('z', command::mail));
    EXPECT_TRUE(breach('s', command::mail));
    EXPECT_FALSE(breach('s', command::body));
    EXPECT_TRUE(protocol_breach({'s', ""}, command::body, {6, 0, 0}));
    EXPECT_TRUE(breach('d', command::connect));
    EXPECT_TRUE(breach('d', command::helo));
    EXPECT_FALSE(breach('d', command::mail));
    EXPECT_TRUE(breach('h', command::body));
    EXPECT_TRUE(breach('q', command::mail));
    EXPECT_FALSE(breach('h', command::end_of_message));
    EXPECT_TRUE(breach('b', command::end_of_message));  // not negotiated
    EXPECT_FALSE(breach('p', command::mail));           // TM-054: progress may come at any time
}

TEST(Judge, Compares) {
    duration const one{1}, two{2};
    EXPECT_TRUE(satisfies(comparison::less, one, two));
    EXPECT_FALSE(satisfies(comparison::less, two, two));
    EXPECT_TRUE(satisfies(comparison::at_most, two, two));
    EXPECT_TRUE(satisfies(comparison::greater, two, one));
    EXPECT_TRUE(satisfies(comparison::at_least, two, two));
    EXPECT_TRUE(satisfies(comparison::equal, two, two));
    EXPECT_TRUE(satisfies(comparison::unequal, one, two));
}

}  // namespace
}  // namespace testmta::run
