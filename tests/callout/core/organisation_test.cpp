#include "core/organisation.hpp"

#include <gtest/gtest.h>

using callout::core::organisation_of;

TEST(organisation, is_the_registered_domain) {
    EXPECT_EQ(organisation_of("mx1.mail.example.org"), "example.org");
    EXPECT_EQ(organisation_of("example.org"), "example.org");
    EXPECT_EQ(organisation_of("a.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(organisation_of("mx.example.com.au"), "example.com.au");
    EXPECT_EQ(organisation_of("mx.provider.de"), "provider.de");
    EXPECT_EQ(organisation_of("mx.someone.city.kawasaki.jp"), "city.kawasaki.jp");
    EXPECT_EQ(organisation_of("mx.mail.someone.nom.br"), "mail.someone.nom.br") << "a suffix for each name";
    EXPECT_EQ(organisation_of("a.customer.github.io"), "customer.github.io") << "a suffix of a private list";
    EXPECT_EQ(organisation_of("s1.victim.test"), "victim.test") << "a suffix that is not listed";
    EXPECT_EQ(organisation_of("co.uk"), "co.uk");
    EXPECT_EQ(organisation_of("localhost"), "localhost");
    EXPECT_EQ(organisation_of("[192.0.2.1]"), "[192.0.2.1]");
    EXPECT_EQ(organisation_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(organisation_of(""), "");
}
