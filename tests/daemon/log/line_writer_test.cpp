#include "log/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

using vouchd::line_rank;
using vouchd::line_writer;
using namespace std::chrono_literals;

namespace {

std::string told(vouchd::dropped_lines const& lost) {
    return "dropped " + std::to_string(lost.decisions) + ' ' + std::to_string(lost.others);
}

/// A pipe into which lines are written.
class pipe_of_lines {
public:
    pipe_of_lines() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        reader_ = ends[0];
        writer.emplace(vouchd::line_target{ends[1], vouchd::line_target::owner::us}, told);
    }
    ~pipe_of_lines() {
        writer.reset();
        ::close(reader_);
    }
    pipe_of_lines(pipe_of_lines const&) = delete;

    /// Reads until the text ends so, which it will do.
    std::string read_to(std::string_view end) {
        std::string all, part(65536, '\0');
        while (!all.ends_with(end)) {
            auto const count = ::read(reader_, part.data(), part.size());
            if (count <= 0) break;
            all.append(part, 0, std::size_t(count));
        }
        return all;
    }

    std::optional<line_writer> writer;

private:
    int reader_;
};

}  // namespace

TEST(line_writer, writes_what_it_is_given) {
    pipe_of_lines to;
    to.writer->write(line_rank::other, "one");
    to.writer->write(line_rank::decision, "two");
    EXPECT_EQ(to.read_to("two\n"), "one\ntwo\n");
}

// The pipe takes 64 KiB, and nobody reads it. Whoever writes goes on; if it waited, this would not end.
TEST(line_writer, nobody_waits_for_a_reader_that_stops) {  // DM-152, DM-153
    pipe_of_lines to;
    std::string const line(99, 'x');
    for (std::size_t i = 0; i != 3 * vouchd::line_queue::most_lines; ++i)
        to.writer->write(line_rank::other, line);
    to.writer->write(line_rank::decision, "the end");
    auto const all = to.read_to("the end\n");
    auto const dropped = all.find("\ndropped 0 ");
    ASSERT_NE(dropped, all.npos);
    for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) {
        auto const whole = all.substr(at, all.find('\n', at) - at);
        EXPECT_TRUE(whole == line || whole == "the end" || whole.starts_with("dropped ")) << whole;
    }
}

TEST(line_writer, the_end_does_not_wait_for_a_reader_that_stops) {  // DM-154
    pipe_of_lines to;
    for (int i = 0; i != 3000; ++i) to.writer->write(line_rank::other, std::string(99, 'x'));
    to.writer.reset();  // or it hangs for ever
}

TEST(line_writer, what_is_queued_is_written_at_the_end) {  // DM-154
    pipe_of_lines to;
    for (int i = 0; i != 500; ++i) to.writer->write(line_rank::other, std::to_string(i));
    to.writer.reset();
    EXPECT_TRUE(to.read_to("\n499\n").starts_with("0\n1\n2\n"));
}

TEST(line_writer, lines_that_could_not_be_made_are_told_too) {
    pipe_of_lines to;
    to.writer->note_lost(line_rank::decision);
    to.writer->write(line_rank::other, "one");
    EXPECT_EQ(to.read_to("one\n"), "dropped 1 0\none\n");
}
