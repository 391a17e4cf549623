#include "core/first_looks.hpp"

#include <gtest/gtest.h>

#include "support/callout_moments.hpp"

using namespace callout;
using core::first_looks;
using namespace std::chrono_literals;
using test::now;

TEST(first_looks, second_look_confirms_if_it_comes_a_minute_later) {  // CO-230
    first_looks looks;
    EXPECT_FALSE(looks.awaits_second("example.org", now));
    EXPECT_FALSE(looks.missing("example.org", now));
    EXPECT_FALSE(looks.awaits_second("example.org", now + 59s));
    EXPECT_FALSE(looks.missing("example.org", now + 59s)) << "too soon: it may be the same fault";
    EXPECT_TRUE(looks.awaits_second("example.org", now + 60s));
    EXPECT_FALSE(looks.awaits_second("example.net", now + 60s));
    EXPECT_TRUE(looks.missing("example.org", now + 60s));
    EXPECT_TRUE(looks.missing("example.org", now + 1h)) << "and stays confirmed";
}

TEST(first_looks, domain_that_was_found_begins_anew) {  // CO-230
    first_looks looks;
    (void)looks.missing("example.org", now);
    looks.found("example.org");
    EXPECT_FALSE(looks.missing("example.org", now + 60s));
}

TEST(first_looks, look_of_long_ago_is_no_witness) {  // CO-230
    first_looks looks;
    (void)looks.missing("example.org", now);
    EXPECT_FALSE(looks.missing("example.org", now + first_looks::longest + 1s));
    EXPECT_TRUE(looks.missing("example.org", now + first_looks::longest + 61s));
}

TEST(first_looks, only_what_is_missing_has_no_witness) {  // CO-230
    for (auto const why : {reason::no_domain, reason::mx_unresolvable})
        EXPECT_TRUE(core::is_without_witness(verification(status::fail, why)));
    for (auto const why : {reason::null_mx, reason::bad_domain, reason::no_mailbox, reason::no_service})
        EXPECT_FALSE(core::is_without_witness(verification(status::fail, why)));
    EXPECT_FALSE(core::is_without_witness(verification(status::transient, reason::dns)));
}
