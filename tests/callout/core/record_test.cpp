#include "core/record.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace callout::core;
using namespace std::chrono_literals;

namespace {

kept_verification example() {
    verification v(status::fail, reason::no_mailbox);
    v.exists = known::no;
    v.message = "550-5.1.1 no \"such\"\r\n550 5.1.1 user \\ here";
    v.reply = reply(550, enhanced_code{5, 1, 1}, {"5.1.1 no"});
    v.host = "mx1.example.org";
    v.ip = "2001:db8::1";
    v.retry_after = 60s;
    v.said_at = stage::rcpt;
    kept_verification kept(v, system_time(480000h), system_time(480001h));
    kept.asked = 0x85944171f73967e8;
    return kept;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST(record, comes_back_as_it_went) {  // CO-140, CO-151
    auto const before = example();
    auto const text = to_record(before);
    auto const after = from_record(text);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->stored, before.stored);
    EXPECT_EQ(after->expires, before.expires);
    auto const &a = before.answer, &b = after->answer;
    EXPECT_EQ(b.status, a.status);
    EXPECT_EQ(b.reason, a.reason);
    EXPECT_EQ(b.scope, a.scope);
    EXPECT_EQ(b.strength, a.strength);
    EXPECT_EQ(b.exists, a.exists);
    EXPECT_EQ(b.catch_all, a.catch_all);
    EXPECT_EQ(b.message, a.message);
    EXPECT_EQ(b.host, a.host);
    EXPECT_EQ(b.ip, a.ip);
    EXPECT_EQ(b.retry_after, a.retry_after);
    EXPECT_EQ(b.said_at, a.said_at);
    EXPECT_EQ(after->asked, before.asked);
    EXPECT_EQ(b.reply->code, 550u);
    EXPECT_EQ(b.reply->enhanced, a.reply->enhanced);
    EXPECT_EQ(to_record(*after), text);
}

TEST(record, is_one_line_of_logfmt) {
    EXPECT_EQ(
        to_record(example()),
        "v=1 r=not_found s=fail why=no_mailbox scope=address strength=strong exists=no catch_all=unknown "
        "rejects_null=0 t=1728000000 ttl=3600 retry=60 code=550 enh=5.1.1 at=rcpt to=85944171f73967e8 "
        "mx=mx1.example.org ip=2001:db8::1 "
        "msg=\"550-5.1.1 no \\\"such\\\"\\r\\n550 5.1.1 user \\\\ here\"");
}

TEST(record, is_bounded) {
    auto kept = example();
    for (auto const* text : {"x", "\\", "\r\n"}) {
        kept.answer.message.clear();
        while (kept.answer.message.size() < 10000) kept.answer.message += text;
        auto const record = to_record(kept);
        EXPECT_LE(record.size(), max_record);
        EXPECT_TRUE(from_record(record));
    }
}

TEST(record, unknown_keys_are_skipped) {
    auto const read = from_record(to_record(example()) + " by=node1 colour=\"dark blue\"");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->answer.reason, reason::no_mailbox);
}

TEST(record, of_an_older_version_tells_not_to_whom_it_was_said) {  // CO-203
    for (auto const* text : {"", "to=", "to=-1", "to=xyz", "to=85944171f73967e80", "at=noon"}) {
        auto const read = from_record(with(to_record(example()), "at=rcpt to=85944171f73967e8", text));
        if (!read) continue;  // the line is not logfmt any more
        EXPECT_EQ(read->asked, std::nullopt) << text;
        EXPECT_EQ(read->answer.said_at, stage::any) << text;
    }
    EXPECT_EQ(from_record(with(to_record(example()), "to=85944171f73967e8", "to=0"))->asked, 0u);
}

TEST(record, what_is_not_ours_is_not_a_record) {  // CO-151
    auto const good = to_record(example());
    std::string const bad[] = {
        "",
        " ",
        "=",
        "v=1",
        std::string(100, '\0'),
        std::string(100000, 'v'),
        good + '\n',
        good + " " + std::string(max_record, 'x'),
        good.substr(0, good.size() - 1),
        with(good, "v=1", "v=2"),
        with(good, "s=fail", "s=maybe"),
        with(good, "why=no_mailbox", "why=sunspots"),
        with(good, "ttl=3600", "ttl=-1"),
        with(good, "ttl=3600", "ttl=99999999999999999999"),
        with(good, "ttl=3600", "ttl=9223372036854775807"),
        with(good, "t=1728000000", "t=now"),
    };
    for (auto const& text : bad) EXPECT_FALSE(from_record(text)) << text.substr(0, 200);
    EXPECT_FALSE(from_record(with(good, "code=550", "code=999"))->answer.reply);
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        (void)from_record(std::string_view(good).substr(0, cut));
}
