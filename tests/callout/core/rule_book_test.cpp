#include "core/rule_book.hpp"

#include <gtest/gtest.h>

#include "core/built_in_rules.hpp"

using namespace callout;
using namespace callout::core;
using some_words = std::vector<std::string>;

namespace {

rule_book book_of(std::string_view text) {
    rule_book all;
    auto const wrong = add_rules(all, text, "test.rules");
    EXPECT_FALSE(wrong) << wrong->line << ": " << wrong->what;
    return all;
}

/// Returns what is wrong, as "LINE: WHAT"; empty if nothing is.
std::string wrong_in(std::string_view text) {
    rule_book all;
    auto const wrong = add_rules(all, text, "test.rules");
    return wrong ? std::to_string(wrong->line) + ": " + wrong->what : std::string();
}

/// Returns the phrases that are found, as "TOPIC: WORDS; ...".
std::string found(rule_book const& in, some_words const& text) {
    std::string all;
    for (auto const& one : in.phrases_in(text)) {
        auto const name = std::ranges::find(topic_names, one.what, &topic_name::what);
        all += (all.empty() ? "" : "; ") + std::string(name->text) + ": " + one.text;
    }
    return all;
}

}  // namespace

TEST(rule_book, finds_each_part_of_a_phrase) {
    auto const book = book_of(R"(
class box
    user, mail box
topic missing
    no such <box>
    <box> [is|was being] unknown|bad
    (does not|doesnt) exist
topic self
    spam*
    in <number> days
)");
    EXPECT_EQ(found(book, {"no", "such", "user"}), "missing: no such user");
    EXPECT_EQ(found(book, {"no", "such", "mail", "box", "here"}), "missing: no such mail box");
    EXPECT_EQ(found(book, {"user", "unknown"}), "missing: user unknown");
    EXPECT_EQ(found(book, {"user", "was", "being", "bad"}), "missing: user was being bad");
    EXPECT_EQ(found(book, {"user", "was", "bad"}), "");
    EXPECT_EQ(found(book, {"it", "does", "not", "exist"}), "missing: does not exist");
    EXPECT_EQ(found(book, {"does", "exist"}), "");
    EXPECT_EQ(found(book, {"spammer", "and", "antispam"}), "self: spammer");
    EXPECT_EQ(found(book, {"in", "30", "days"}), "self: in 30 days");
    EXPECT_EQ(found(book, {"in", "x30", "days"}), "");
    EXPECT_EQ(found(book, {}), "");
}

TEST(rule_book, longest_phrase_takes_its_words) {
    auto const book = book_of(R"(
topic missing
    unknown users
topic rate
    too many
    too many unknown
topic policy
    many
)");
    EXPECT_EQ(found(book, {"too", "many", "unknown", "users"}), "rate: too many unknown");
    EXPECT_EQ(found(book, {"unknown", "users", "too", "many"}), "missing: unknown users; rate: too many");
    EXPECT_EQ(found(book, {"so", "many"}), "policy: many");
}

TEST(rule_book, gap_holds_a_few_words_and_no_barrier) {
    auto const book = book_of(R"(
class barrier
    domain
topic full
    box .. full
)");
    EXPECT_EQ(found(book, {"box", "full"}), "full: box full");
    EXPECT_EQ(found(book, {"box", "of", "this", "one", "is", "quite", "now", "full"}),
              "full: box of this one is quite now full");
    EXPECT_EQ(found(book, {"box", "1", "2", "3", "4", "5", "6", "7", "full"}), "");
    EXPECT_EQ(found(book, {"box", "domain", "full"}), "");
    EXPECT_EQ(found(book, {"box"}), "");
    EXPECT_EQ(found(book, {"box", "box", "full"}), "full: box box full; full: box full")
        << "a gap is read again";
}

TEST(rule_book, says_which_line_is_wrong_and_why) {
    EXPECT_EQ(wrong_in("topic missing\n    no such <box>\n"), "2: there is no class <box> before this line");
    EXPECT_EQ(wrong_in("topic lost\n"), "1: there is no topic \"lost\"");
    EXPECT_EQ(wrong_in("topic\n"), "1: \"topic\" has no name after it");
    EXPECT_EQ(wrong_in("subject x\n"), "1: \"subject\" is not \"class\", \"topic\" or \"rule\"");
    EXPECT_EQ(wrong_in("    user\n"),
              "1: an indented line belongs to a class, a topic or a rule, and none has begun");
    EXPECT_EQ(wrong_in("topic self\n    .. x\n"), "2: a phrase begins with a word that must be there");
    EXPECT_EQ(wrong_in("topic self\n    [x] y\n"), "2: a phrase begins with a word that must be there");
    EXPECT_EQ(wrong_in("topic self\n    x ..\n"), "2: a phrase does not end with a gap");
    EXPECT_EQ(wrong_in("topic self\n    x (y\n"), "2: the phrase cannot be read from \" (y\" on");
    EXPECT_EQ(wrong_in("class a\n    x (, y\n"), "2: \"x (\" is not words");
}

TEST(rule_book, says_what_a_rule_lacks) {
    EXPECT_EQ(wrong_in("rule a\n    reply 550\n"), "2: the rule \"a\" does not say what it means");
    EXPECT_EQ(wrong_in("rule a\n    means policy\n"),
              "2: the rule \"a\" does not say which reply it is about");
    EXPECT_EQ(wrong_in("rule a\n    means nonsense\n"), "2: there is no meaning \"nonsense\"");
    EXPECT_EQ(wrong_in("rule a\n    means policy strong\n"), "2: after the meaning only \"weak\" can stand");
    EXPECT_EQ(wrong_in("rule a\n    means\n"), "2: \"means\" has no value");
    EXPECT_EQ(wrong_in("rule a\n    reply 250\n"),
              "2: \"250\" is not the code of a refusal, such as 550 or 5xx");
    EXPECT_EQ(wrong_in("rule a\n    host x.example\n"), "2: the end of a host's name begins with a dot");
    EXPECT_EQ(wrong_in("rule a\n    at data\n"), "2: \"data\" is not greeting, mail or rcpt");
    EXPECT_EQ(wrong_in("rule a\n    when now\n"),
              "2: a rule has no \"when\": means, at, host, token, reply and source are known");
    EXPECT_EQ(wrong_in("rule a\n    means no_mailbox\n    reply 450\n"),
              "3: the rule \"a\" refuses an address for 450, and only a 5xx may");
    EXPECT_EQ(wrong_in("rule a\n    means no_mailbox\n    at greeting\n    reply 550\n"),
              "4: the rule \"a\" means \"no_mailbox\", which no reply means there");
}

TEST(rule_book, rule_fits_by_host_or_token_and_reply) {
    auto const book = book_of(R"(
rule one
    means   no_mailbox
    host    .big.example, .large.example
    token   (x1)
    reply   55x 5.4.1 access .. denied
    source  somebody (2026)
)");
    enhanced_code const right{5, 4, 1};
    auto const named = [&](unsigned code, std::optional<enhanced_code> enhanced, std::string text,
                           std::string_view host, stage where = stage::rcpt) {
        reply const r(code, enhanced, {std::move(text)});
        auto const* const rule = book.rule_for(where, r, enhanced, host, {"access", "was", "denied"});
        return rule ? rule->name : std::string();
    };
    EXPECT_EQ(named(550, right, "hm", "MX.Big.Example"), "one");
    EXPECT_EQ(named(554, right, "hm", "mx.large.example"), "one");
    EXPECT_EQ(named(550, right, "hm (X1)", "mx.other.example"), "one");
    EXPECT_EQ(named(550, right, "hm", "mx.other.example"), "");
    EXPECT_EQ(named(550, right, "hm (x12)", "mx.other.example"), "");
    EXPECT_EQ(named(540, right, "hm", "mx.big.example"), "");
    EXPECT_EQ(named(550, std::nullopt, "hm", "mx.big.example"), "");
    EXPECT_EQ(named(550, right, "hm", "mx.big.example", stage::mail_null), "");
    EXPECT_EQ(book.rule_for(stage::rcpt, reply(550, right, {"hm"}), right, "mx.big.example", {"denied"}),
              nullptr);
    EXPECT_EQ(book.rules().front().where, "test.rules:2");
}

TEST(rule_book, own_rules_come_before_those_that_are_there) {
    auto book = book_of("rule a\n    means policy\n    reply 550\n");
    ASSERT_FALSE(add_rules(
        book, "rule b\n    means policy\n    reply 550\nrule c\n    means policy\n    reply 550\n", "own"));
    ASSERT_EQ(book.rules().size(), 3u);
    EXPECT_EQ(book.rules()[0].name, "b");
    EXPECT_EQ(book.rules()[1].name, "c");
    EXPECT_EQ(book.rules()[2].name, "a");
}

TEST(rule_book, what_comes_with_vouch_says_where_it_is_from) {
    for (auto const& rule : built_in_rules().rules()) {
        EXPECT_TRUE(rule.source.ends_with(')') && rule.source.find("(20") != rule.source.npos) << rule.name;
        EXPECT_FALSE(rule.hosts.empty() && rule.tokens.empty()) << rule.name;
    }
    EXPECT_GT(built_in_rules().phrases(), 300u);
}
