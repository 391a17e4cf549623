// A test of a filter by its author: no MTA, no socket.
#include "first_filter.hpp"

#include <gtest/gtest.h>

#include <milterproto/rehearsal.hpp>

using example::first_filter;
using namespace milterproto;

TEST(first_filter, refuses_one_sender) {
    rehearsal mta(make_filter(first_filter()));
    EXPECT_EQ(mta.mail("<spam@example.com>"), "550 5.7.1 Not from you");
    EXPECT_EQ(mta.mail("<friend@example.com>"), "proceed");
}

TEST(first_filter, marks_all_other_mail) {
    rehearsal mta(make_filter(first_filter()));
    mta.mail("<friend@example.com>");
    mta.rcpt("<me@example.org>");
    auto const end = mta.message("Subject: hello\n\nHello\n");
    EXPECT_EQ(end, "proceed");
    ASSERT_EQ(end.edits.size(), 1U);
    EXPECT_EQ(end.edits[0], "add_header X-Filtered-By: first_filter");
}

// The same as one text: what comes back equals it if all goes as written.
TEST(first_filter, behind_an_mta_of_old) {
    auto const script = R"(
        > connect client.example.org 192.0.2.1
        < (not sent)
        > mail <friend@example.com>
        < proceed
        > rcpt <me@example.org>
        < (not sent)
        > eom
        + add_header X-Filtered-By: first_filter
        < proceed
        > quit
    )";
    EXPECT_EQ(rehearse(make_filter(first_filter()), script, mta_profile::postfix(2)), script);
}
