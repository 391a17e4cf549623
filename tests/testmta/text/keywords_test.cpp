#include "text/keywords.hpp"

#include <gtest/gtest.h>

namespace testmta::text {
namespace {

constexpr std::string_view supported[] = {"rcpt", "mail"};

TEST(Keywords, TM_006_SuggestTheNearest) {
    EXPECT_EQ(explain_unknown("rpct", "a step", supported),
              "\"rpct\" is not a step, did you mean \"rcpt\"?; possible: rcpt, mail");
}

TEST(Keywords, SuggestNothingFarFetched) {
    EXPECT_EQ(explain_unknown("zzzz", "a step", supported), "\"zzzz\" is not a step; possible: rcpt, mail");
    EXPECT_EQ(explain_unknown(std::string(1000, 'r'), "a step", supported).find("mean"), std::string::npos);
}

}  // namespace
}  // namespace testmta::text
