// How an answer of the domain name system is read when its sender is careless or hostile.

#include "system/dns_message.hpp"

#include <gtest/gtest.h>

#include "core/dns_wire.hpp"
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
std::string_view const broken = "failed: broken answer, try elsewhere";

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
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

TEST(dns_message, another_question_was_not_asked) {  // RS-055, CO-210
    auto const to = [](std::string_view name, record_type type) {
        auto const query = test::dns_query(name, static_cast<unsigned>(type));
        return callout_dns_message(query).a("example.org", 60, evil).bytes();
    };
    auto const a = record_type::a;
    std::size_t const class_at = 12 + 13 + 2;  // the header, the name, the type
    hostile const cases[] = {
        {"ours", to("example.org", a), "ok 203.0.113.66"},
        {"ours in capitals", to("eXAMPLE.ORG", a), "ok 203.0.113.66"},
        {"another name", to("example.net", a), broken},
        {"a name above ours", to("org", a), broken},
        {"a name below ours", to("www.example.org", a), broken},
        {"the root", to("", a), broken},
        {"another type", to("example.org", record_type::aaaa), broken},
        {"another class", with(good_answer, class_at + 1, 3), broken},
        {"none", {0, 7, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, broken},
        {"none is announced", with(good_answer, 5, 0), broken},
        {"two", with(good_answer, 5, 2), broken},
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

TEST(dns_message, what_is_broken_is_not_an_answer) {  // RS-055
    octets const to_itself{0xc0, 29};                 // the owner of the first record stands at byte 29
    octets const to_the_end{0xc0, 255};
    octets const to_each_other{0xc0, 31, 0xc0, 29};
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
         answer(mx).raw("example.org", 15, 60, {0, 10, 0xc0, 54}).bytes(), broken, mx},
        {"an exchange with something after its name",
         answer(mx).raw("example.org", 15, 60, {0, 10, 1, 'm', 0, 0}).bytes(), record, mx},
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
         broken},
        {"an alias without a target", answer().raw("example.org", 5, 60, {}).bytes(),
         "failed: broken record, try elsewhere"},
        {"an alias of a name that cannot be a host's",
         answer().cname("example.org", 60, "a b.example").bytes(),
         "failed: an alias of a name that cannot be a host's"},
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

TEST(dns_message, what_a_server_says_of_itself) {  // CO-018, CO-210
    constexpr std::array named{"", "FORMERR", "SERVFAIL", "", "NOTIMP", "REFUSED"};
    for (unsigned code = 0; code < 16; ++code) {
        auto const name = code < named.size() ? std::string(named.at(code)) : "rcode " + std::to_string(code);
        auto const read_as = code == 0   ? "no_data"
                             : code == 3 ? "no_domain"
                                         : "failed: " + name + ", try elsewhere";
        auto const reading = read(answer().rcode(code).bytes());
        EXPECT_EQ(shown(reading), read_as);
        EXPECT_EQ(reading.try_without_edns, code == 1 || code == 4);
        if (code == 0 || code == 3) continue;
        // What a server in trouble says besides is not believed.
        EXPECT_EQ(shown(read(answer().rcode(code).a("example.org", 60, evil).bytes())), read_as);
    }
}

TEST(dns_message, upper_bits_of_what_a_server_says_are_in_its_opt_record) {  // CO-212
    auto const extended = [](unsigned code) {
        return answer()
            .rcode(code & 15)
            .in(dns_section::additional)
            .append({0}, 41, code >> 4 << 24, {})
            .bytes();
    };
    EXPECT_EQ(shown(read(extended(0))), "no_data");
    EXPECT_EQ(shown(read(extended(3))), "no_domain");
    EXPECT_EQ(shown(read(extended(16))), "failed: BADVERS, try elsewhere");
    EXPECT_TRUE(read(extended(16)).try_without_edns);
    EXPECT_EQ(shown(read(extended(19))), "failed: rcode 19, try elsewhere");
}

TEST(dns_message, counts_only_by_its_header) {  // CO-210
    struct bit {
        std::string_view what;
        std::size_t octet;
        unsigned char mask;
        std::string_view set, clear;  ///< what an answer with it, and without it, is read as
    };
    std::string_view const counts = "counts", truncated = "failed: truncated answer, try elsewhere";
    bit const bits[] = {
        {"QR", 2, 0x80, counts, broken},
        {"opcode, first bit", 2, 0x40, broken, counts},
        {"opcode, second bit", 2, 0x20, broken, counts},
        {"opcode, third bit", 2, 0x10, broken, counts},
        {"opcode, fourth bit", 2, 0x08, broken, counts},
        {"AA", 2, 0x04, counts, counts},
        {"TC", 2, 0x02, truncated, counts},
        {"RD", 2, 0x01, counts, counts},
        {"RA", 3, 0x80, counts, "failed: the name server does not recurse, try elsewhere"},
        {"Z", 3, 0x40, counts, counts},
        {"AD", 3, 0x20, counts, counts},
        {"CD", 3, 0x10, counts, counts},
    };
    std::pair<octets, std::string_view> const answers[] = {
        {good_answer, "ok 192.0.2.1"},
        {answer().soa("org", 60, 60).bytes(), "no_data"},
        {answer().bytes(), "no_data"},
        {answer().rcode(3).soa("org", 60, 60).bytes(), "no_domain"},
        {answer().rcode(3).bytes(), "no_domain"},
    };
    for (auto const& [bytes, itself] : answers) {
        for (auto const& one : bits) {
            auto const rest = bytes[one.octet] & ~one.mask;
            auto const with_it = with(bytes, one.octet, static_cast<unsigned char>(rest | one.mask));
            auto const without = with(bytes, one.octet, static_cast<unsigned char>(rest));
            EXPECT_EQ(shown(read(with_it)), one.set == counts ? itself : one.set) << one.what << " set";
            EXPECT_EQ(shown(read(without)), one.clear == counts ? itself : one.clear) << one.what << " clear";
        }
    }
}

TEST(dns_message, referral_is_not_an_answer) {  // CO-211
    std::string_view const referral = "failed: a referral, not an answer, try elsewhere";
    auto const with_ns = [](callout_dns_message m, std::string_view owner) {
        return m.in(dns_section::authority).raw(owner, 2, 60, test::wire_name("ns.example")).bytes();
    };
    hostile const cases[] = {
        {"to the root", with_ns(answer(), ""), referral},
        {"to the zone above", with_ns(answer(), "org"), referral},
        {"to the zone itself", with_ns(answer(), "example.org"), referral},
        {"NS records beside an SOA", with_ns(answer().soa("org", 60, 60), "org"), "no_data"},
        {"NS records of another class", with_ns(answer().of_class(3), "org"), "no_data"},
        {"a name that does not exist", with_ns(answer().rcode(3), "org"), "no_domain"},
        {"an alias, whose target is asked for",
         with_ns(answer().cname("example.org", 60, "b.example"), "example"), "no_data, ask for b.example"},
        {"NS records beside the answer", with_ns(answer().a("example.org", 60, good), "org"), "ok 192.0.2.1"},
    };
    for (auto const& one : cases) EXPECT_EQ(shown(read(one.bytes, one.type)), one.read_as) << one.what;
}

namespace {

/// Answers with `count` exchanges, the first of which is worst. Their one name is written once.
octets exchanges(std::size_t count, std::string_view name) {
    auto m = answer(mx);
    auto const first = static_cast<unsigned>(m.bytes().size());
    m.raw("example.org", 16, 60, test::wire_name(name));
    auto bytes = m.bytes();
    auto const place = first + 13 + 10;  // after the owner and the fixed part
    for (std::size_t i = 0; i < count; ++i) {
        test::put16(bytes, 0xc00c);
        for (auto const value : {15u, 1u, 0u, 60u, 4u}) test::put16(bytes, value);
        test::put16(bytes, static_cast<unsigned>(count - i));
        test::put16(bytes, 0xc000 | place);
    }
    auto const records = static_cast<unsigned>(count + 1);
    bytes[6] = static_cast<unsigned char>(records >> 8);
    bytes[7] = static_cast<unsigned char>(records);
    return bytes;
}

}  // namespace

TEST(dns_message, only_what_can_be_used_is_kept) {  // CO-213
    auto const many = read(exchanges(4000, "mx.example"), mx).answer;
    ASSERT_EQ(many.exchanges.size(), 20u);
    EXPECT_EQ(many.exchanges.front().preference, 1);
    EXPECT_EQ(many.exchanges.back().preference, 20);
    EXPECT_EQ(many.left_out, 3980u);

    auto addresses = answer();
    for (unsigned char i = 0; i < 200; ++i) addresses.a("example.org", 60, {192, 0, 2, i});
    auto const hosts = read(addresses.bytes()).answer;
    EXPECT_EQ(hosts.addresses.size(), 40u);
    EXPECT_EQ(hosts.left_out, 160u);
}

TEST(dns_message, name_that_cannot_be_a_host_is_left_out) {  // CO-213
    std::string const long_label(63, 'a');
    auto const longest = long_label + '.' + long_label + '.' + long_label + '.' + std::string(61, 'b');
    std::pair<std::string, std::string> const cases[] = {
        {"mx.example", "ok 10 mx.example"},
        {"MX-1_2.Example", "ok 10 mx-1_2.example"},
        {"", "ok 10 "},
        {longest, "ok 10 " + longest},
        {std::string("m\0x.example", 11), "ok"},
        {"m x.example", "ok"},
        {"m\nx.example", "ok"},
        {"*.example", "ok"},
        {"m\xc3\xa9.example", "ok"},
    };
    for (auto const& [name, read_as] : cases) {
        auto const reading = read(answer(mx).mx("example.org", 60, 10, name).bytes(), mx);
        EXPECT_EQ(shown(reading), read_as) << name;
        EXPECT_EQ(reading.answer.left_out, read_as == "ok" ? 1u : 0u) << name;
    }
    EXPECT_EQ(shown(read(answer(mx).mx("example.org", 60, 10, longest + 'b').bytes(), mx)), broken);
}

TEST(dns_message, steps_are_bounded_by_its_length) {  // RS-054
    auto const honest = exchanges(4000, "mx1.mail.example");
    EXPECT_LT(read(honest, mx).steps, honest.size());

    // A chain of pointers, and thousands of names that begin at its end.
    auto m = answer(mx);
    auto const first = static_cast<unsigned>(m.bytes().size());
    octets chain;
    unsigned last = 12;
    for (unsigned at = first + 11; at < 16380; at += 2) {
        test::put16(chain, 0xc000 | last);
        last = at;
    }
    auto bytes = m.append({0}, 16, 60, chain).bytes();
    unsigned records = 1;
    for (; bytes.size() < 65500; ++records) {
        test::put16(bytes, 0xc000 | last);
        for (auto const value : {15u, 1u, 0u, 60u, 4u, records, 0xc000u | last}) test::put16(bytes, value);
    }
    bytes[6] = static_cast<unsigned char>(records >> 8);
    bytes[7] = static_cast<unsigned char>(records);
    auto const reading = read(bytes, mx);
    EXPECT_EQ(shown(reading), broken);
    EXPECT_LE(reading.steps, core::dns_wire::most_steps(bytes.size()));
    EXPECT_LT(reading.steps, 3 * bytes.size());
}
