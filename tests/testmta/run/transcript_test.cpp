#include "run/transcript.hpp"

#include <gtest/gtest.h>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::run {
namespace {

std::string frame_of(char letter, std::string_view payload) {
    std::string octets;
    milterproto::core::append_frame(octets, letter, payload);
    return octets;
}

TEST(transcript, names_frames_by_the_side_that_sent_them) {
    transcript of_mta, of_filter(sender::filter);
    of_mta.sent(frame_of('R', std::string_view("<a@b>\0", 6)));
    of_mta.received('t', {});
    of_filter.received('R', std::string_view("<a@b>\0", 6));
    of_filter.sent(frame_of('t', {}));
    EXPECT_EQ(of_mta.text(), "> RCPT <a@b>\n< TEMPFAIL\n");
    EXPECT_EQ(of_filter.text(), "< RCPT <a@b>\n> TEMPFAIL\n");
    EXPECT_EQ(of_filter.last_received(), "RCPT <a@b>");
}

TEST(transcript, a_bounded_one_forgets_what_came_first) {
    auto frames = transcript::bounded(sender::filter, 10'000);
    for (int i = 0; i != 1000; ++i) frames.received('H', "client" + std::to_string(i) + std::string(1, '\0'));
    auto const text = frames.text();
    EXPECT_LT(text.size(), 10'000U);
    EXPECT_EQ(text.find("client0\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("< HELO client998\n< HELO client999\n"));
    EXPECT_NE(frames.format(2, secrets({})).find("HELO client998"), std::string::npos);
    EXPECT_EQ(frames.format(2, secrets({})).find("HELO client997"), std::string::npos);
}

}  // namespace
}  // namespace testmta::run
