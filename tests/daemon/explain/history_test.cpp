#include "explain/history.hpp"

#include <gtest/gtest.h>

#include "daemon/support/known_answer.hpp"
#include "explain/render.hpp"

namespace {

/// A decision that any message might get.
std::shared_ptr<vouchd::decision> made() {
    return std::make_shared<vouchd::decision>(
        test::decided(vouchd::subject("<ann@example.org>"), vouchd::config()));
}

vouchd::past_decision decision_on(std::string id, std::string qid = {}) {
    vouchd::subject ann("<ann@example.org>");
    ann.who.queue_id = std::move(qid);
    return vouchd::past_decision(std::move(id), std::move(ann), made(), std::chrono::milliseconds(7));
}

}  // namespace

// DM-087: the id is the log's
TEST(history, finds_a_decision_by_its_id_and_by_its_queue_id) {
    vouchd::history past;
    past.add(decision_on("a.1", "4bXyz"));
    past.add(decision_on("a.2"));
    ASSERT_EQ(past.find("a.1").size(), 1u);
    ASSERT_EQ(past.find("4bXyz").size(), 1u);
    EXPECT_EQ(past.find("4bXyz")[0].id, "a.1");
    EXPECT_TRUE(past.find("a").empty());
    EXPECT_TRUE(past.find("").empty()) << "a decision without a queue id is not found by none";
}

TEST(history, learns_a_queue_id_that_comes_after_the_decision) {
    vouchd::history past;
    past.add(decision_on("a.1"));
    past.queued("a.1", "4bXyz");
    ASSERT_EQ(past.find("4bXyz").size(), 1u);
    EXPECT_NE(render(past.find("4bXyz")[0]).find("id a.1, queue id 4bXyz"), std::string::npos);
}

TEST(history, tells_every_decision_on_one_message_in_their_order) {
    vouchd::history past;
    past.add(decision_on("a.1", "first"));
    past.add(decision_on("b.1"));
    past.add(decision_on("a.1", "second"));
    auto const found = past.find("a.1");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].qid, "first");
    EXPECT_EQ(found[1].qid, "second");
}

TEST(history, forgets_the_oldest_beyond_its_bound) {
    vouchd::history past;
    for (std::size_t i = 0; i != vouchd::history::most + 1; ++i) past.add(decision_on(std::to_string(i)));
    EXPECT_TRUE(past.find("0").empty());
    EXPECT_EQ(past.find("1").size(), 1u);
}

// What shows after it was kept was put into words when somebody asked, and not before.
TEST(history, explains_a_decision_when_somebody_asks_and_not_before) {
    vouchd::history past;
    auto const kept = made();
    past.add(vouchd::past_decision("a.1", vouchd::subject("<ann@example.org>"), kept,
                                   std::chrono::milliseconds(7)));
    kept->verified->message = "250 2.1.5 said after it was kept";
    kept->take("a-later-step", vouchd::ruling::spare({"a later word"}));
    auto const found = past.find("a.1");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].elapsed_ms, 7);
    EXPECT_EQ(found[0].why.verdict->message, "250 2.1.5 said after it was kept");
    EXPECT_EQ(found[0].why.policy.back().why, "a later word");
    EXPECT_EQ(found[0].why.decision.rule, "a-later-step");
}
