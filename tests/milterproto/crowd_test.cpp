#include "milterproto/crowd.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace milterproto {
namespace {

using namespace std::chrono_literals;

TEST(crowd, counts_the_connections_of_each_client) {
    crowd all;
    std::optional<crowd::member> first(std::in_place, all, "uid 105");
    crowd::member const second(all, "uid 105");
    crowd::member const other(all, "192.0.2.1");
    EXPECT_EQ(all.of("uid 105"), 2U);
    EXPECT_EQ(second.of_client(), 2U);
    EXPECT_EQ(all.of("192.0.2.1"), 1U);
    EXPECT_EQ(all.of("192.0.2.2"), 0U);
    crowd::member moved(*std::move(first));
    first.reset();
    EXPECT_EQ(all.of("uid 105"), 2U);
}

TEST(crowd, forgets_a_client_that_has_no_connection) {
    crowd all;
    {
        crowd::member const one(all, "192.0.2.1");
    }
    EXPECT_EQ(all.of("192.0.2.1"), 0U);
}

TEST(crowd, a_member_may_outlive_it) {
    std::optional<crowd> all(std::in_place);
    crowd::member const one(*all, "192.0.2.1");
    all.reset();
    EXPECT_EQ(one.of_client(), 1U);
}

candidate candidate_of(spare how, std::size_t of_client, std::chrono::seconds since) {
    candidate made;
    made.how = how;
    made.of_client = of_client;
    made.since = steady_time(since);
    return made;
}

// MP-279
TEST(crowd, who_has_most_goes_first_then_what_is_missed_least_then_what_has_waited_longest) {
    auto const goes_before = [](candidate const& one, candidate const& other) {
        return one.goes_before(other) && !other.goes_before(one);
    };
    EXPECT_TRUE(goes_before(candidate_of(spare::interrupted, 3, 9s), candidate_of(spare::unused, 2, 1s)));
    EXPECT_TRUE(goes_before(candidate_of(spare::unused, 2, 9s), candidate_of(spare::idle, 2, 1s)));
    EXPECT_TRUE(goes_before(candidate_of(spare::idle, 2, 9s), candidate_of(spare::interrupted, 2, 1s)));
    EXPECT_TRUE(goes_before(candidate_of(spare::idle, 2, 1s), candidate_of(spare::idle, 2, 9s)));
}

}  // namespace
}  // namespace milterproto
