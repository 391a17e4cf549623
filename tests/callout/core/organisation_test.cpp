#include "core/organisation.hpp"

#include <gtest/gtest.h>

using callout::core::organisation_of;

TEST(organisation, is_the_registered_domain) {
    EXPECT_EQ(organisation_of("mx1.mail.example.org"), "example.org");
    EXPECT_EQ(organisation_of("example.org"), "example.org");
    EXPECT_EQ(organisation_of("a.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(organisation_of("mx.example.com.au"), "example.com.au");
    EXPECT_EQ(organisation_of("mx.provider.de"), "provider.de");
    EXPECT_EQ(organisation_of("co.uk"), "co.uk");
    EXPECT_EQ(organisation_of("localhost"), "localhost");
    EXPECT_EQ(organisation_of("[192.0.2.1]"), "[192.0.2.1]");
    EXPECT_EQ(organisation_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(organisation_of(""), "");
}
