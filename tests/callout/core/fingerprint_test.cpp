#include "core/fingerprint.hpp"

#include <gtest/gtest.h>

using callout::core::fingerprint;

// The reference values of FNV-1a: records hold such numbers, so they may never change.
TEST(fingerprint, is_the_same_everywhere) {
    EXPECT_EQ(fingerprint(""), 0xcbf29ce484222325u);
    EXPECT_EQ(fingerprint("a"), 0xaf63dc4c8601ec8cu);
    EXPECT_EQ(fingerprint("foobar"), 0x85944171f73967e8u);
}
