#include "core/reply_gist.hpp"

#include <gtest/gtest.h>

#include "support/callout_names.hpp"

using namespace callout;
using namespace callout::core;

namespace {

std::string gist(std::string_view address, reply_lines lines, unsigned code = 550,
                 enhanced_code enhanced = {5, 7, 1}) {
    return gist_of(reply(code, enhanced, std::move(lines)), test::box(address));
}

}  // namespace

TEST(reply_gist, what_names_the_recipient_is_left_out) {  // CO-202
    auto const plain = gist("ann@example.org", {"5.7.1 <ann@example.org>: Recipient rejected by policy"});
    EXPECT_EQ(plain, "550 5.7.1 recipient rejected policy");
    for (auto const* text : {"5.7.1 <Bob@EXAMPLE.net>: Recipient rejected by policy",
                             "5.7.1 to:<bob@example.net> Recipient rejected by policy",
                             "5.7.1 bob: Recipient rejected by policy", "5.7.1 Recipient rejected by policy",
                             "5.7.1 example.net/BOB: Recipient rejected by policy",
                             "5.7.1 <bob@store.internal>: Recipient rejected by policy"}) {
        EXPECT_EQ(gist("bob@example.net", {text}), plain) << text;
    }
}

TEST(reply_gist, a_local_part_inside_a_word_stays) {
    EXPECT_EQ(gist("polic@example.org", {"rejected for policy reasons"}),
              gist("reason@example.org", {"rejected for policy reasons"}));
    EXPECT_EQ(gist("a@example.org", {"this is a rejection"}),
              gist("is@example.org", {"this is a rejection"}));
}

TEST(reply_gist, what_names_the_occasion_is_left_out) {
    auto const plain = gist("ann@example.org", {"Rejected by policy"});
    for (auto const* text :
         {"Rejected by policy [z7qZw5BPd1zlDYHka4589ru.us222]", "Rejected by policy (queue id 4F2A1C0B9D)",
          "Rejected by policy deadbeef", "Rejected by policy (zQwBPdlz)", "Rejected by policy at 12:31:07"}) {
        auto const words = gist("bob@example.org", {text});
        EXPECT_TRUE(words.starts_with(plain)) << text << " is " << words;
        EXPECT_EQ(words.find_first_of("0123456789", plain.size()), words.npos) << words;
    }
    EXPECT_EQ(gist("ann@example.org", {"Rejected by policy deadbeef"}), plain);
    EXPECT_EQ(gist("ann@example.org", {"Rejected by policy (zQwBPdlz)"}), plain);
}

TEST(reply_gist, other_codes_and_other_words_are_another_refusal) {
    auto const plain = gist("ann@example.org", {"Rejected by policy"});
    EXPECT_NE(plain, gist("ann@example.org", {"Rejected by policy"}, 554));
    EXPECT_NE(plain, gist("ann@example.org", {"Rejected by policy"}, 550, {5, 7, 0}));
    EXPECT_NE(plain, gist("ann@example.org", {"This mailbox is closed"}));
    EXPECT_NE(plain, gist("ann@example.org", {"Rejected", "by policy of this mailbox"}));
    EXPECT_EQ(plain, gist("ann@example.org", {"REJECTED", "by  policy."}));
}

TEST(reply_gist, any_bytes_will_do) {
    EXPECT_EQ(gist("ann@example.org", {}), "550 5.7.1");
    EXPECT_EQ(gist("ann@example.org", {"", " ", "<>", "ann@example.org", "ann@example.organn@example.org"}),
              "550 5.7.1");
    EXPECT_EQ(gist("ann@example.org", {std::string(100000, '\xff')}), "550 5.7.1");
}
