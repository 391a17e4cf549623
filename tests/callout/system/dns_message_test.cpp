// How an answer of the domain name system is read when its sender is careless or hostile.

#include "system/dns_message.hpp"

#include <gtest/gtest.h>

#include "support/callout_dns_message.hpp"

using namespace callout;
using namespace std::chrono_literals;
using test::callout_dns_message;
using test::dns_section;
using test::octets;

namespace {

constexpr std::array<unsigned char, 4> good{192, 0, 2, 1}, evil{203, 0, 113, 66};

callout_dns_message answer(record_type type = record_type::a) {
    return callout_dns_message(test::dns_query("example.org", static_cast<unsigned>(type)));
}

dns_reading read(octets const& bytes, record_type type = record_type::a) {
    return read_dns_message(bytes, "example.org", type, resolver_options());
}

/// Returns one word for the outcome, then the addresses or the exchanges.
std::string shown(dns_reading const& reading) {
    constexpr std::array names{"ok", "no_data", "no_domain", "failed", "timed_out"};
    auto const& a = reading.answer;
    std::string text = names[static_cast<std::size_t>(a.outcome)];
    if (!a.detail.empty()) text += ": " + a.detail;
    for (auto const& one : a.addresses) text += ' ' + one.to_string();
    for (auto const& one : a.exchanges) text += ' ' + std::to_string(one.preference) + ' ' + one.exchange;
    if (reading.continue_at) text += ", ask for " + *reading.continue_at;
    if (reading.try_elsewhere) text += ", try elsewhere";
    return text;
}

/// Returns a chain of aliases that begins at example.org, and an address at its end.
octets chain_of(std::size_t links) {
    auto m = answer();
    std::string owner = "example.org";
    for (std::size_t i = 1; i <= links; ++i) {
        auto const target = 'n' + std::to_string(i) + ".example.org";
        m.cname(owner, 60, target);
        owner = target;
    }
    return m.a(owner, 60, good).bytes();
}

/// Returns a message with another byte at one place.
octets with(octets bytes, std::size_t at, unsigned char value) {
    bytes.at(at) = value;
    return bytes;
}

octets followed_by(octets bytes, std::size_t count) {
    bytes.insert(bytes.end(), count, 'x');
    return bytes;
}

struct hostile {
    std::string_view what;
    octets bytes;
    std::string_view read_as;
    record_type type = record_type::a;
};

octets const good_answer = answer().a("example.org", 60, good).bytes();
constexpr auto mx = record_type::mx;

}  // namespace

TEST(dns_message, only_what_answers_the_question_is_used) {  // RS-055
    hostile const cases[] = {
        {"the plain answer", good_answer, "ok 192.0.2.1"},
        {"in capitals", answer().a("EXAMPLE.Org", 60, good).bytes(), "ok 192.0.2.1"},
        {"another owner", answer().a("evil.example", 60, evil).bytes(), "no_data"},
        {"another owner beside ours", answer().a("evil.example", 60, evil).a("example.org", 60, good).bytes(),
         "ok 192.0.2.1"},
        {"a name below ours", answer().a("www.example.org", 60, evil).bytes(), "no_data"},
        {"a label with a dot in it",
         answer()
             .append({11, 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g', 0}, 1, 60, {203, 0, 113, 66})
             .bytes(),
         "no_data"},
        {"another type", answer().mx("example.org", 60, 10, "mx.example.org").bytes(), "no_data"},
        {"another class", answer().of_class(3).a("example.org", 60, evil).bytes(), "no_data"},
        {"an alias of another class",
         answer()
             .of_class(3)
             .cname("example.org", 60, "evil.example")
             .of_class(1)
             .a("evil.example", 60, evil)
             .bytes(),
         "no_data"},
        {"an alias of another owner",
         answer().cname("www.example.org", 60, "evil.example").a("evil.example", 60, evil).bytes(),
         "no_data"},
        {"in the authority section", answer().in(dns_section::authority).a("example.org", 60, evil).bytes(),
         "no_data"},
        {"in the additional section", answer().in(dns_section::additional).a("example.org", 60, evil).bytes(),
         "no_data"},
        {"an alias in the additional section",
         answer()
             .a("evil.example", 60, evil)
             .in(dns_section::additional)
             .cname("example.org", 60, "evil.example")
             .bytes(),
         "no_data"},
        {"nothing but a header", {0, 7, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, "no_data"},
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

TEST(dns_message, what_is_broken_is_not_an_answer) {  // RS-055
    octets const to_itself{0xc0, 29};                 // the owner of the first record stands at byte 29
    octets const to_the_end{0xc0, 255};
    octets const to_each_other{0xc0, 31, 0xc0, 29};
    std::string_view const broken = "failed: broken answer, try elsewhere";
    std::string_view const record = "failed: broken record, try elsewhere";
    hostile const cases[] = {
        {"a question that was sent back", test::dns_query("example.org", 1), broken},
        {"an answer to no query", with(good_answer, 2, 0xa9), broken},
        {"marked as truncated", answer().truncated().a("example.org", 60, good).bytes(),
         "failed: truncated answer, try elsewhere"},
        {"marked as truncated, and empty", answer().truncated().bytes(),
         "failed: truncated answer, try elsewhere"},
        {"an owner that points to itself", answer().append(to_itself, 1, 60, {192, 0, 2, 1}).bytes(), broken},
        {"owners that point to each other", answer().append(to_each_other, 1, 60, {192, 0, 2, 1}).bytes(),
         broken},
        {"an owner that points beyond the end", answer().append(to_the_end, 1, 60, {192, 0, 2, 1}).bytes(),
         broken},
        {"a label of a kind that nobody knows", answer().append({0x80, 0}, 1, 60, {192, 0, 2, 1}).bytes(),
         broken},
        {"more records announced than there are", with(good_answer, 7, 2), broken},
        {"very many records announced", with(with(good_answer, 6, 0xff), 7, 0xff), broken},
        {"more questions announced than there are", with(good_answer, 5, 9), broken},
        {"fewer records announced than there are", with(good_answer, 7, 0), broken},
        {"bytes after the end", followed_by(good_answer, 5), broken},
        {"data that goes on beyond the end", with(good_answer, good_answer.size() - 5, 200), broken},
        {"an address of no bytes", answer().raw("example.org", 1, 60, {}).bytes(), record},
        {"an address of three bytes", answer().raw("example.org", 1, 60, {192, 0, 2}).bytes(), record},
        {"an address of five bytes", answer().raw("example.org", 1, 60, {192, 0, 2, 1, 1}).bytes(), record},
        {"an IPv6 address of four bytes",
         answer(record_type::aaaa).raw("example.org", 28, 60, {192, 0, 2, 1}).bytes(), record,
         record_type::aaaa},
        {"an exchange without a name", answer(mx).raw("example.org", 15, 60, {0, 10}).bytes(), record, mx},
        {"an exchange whose name is cut", answer(mx).raw("example.org", 15, 60, {0, 10, 5, 'm', 'x'}).bytes(),
         record, mx},
        {"an exchange whose name goes on in the next record",
         answer(mx)
             .raw("example.org", 15, 60, {0, 10, 2, 'm', 'x'})
             .mx("example.org", 60, 20, "mx.example")
             .bytes(),
         record, mx},
        {"an exchange that points to itself",
         answer(mx).raw("example.org", 15, 60, {0, 10, 0xc0, 54}).bytes(), record, mx},
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

TEST(dns_message, no_beginning_of_an_answer_is_an_answer) {
    auto const whole = answer(mx).mx("example.org", 60, 10, "mx.example.org").soa("org", 60, 60).bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        octets const cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(shown(read(cut, mx)), "failed: broken answer, try elsewhere") << size << " bytes";
    }
    EXPECT_EQ(shown(read(whole, mx)), "ok 10 mx.example.org");
}

TEST(dns_message, chains_of_aliases_end) {  // CO-022, CO-023, CO-024
    std::string_view const endless = "failed: the CNAME chain does not end";
    hostile const cases[] = {
        {"an alias of itself", answer().cname("example.org", 60, "example.org").bytes(), endless},
        {"two that are aliases of each other",
         answer().cname("example.org", 60, "b.example").cname("b.example", 60, "example.org").bytes(),
         endless},
        {"a way into a loop",
         answer().cname("example.org", 60, "b.example").cname("b.example", 60, "b.example").bytes(), endless},
        {"eight links", chain_of(8), "ok 192.0.2.1"},
        {"nine links", chain_of(9), endless},
        {"links in the wrong order",
         answer()
             .a("b.example", 60, good)
             .cname("c.example", 60, "b.example")
             .cname("example.org", 60, "c.example")
             .bytes(),
         "ok 192.0.2.1"},
        {"two aliases of one name: the first counts",
         answer()
             .cname("example.org", 60, "b.example")
             .cname("example.org", 60, "c.example")
             .a("b.example", 60, good)
             .a("c.example", 60, evil)
             .bytes(),
         "ok 192.0.2.1"},
        {"an alias without a record of its target", answer().cname("example.org", 60, "b.example").bytes(),
         "no_data, ask for b.example"},
        {"an alias whose target does not exist",
         answer().rcode(3).cname("example.org", 60, "b.example").bytes(), "no_domain"},
        {"an alias whose target points to itself", answer().raw("example.org", 5, 60, {0xc0, 52}).bytes(),
         endless},
        {"an alias without a target", answer().raw("example.org", 5, 60, {}).bytes(), endless},
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

TEST(dns_message, ttls_keep_to_their_limits) {  // RS-057
    struct life {
        std::string_view what;
        octets bytes;
        std::chrono::seconds ttl;
    };
    resolver_options const limits;
    life const cases[] = {
        {"as it says", answer().a("example.org", 300, good).bytes(), 300s},
        {"the least of all", answer().a("example.org", 300, good).a("example.org", 200, good).bytes(), 200s},
        {"the least of the chain",
         answer().cname("example.org", 100, "b.example").a("b.example", 300, good).bytes(), 100s},
        {"another owner's does not count",
         answer().a("example.org", 300, good).a("evil.example", 40, evil).bytes(), 300s},
        {"none", answer().a("example.org", 0, good).bytes(), limits.min_ttl},
        {"too long", answer().a("example.org", 864000, good).bytes(), limits.max_ttl},
        {"the longest", answer().a("example.org", 0x7fffffff, good).bytes(), limits.max_ttl},
        {"beyond the longest, which is none (RFC 2181 8)",
         answer().a("example.org", 0x80000000, good).bytes(), limits.min_ttl},
        {"a no: the SOA's own, below its minimum", answer().soa("org", 5, 3600).bytes(), 5s},
        {"a no: the SOA's minimum, below its own", answer().soa("org", 3600, 5).bytes(), 5s},
        {"a no: too long", answer().soa("org", 86400, 86400).bytes(), limits.negative_ttl},
        {"a no: none", answer().soa("org", 0, 0).bytes(), 0s},
        {"a no: without SOA", answer().bytes(), limits.negative_ttl},
        {"a no: without domain", answer().rcode(3).soa("org", 5, 3600).bytes(), 5s},
        {"a no: an SOA that is cut",
         answer().in(dns_section::authority).raw("org", 6, 5, {0, 0, 0, 1}).bytes(), limits.negative_ttl},
        {"a no: an SOA in the wrong section", answer().raw("org", 6, 5, octets(22, 0)).bytes(),
         limits.negative_ttl},
    };
    for (auto const& one : cases) EXPECT_EQ(read(one.bytes).answer.ttl, one.ttl) << one.what;
}

TEST(dns_message, what_a_server_says_of_itself) {  // CO-018
    std::pair<unsigned, std::string_view> const cases[] = {
        {0, "no_data"},
        {1, "failed: FORMERR, try elsewhere"},
        {2, "failed: SERVFAIL, try elsewhere"},
        {3, "no_domain"},
        {4, "failed: NOTIMP, try elsewhere"},
        {5, "failed: REFUSED, try elsewhere"},
        {9, "failed: rcode 9, try elsewhere"},
    };
    for (auto const& [code, read_as] : cases) EXPECT_EQ(shown(read(answer().rcode(code).bytes())), read_as);
    // What a server in trouble says besides is not believed.
    EXPECT_EQ(shown(read(answer().rcode(2).a("example.org", 60, evil).bytes())), cases[2].second);
}
