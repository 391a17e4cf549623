#include "config/domain_list.hpp"

#include <gtest/gtest.h>

TEST(domain_list, an_entry_holds_a_domain_what_is_below_it_or_everything) {
    vouchd::domain_list const list({"Example.ORG", ".branch.example"});
    EXPECT_NE(list.find("example.org"), nullptr);
    EXPECT_EQ(list.find("mail.example.org"), nullptr);
    EXPECT_EQ(list.find("notexample.org"), nullptr);
    EXPECT_NE(list.find("a.branch.example"), nullptr);
    EXPECT_NE(list.find("b.a.branch.example"), nullptr);
    EXPECT_EQ(list.find("branch.example"), nullptr);
    EXPECT_EQ(list.find("anything.test"), nullptr);

    vouchd::domain_list const everything({"*"});
    ASSERT_NE(everything.find("anything.test"), nullptr);
    EXPECT_EQ(*everything.find("anything.test"), "*");
    EXPECT_EQ(vouchd::domain_list().find("example.org"), nullptr);
}
