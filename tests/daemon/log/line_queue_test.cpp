#include "log/line_queue.hpp"

#include <gtest/gtest.h>

using vouchd::line_queue;
using vouchd::line_rank;

namespace {

std::string all_of(line_queue& queue) {
    std::string text;
    queue.take(std::string::npos, text);
    return text;
}

}  // namespace

TEST(line_queue, gives_back_in_the_order_of_coming_whatever_the_rank) {
    line_queue queue;
    queue.push(line_rank::other, "1");
    queue.push(line_rank::decision, "2");
    queue.push(line_rank::other, "3");
    EXPECT_EQ(all_of(queue), "1\n2\n3\n");
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.take_dropped().any());
}

TEST(line_queue, gives_whole_lines_until_it_is_enough) {
    line_queue queue;
    for (auto const* line : {"first", "second", "third"}) queue.push(line_rank::other, line);
    std::string text;
    queue.take(7, text);
    EXPECT_EQ(text, "first\nsecond\n");
}

TEST(line_queue, others_go_before_decisions_and_then_the_oldest) {  // DM-152, DM-153
    line_queue queue;
    queue.push(line_rank::decision, "decision 0");
    queue.push(line_rank::other, "other 0");
    queue.push(line_rank::other, "other 1");
    for (std::size_t i = 1; i != line_queue::most_lines; ++i)
        queue.push(line_rank::decision, "decision " + std::to_string(i));
    EXPECT_EQ(queue.size(), line_queue::most_lines);
    queue.push(line_rank::other, "too late");
    queue.push(line_rank::decision, "last");
    auto const lost = queue.take_dropped();
    EXPECT_EQ(lost.others, 3u);
    EXPECT_EQ(lost.decisions, 1u);
    EXPECT_FALSE(queue.take_dropped().any()) << "it is told once";
    auto const text = all_of(queue);
    EXPECT_TRUE(text.starts_with("decision 1\n"));
    EXPECT_TRUE(text.ends_with("\nlast\n"));
    EXPECT_EQ(text.find("other"), text.npos);
}

TEST(line_queue, is_bounded_by_bytes_too) {  // DM-152
    line_queue queue;
    std::string const line(10'000, 'x');
    for (int i = 0; i != 1000; ++i) queue.push(line_rank::other, line);
    auto const kept = queue.size();
    EXPECT_EQ(kept, line_queue::most_bytes / (line.size() + 1));
    EXPECT_EQ(queue.take_dropped().others, 1000 - kept);
}
