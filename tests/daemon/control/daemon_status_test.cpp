#include "control/daemon_status.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

using namespace std::chrono_literals;
using vouchd::daemon_status;

namespace {

daemon_status some_status() {
    daemon_status made;
    made.loop.counts[0] = 90;
    made.loop.counts[4] = 2;
    made.loop.counts.back() = 1;
    made.loop.longest = 1'234'500us;
    made.loop.longest_in_all = 2s;
    made.loop.interval = 5ms;
    made.bounds.emplace_back("dns_bytes", 17, 16'777'216);
    made.bounds.emplace_back("questions", 3, 0);
    return made;
}

}  // namespace

TEST(daemon_status, survives_the_way_through_json) {  // DM-160
    EXPECT_EQ(vouchd::status_from(to_json(some_status())).value(), some_status());
    auto unknown = some_status();
    unknown.loop.scheduler_is_known = false;
    EXPECT_EQ(vouchd::status_from(to_json(unknown)).value(), unknown);
}

TEST(daemon_status, of_another_form_is_an_error) {
    for (auto const* const text :
         {"{}", "[]", "1", R"({"loop":{},"bounds":[]})", R"({"loop":1,"bounds":[{"what":1}]})"})
        EXPECT_TRUE(vouchd::status_from(boost::json::parse(text)).has_error()) << text;
    auto document = to_json(some_status());
    document["bounds"].as_array()[0].as_object()["now"] = -1;
    EXPECT_TRUE(vouchd::status_from(document).has_error());
}

TEST(daemon_status, says_it_to_a_person) {  // DM-160
    EXPECT_EQ(
        text_of(some_status()),
        R"(loop: 93 moments; the longest stop was 1234.5 ms of our own doing, 2000.0 ms with what the machine added
  at most 1 ms: 90
  at most 2 ms: 0
  at most 5 ms: 0
  at most 10 ms: 0
  at most 20 ms: 2
  at most 50 ms: 0
  at most 100 ms: 0
  at most 200 ms: 0
  at most 500 ms: 0
  at most 1000 ms: 0
  later than 1000 ms: 1

what                                 now       bound
dns_bytes                             17    16777216
questions                              3        none
)");
}
