#include "policy/remark.hpp"

#include <gtest/gtest.h>

namespace {

using vouchd::remark;

vouchd::subject ann() {
    vouchd::subject sender("<ann@example.org>");
    sender.who.client = boost::asio::ip::make_address("192.0.2.7");
    sender.recipient = "<bob@example.net>";
    return sender;
}

}  // namespace

TEST(remark, begins_with_the_part_of_the_subject_that_it_is_about) {
    EXPECT_EQ(remark("no authentication").text(ann()), "no authentication");
    EXPECT_EQ(remark(remark::about::client, " is a stranger").text(ann()), "192.0.2.7 is a stranger");
    EXPECT_EQ(remark(remark::about::sender_domain, " is unknown").text(ann()), "example.org is unknown");
    EXPECT_EQ(remark(remark::about::recipient, " is a role").text(ann()), "<bob@example.net> is a role");
    EXPECT_EQ(remark(std::string("words of its own")).text(ann()), "words of its own");
}

TEST(remark, leaves_out_what_the_subject_does_not_have) {
    vouchd::subject const nobody("garbage");
    EXPECT_EQ(remark(remark::about::client, "?").text(nobody), "?");
    EXPECT_EQ(remark(remark::about::sender_domain, "?").text(nobody), "?");
}
