#include "text/keywords.hpp"

#include <gtest/gtest.h>

namespace testmta::text {
namespace {

constexpr std::string_view supported[] = {"rcpt", "mail"};
constexpr std::string_view later[] = {"sync"};

TEST(Keywords, TM_006_SuggestTheNearest) {
    EXPECT_EQ(explain_unknown("rpct", "a step", later, supported),
              "\"rpct\" is not a step, did you mean \"rcpt\"?; possible: rcpt, mail");
}

TEST(Keywords, SuggestNothingFarFetched) {
    EXPECT_EQ(explain_unknown("zzzz", "a step", later, supported),
              "\"zzzz\" is not a step; possible: rcpt, mail");
    EXPECT_EQ(explain_unknown(std::string(1000, 'r'), "a step", later, supported).find("mean"),
              std::string::npos);
}

TEST(Keywords, SayWhatComesLater) {
    EXPECT_EQ(explain_unknown("sync", "a step", later, supported),
              "\"sync\" is not supported yet; possible: rcpt, mail");
}

}  // namespace
}  // namespace testmta::text
