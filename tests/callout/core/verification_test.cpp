#include "callout/verification.hpp"

#include <gtest/gtest.h>

#include "callout/doors/error.hpp"

using namespace callout;

TEST(verification, words_can_be_read_back) {
    for (int i = 0; i <= static_cast<int>(reason::local); ++i) {
        EXPECT_EQ(reason_from(to_string(reason(i))), reason(i));
    }
    EXPECT_EQ(status_from("transient"), status::transient);
    EXPECT_EQ(scope_from("self"), scope::self);
    EXPECT_EQ(strength_from("weak"), strength::weak);
    EXPECT_EQ(known_from("unknown"), known::unknown);
    EXPECT_FALSE(reason_from("nonsense"));
    EXPECT_FALSE(status_from(""));
}

TEST(verification, of_an_address_that_was_refused) {  // CO-001, CO-005, CO-009
    auto const empty = verification_of(make_error_code(errc::address_empty));
    EXPECT_EQ(empty.status, status::error);
    EXPECT_EQ(empty.reason, reason::bad_request);
    auto const label = verification_of(make_error_code(errc::label_too_long));
    EXPECT_EQ(label.status, status::fail);
    EXPECT_EQ(label.reason, reason::bad_domain);
    EXPECT_EQ(label.message.substr(0, 10), "550 5.1.2 ");
}
