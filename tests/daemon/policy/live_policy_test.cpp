#include "policy/live_policy.hpp"

#include <gtest/gtest.h>

namespace {

/// Counts the policies that are made.
class workshop {
public:
    vouchd::live_config live{vouchd::config()};
    int made = 0;
    vouchd::live_policy policy{live, [this](std::shared_ptr<vouchd::config const> values) {
                                   ++made;
                                   return vouchd::policy(std::move(values), {});
                               }};
};

}  // namespace

TEST(live_policy, is_made_once_for_each_configuration) {
    workshop here;
    (void)here.policy.current();
    (void)here.policy.current();
    EXPECT_EQ(here.made, 1);
    here.live.replace(vouchd::config());
    (void)here.policy.current();
    EXPECT_EQ(here.made, 2);
}

// DM-107
TEST(live_policy, a_judge_keeps_the_configuration_with_which_it_began) {
    workshop here;
    auto const before = here.policy.current();
    vouchd::config enforcing;
    enforcing.server.mode = vouchd::mode::enforce;
    here.live.replace(enforcing);
    auto const after = here.policy.current();
    EXPECT_EQ(before.values().server.mode, vouchd::mode::monitor);
    EXPECT_EQ(after.values().server.mode, vouchd::mode::enforce);
}
