#include "sending/sasl.hpp"

#include <gtest/gtest.h>

#include "sending/base64.hpp"

namespace submission::sending {
namespace {

/// The exchange that RFC 7677 3 shows.
TEST(Scram, IsThatOfTheRfc) {
    auto const who = credentials::password("user", "pencil");
    auto const one = make_sasl(auth_mechanism::scram_sha_256, who, "rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(one->initial(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(one->respond(
                  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
              "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_FALSE(one->is_satisfied());
    EXPECT_EQ(one->respond("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), "");
    EXPECT_TRUE(one->is_satisfied());
    EXPECT_EQ(one->respond("more"), std::nullopt);
}

TEST(Scram, DoesNotBelieveAServerThatCannotProveItself) {
    auto const who = credentials::password("user", "pencil");
    for (auto const* const last :
         {"v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "e=other-error", ""}) {
        auto const one = make_sasl(auth_mechanism::scram_sha_256, who, "abc");
        one->initial();
        EXPECT_TRUE(one->respond("r=abcdef,s=AAAA,i=4096"));
        EXPECT_EQ(one->respond(last), std::nullopt) << last;
        EXPECT_FALSE(one->is_satisfied());
    }
}

/// A nonce that is not ours, nothing added to it, too few iterations, or so many that they would keep us
/// busy.
TEST(Scram, RefusesChallengesThatWouldWeakenOrStallIt) {
    auto const who = credentials::password("user", "pencil");
    for (auto const* const first :
         {"r=other,s=AAAA,i=4096", "r=abc,s=AAAA,i=4096", "r=abcd,s=AAAA,i=4095", "r=abcd,s=AAAA,i=1000001",
          "r=abcd,s=AAAA,i=99999999999999", "r=abcd,s=A,i=4096", "r=abcd,s=AAAA", "m=x,r=abcd,s=AAAA,i=4096",
          "", "r="}) {
        auto const one = make_sasl(auth_mechanism::scram_sha_256, who, "abc");
        one->initial();
        EXPECT_EQ(one->respond(first), std::nullopt) << first;
    }
}

TEST(Scram, WritesNamesSoThatTheyCannotSeparateAttributes) {
    auto who = credentials::password("a=b,c", "x");
    who.act_as = "d,e";
    EXPECT_EQ(make_sasl(auth_mechanism::scram_sha_256, who, "abc")->initial(), "n,a=d=2Ce,n=a=3Db=2Cc,r=abc");
}

TEST(Plain, HasTheAuthorizationIdentityFirst) {
    auto who = credentials::password("ann", "secret");
    who.act_as = "bob";
    EXPECT_EQ(make_sasl(auth_mechanism::plain, who, "")->initial(), std::string("bob\0ann\0secret", 14));
}

TEST(Base64, TakesWhatItMakes) {
    for (auto const& text :
         std::vector<std::string>{"", "a", "ab", "abc", "abcd", std::string("\0\xff\x80", 3)}) {
        EXPECT_EQ(from_base64(to_base64(text)), text);
    }
}

// SE-073
TEST(Base64, TakesNothingElse) {
    for (auto const* const bad :
         {"a", "abc", "=", "====", "a===", "ab=c", " abc", "abc\n", "ab-_", "ab==abcd"})
        EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace submission::sending
