#include "core/reply_words.hpp"

#include <gtest/gtest.h>

using namespace callout::core;
using some_words = std::vector<std::string>;

namespace {

std::vector<std::string> const tried_senders{"", "probe@vouch.example"};
constexpr names_in_reply nobody{};

some_words cut(std::string text, names_in_reply const& whom = nobody, some_words const& kept_of_links = {}) {
    return words_of(reply(550, std::nullopt, {std::move(text)}), whom, kept_of_links);
}

std::optional<enhanced_code> code_of(std::string text, unsigned code = 550) {
    return enhanced_code_in(reply(code, parse_enhanced_code(text), {text}));
}

}  // namespace

TEST(reply_words, are_letters_and_digits_in_lower_case) {
    EXPECT_EQ(cut("No such USER - go away."), (some_words{"no", "such", "user", "go", "away"}));
    EXPECT_EQ(cut("doesn't exist"), (some_words{"doesnt", "exist"}));
    EXPECT_EQ(cut("boîte pleine"), (some_words{"boîte", "pleine"}));
    EXPECT_EQ(cut(""), some_words());
    EXPECT_EQ(cut("'"), some_words());
    EXPECT_EQ(words_of(reply(550, std::nullopt, {"user", "unknown"}), nobody),
              (some_words{"user", "unknown"}));
}

TEST(reply_words, leave_out_what_names_somebody) {
    names_in_reply const whom{.asked = "User.Unknown@spam.example",
                              .host = "mx.blocked.example",
                              .helo = "banned.example",
                              .senders = tried_senders};
    EXPECT_EQ(cut("<user.unknown@spam.example>: hm", whom), some_words{"hm"});
    EXPECT_EQ(cut("user.unknown@SPAM.example, hm", whom), some_words{"hm"});
    EXPECT_EQ(cut("user.unknown is what you said", whom), (some_words{"is", "what", "you", "said"}));
    EXPECT_EQ(cut("spam.example says mx.blocked.example says banned.example", whom),
              (some_words{"says", "says"}));
    EXPECT_EQ(cut("User.Unknown@full.example hm", whom), some_words{"hm"}) << "as a server rewrote it";
    EXPECT_EQ(cut("somebody.else@full.example hm", whom), (some_words{"<other>", "hm"}));
    EXPECT_EQ(cut("<somebody.else@full.example> hm", whom), (some_words{"<other>", "hm"}));
    EXPECT_EQ(cut("<host.full.example[192.0.2.1]>: hm", whom), (some_words{"<ip>", "hm"}));
}

TEST(reply_words, leave_a_name_that_is_only_part_of_a_word) {
    names_in_reply const whom{.asked = "ann@example.org", .host = {}, .helo = {}, .senders = {}};
    EXPECT_EQ(cut("annual", whom), some_words{"annual"});
    EXPECT_EQ(cut("joann said", whom), (some_words{"joann", "said"}));
    EXPECT_EQ(cut("mail.example.org", whom), (some_words{"mail", "example", "org"}));
    EXPECT_EQ(cut("example.org.net", whom), (some_words{"example", "org", "net"}));
    EXPECT_EQ(cut("see it. See example.org.", whom), (some_words{"see", "it", "see"}));
}

TEST(reply_words, keep_a_local_part_that_is_a_word) {
    names_in_reply const whom{.asked = "User@example.org", .host = {}, .helo = {}, .senders = {}};
    EXPECT_EQ(cut("user@example.org: user unknown at example.org", whom),
              (some_words{"user", "unknown", "at"}));
    EXPECT_EQ(word_of_local_part("User@example.org"), "user");
    EXPECT_EQ(word_of_local_part("ann.smith@example.org"), "");
    EXPECT_EQ(word_of_local_part("ann1@example.org"), "");
    EXPECT_EQ(word_of_local_part(""), "");
}

TEST(reply_words, leave_out_a_quoted_local_part_without_its_quotes) {
    names_in_reply const whom{.asked = "\"user unknown\"@example.org", .host = {}, .helo = {}, .senders = {}};
    EXPECT_EQ(cut("user unknown is what you said", whom), (some_words{"is", "what", "you", "said"}));
}

TEST(reply_words, name_our_sender_and_the_null_sender) {
    names_in_reply const whom{.asked = "ann@example.org", .host = {}, .helo = {}, .senders = tried_senders};
    EXPECT_EQ(cut("<probe@vouch.example> no", whom), (some_words{"<sender>", "no"}));
    EXPECT_EQ(cut("Probe@vouch.example no", whom), (some_words{"<sender>", "no"}));
    EXPECT_EQ(cut("<>: no", whom), (some_words{"<null>", "no"}));
}

TEST(reply_words, name_an_ip_address) {
    EXPECT_EQ(cut("[192.0.2.1] no"), (some_words{"<ip>", "no"}));
    EXPECT_EQ(cut("your 192.0.2.1, no"), (some_words{"your", "<ip>", "no"}));
    EXPECT_EQ(cut("[2001:db8::1] no"), (some_words{"<ip>", "no"}));
    EXPECT_EQ(cut("[IPv6:2001:db8::1] no"), (some_words{"<ip>", "no"}));
    EXPECT_EQ(cut("version 4.96.1"), (some_words{"version", "4", "96", "1"}));
    EXPECT_EQ(cut("1.2.3.4.5"), (some_words{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(cut("at 12:30:15"), (some_words{"at", "12", "30", "15"}));
    EXPECT_EQ(cut("(-2019901852:4030:-2147467259)"), (some_words{"2019901852", "4030", "2147467259"}));
}

TEST(reply_words, keep_of_a_link_what_they_are_asked_to) {
    some_words const kept{"spamhaus"};
    EXPECT_EQ(cut("see https://www.spamhaus.org/user/unknown now", nobody, kept),
              (some_words{"see", "spamhaus", "now"}));
    EXPECT_EQ(cut("<http://www.spamhaus.org/>", nobody, kept), some_words{"spamhaus"});
    EXPECT_EQ(cut("http://x.example/?ip=192.0.2.1&spam=1", nobody, kept), some_words{"<ip>"});
    EXPECT_EQ(cut("www.x.example/blocked no", nobody, kept), some_words{"no"});
}

TEST(reply_words, end_where_a_bracket_does_not) {
    EXPECT_EQ(cut("user unknown <"), (some_words{"user", "unknown"}));
    EXPECT_EQ(cut("<<>>"), some_words{"<null>"});
}

TEST(reply_words, are_not_read_without_end) {
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "user ";
    EXPECT_EQ(cut(many).size(), 256u);
}

TEST(reply_words, enhanced_code_stands_in_several_places) {
    enhanced_code const policy{5, 7, 1};
    for (auto const* text :
         {"5.7.1 no", "#5.7.1 no", "no (#5.7.1)", "no (5.7.1)", "no [5.7.1]", "no [#5.7.1]."})
        EXPECT_EQ(code_of(text), policy) << text;
    for (auto const* text :
         {"no 5.7.1", "no (4.7.1)", "no (5.7.1.2)", "(5.7)", "[192.0.2.1]", "(5.7.1000)", ""})
        EXPECT_EQ(code_of(text), std::nullopt) << text;
    EXPECT_EQ(code_of("5.1.1 no (#5.7.1)"), (enhanced_code{5, 1, 1}));
    EXPECT_EQ(code_of("later (#4.7.1)", 450), (enhanced_code{4, 7, 1}));
}
