#include "milterproto/core/wire/negotiation.hpp"

#include <gtest/gtest.h>

namespace milterproto::core {
namespace {

constexpr option_set everything{6, action::all, step::all};

// MP-029, MP-030, MP-031, peculiarity D15
TEST(negotiation, versions) {
    for (std::uint32_t const old : {0U, 1U}) {
        EXPECT_EQ(negotiate({old, action::all, step::all}, {}).error(), errc::version_too_old) << old;
    }
    for (std::uint32_t version = 2; version != 7; ++version) {
        EXPECT_EQ(negotiate({version, action::all, step::all}, {})->options.version, version);
    }
    EXPECT_EQ(negotiate({7, action::all, step::all}, {})->options.version, 6U);
    EXPECT_EQ(negotiate({0xffffffff, action::all, step::all}, {})->options.version, 6U);
}

// MP-032, MP-033
TEST(negotiation, an_offer_of_0_is_that_of_version_1) {
    filter_wishes wishes;
    wishes.wanted_actions = action::all;
    wishes.wanted_steps = step::all;
    auto const agreed = negotiate({2, 0, 0}, wishes);
    EXPECT_EQ(agreed->options.actions, 0x0fU);
    EXPECT_EQ(agreed->options.steps, 0x3fU);
}

// MP-034, MP-035
TEST(negotiation, required_actions_are_offered_or_it_fails) {
    filter_wishes wishes;
    wishes.required_actions = action::add_headers | action::quarantine;
    EXPECT_EQ(negotiate(everything, wishes)->options.actions, wishes.required_actions);
    EXPECT_EQ(negotiate({6, action::add_headers, step::all}, wishes).error(), errc::negotiation_refused);
}

// MP-038, MP-039
TEST(negotiation, required_steps_are_offered_or_it_fails) {
    for (auto const required : {step::skip, step::rejected_recipients, step::header_leading_space}) {
        filter_wishes wishes;
        wishes.required_steps = required;
        EXPECT_EQ(negotiate(everything, wishes)->options.steps, required);
        EXPECT_EQ(negotiate({6, action::all, step::all & ~required}, wishes).error(),
                  errc::negotiation_refused);
    }
}

// MP-037, MP-046, peculiarity D14
TEST(negotiation, what_is_wanted_never_exceeds_the_offer) {
    filter_wishes wishes;
    wishes.wanted_actions = action::all;
    wishes.wanted_steps = step::all;
    auto const agreed = negotiate({4, 0x03, 0x37f}, wishes);
    EXPECT_EQ(agreed->options, (option_set{4, 0x03, 0x37f}));
}

// MP-043
TEST(negotiation, nothing_is_requested_that_nobody_wished) {
    EXPECT_EQ(negotiate(everything, {})->options, (option_set{6, 0, 0}));
}

// MP-047, MP-048
TEST(negotiation, sizes_are_echoed_if_offered_and_wished_the_larger_first) {
    auto const agreed = [](std::uint32_t offered, std::size_t largest) {
        filter_wishes wishes;
        wishes.largest_payload = largest;
        wishes.wanted_steps = step::internal;  // an author must not ask for them by hand
        return *negotiate({6, action::all, step::all | offered}, wishes);
    };
    auto const both = step::chunks_256k | step::chunks_1m;
    EXPECT_EQ(agreed(both, limits::payload).options.steps, 0U);
    EXPECT_EQ(agreed(both, limits::payload).payload_limit, 65535U);
    EXPECT_EQ(agreed(both, limits::payload_1m).options.steps, step::chunks_1m);
    EXPECT_EQ(agreed(both, limits::payload_1m).payload_limit, 1048575U);
    EXPECT_EQ(agreed(both, limits::payload_256k).options.steps, step::chunks_256k);
    EXPECT_EQ(agreed(both, limits::payload_256k).payload_limit, 262143U);
    EXPECT_EQ(agreed(step::chunks_256k, limits::payload_1m).options.steps, step::chunks_256k);
    EXPECT_EQ(agreed(0, limits::payload_1m).options.steps, 0U);
    EXPECT_EQ(agreed(0x40000000, limits::payload_1m).options.steps, 0U);
}

std::vector<symbol_list> lists_for(filter_wishes const& wishes, std::uint32_t actions = action::all) {
    return symbol_lists(*negotiate({6, actions, step::all}, wishes), wishes);
}

std::optional<std::string>& list_at(filter_wishes& wishes, macro_stage stage) {
    return wishes.macros[static_cast<std::size_t>(stage)];
}

// MP-049, MP-050, MP-063
TEST(symbol_lists, ascending_unset_ones_left_out) {
    filter_wishes wishes;
    list_at(wishes, macro_stage::end_of_headers) = "i";
    list_at(wishes, macro_stage::connect) = "j _";
    list_at(wishes, macro_stage::rcpt) = "";
    auto const lists = lists_for(wishes);
    ASSERT_EQ(lists.size(), 3U);
    EXPECT_EQ(lists[0].stage, 0U);
    EXPECT_EQ(lists[0].names, "j _");
    EXPECT_EQ(lists[1].stage, 3U);
    EXPECT_EQ(lists[1].names, "");
    EXPECT_EQ(lists[2].stage, 6U);
    EXPECT_EQ(lists[2].names, "i");
}

// MP-053
TEST(symbol_lists, none_unless_the_MTA_knows_them) {
    filter_wishes wishes;
    list_at(wishes, macro_stage::connect) = "j";
    EXPECT_EQ(lists_for(wishes).size(), 1U);
    EXPECT_TRUE(lists_for(wishes, action::all & ~action::symbol_lists).empty());
    EXPECT_TRUE(lists_for({}).empty());
    EXPECT_EQ(negotiate(everything, wishes)->options.actions, action::symbol_lists);
}

// MP-054, peculiarity D8
TEST(symbol_lists, one_for_the_end_of_message_is_accompanied) {
    filter_wishes wishes;
    list_at(wishes, macro_stage::end_of_message) = "{msg_id}";
    auto lists = lists_for(wishes);
    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists[1].stage, 6U);
    EXPECT_EQ(lists[1].names, "{msg_id}");
    list_at(wishes, macro_stage::end_of_headers) = "i";
    lists = lists_for(wishes);
    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists[1].names, "i") << "the author's own list stays";
}

}  // namespace
}  // namespace milterproto::core
