#include "callout/mailbox.hpp"

#include <gtest/gtest.h>

using namespace callout;
using namespace std::string_view_literals;

namespace {

std::string parsed(std::string_view path) {
    auto const box = mailbox::parse(path);
    return box ? box->address() : box.error().message();
}

struct good_case {
    std::string_view input, address;
};
struct bad_case {
    std::string_view input;
    errc error;
};

std::string const local_64(64, 'a'), local_84(84, 'a'), label_63(63, 'b'), label_64(64, 'b');
std::string const domain_253 = label_63 + '.' + label_63 + '.' + label_63 + '.' + std::string(61, 'c');
std::string const domain_255 = label_63 + '.' + label_63 + '.' + label_63 + '.' + std::string(63, 'c');

}  // namespace

TEST(mailbox, addresses_that_stand_in_rcpt) {
    good_case const cases[] = {
        {"ann@example.org", "ann@example.org"},
        {"<ann@example.org>", "ann@example.org"},
        {"Ann@EXAMPLE.Org", "Ann@example.org"},  // CO-002
        {"a.b+c=d@example.org", "a.b+c=d@example.org"},
        {"\"with space\"@example.org", "\"with space\"@example.org"},  // CO-003
        {"\"at@sign\"@example.org", "\"at@sign\"@example.org"},        // CO-003
        {"\"a\\\"b\\\\c\"@example.org", "\"a\\\"b\\\\c\"@example.org"},
        {"\"\"@example.org", "\"\"@example.org"},
        {"@relay.example.net,@b.example:ann@example.org", "ann@example.org"},  // CO-004
        {"<@relay.example.net:ann@example.org>", "ann@example.org"},           // CO-004
        {"ann@b\xc3\xbc"
         "cher.example",
         "ann@xn--bcher-kva.example"},  // CO-005
        {"ann@stra\xc3\x9f"
         "e.example",
         "ann@xn--strae-oqa.example"},  // CO-005, not transitional
        {"j\xc3\xbcrgen@example.org", "j\xc3\xbcrgen@example.org"},
        {"ann@[192.0.2.1]", "ann@[192.0.2.1]"},
        {"ann@[ipv6:2001:DB8::1]", "ann@[IPv6:2001:db8::1]"},
        {"ann@a-b.example", "ann@a-b.example"},
        {"ann@example.org.", "ann@example.org"},  // CO-195: an absolute name
        {"<ann@example.org.>", "ann@example.org"},
    };
    for (auto const& [input, address] : cases) EXPECT_EQ(parsed(input), address) << input;
    EXPECT_EQ(parsed(local_64 + "@example.org"), local_64 + "@example.org");
    EXPECT_EQ(parsed("a@" + domain_253), "a@" + domain_253);
}

TEST(mailbox, name_of_ascii_alone_is_left_to_dns) {
    good_case const cases[] = {
        {"ann@ab--cd.Exists.example", "ann@ab--cd.exists.example"},
        {"ann@xn--i-7iq.exists.example", "ann@xn--i-7iq.exists.example"},
        {"ann@XN--0.example", "ann@xn--0.example"},
        {"ann@1.2.example", "ann@1.2.example"},
        {"ann@a_b.Example", "ann@a_b.example"},
        {"ann@_dmarc.example", "ann@_dmarc.example"},
        {"ann@-a.b-.example", "ann@-a.b-.example"},
    };
    for (auto const& [input, address] : cases) EXPECT_EQ(parsed(input), address) << input;
}

TEST(mailbox, what_servers_take_beyond_the_letter_stays_as_it_is) {  // CO-195
    auto const bounce = "bounces+1234567-1a2b-" + std::string(60, 'x') + "=customer.example.org@example.org";
    std::string const odd[] = {"john..doe@example.org",
                               "john.@example.org",
                               ".john@example.org",
                               "..@example.org",
                               "a,b@example.org",
                               "a:b;c@example.org",
                               "a(b)@example.org",
                               "a[b]@example.org",
                               local_84 + "@example.org",
                               bounce,
                               "ann@foo_bar.example",
                               "ann@-a.example",
                               "ann@a-.example",
                               "j\xc3\xbcrgen.@example.org",
                               "ann@xn--bcher-kva.foo_bar.example"};
    for (auto const& address : odd) {
        auto const box = mailbox::parse(address);
        ASSERT_TRUE(box) << address << ": " << box.error().message();
        EXPECT_EQ(box->address(), address);
        EXPECT_FALSE(box->beyond_rfc5321().empty()) << address;
    }
    for (auto const* usual :
         {"ann@example.org", "\"a..b\"@example.org", "\".\"@example.org", "a.b-c@a-b.example",
          "ann@[192.0.2.1]", "ann@[IPv6:2001:db8::1]", "j\xc3\xbcrgen@example.org"}) {
        EXPECT_EQ(mailbox::parse(usual)->beyond_rfc5321(), "") << usual;
    }
    EXPECT_EQ(parsed("ann@b\xc3\xbc"
                     "cher.foo_bar.example"),
              "ann@xn--bcher-kva.foo_bar.example");
}

TEST(mailbox, bad_input_has_a_cause_each) {  // SE-076
    bad_case const cases[] = {
        {"", errc::address_empty},
        {"<>", errc::address_empty},  // CO-001
        {"ann", errc::address_syntax},
        {"@example.org", errc::address_syntax},
        {"ann@", errc::address_syntax},
        {"<ann@example.org", errc::address_syntax},
        {"ann@example.org>", errc::address_syntax},
        {"ann@example.org> SIZE=1", errc::address_syntax},
        {"ann smith@example.org", errc::address_syntax},
        {"ann@exa mple.org", errc::address_syntax},
        {"ann@example..org", errc::address_syntax},
        {"ann@.", errc::address_syntax},
        {"\"open@example.org", errc::address_syntax},
        {"\"a\"b@example.org", errc::address_syntax},
        {"ann@[192.0.2.300]", errc::address_syntax},
        {"ann@[2001:db8::1]", errc::address_syntax},
        {"ann@[IPv6:192.0.2.1]", errc::address_syntax},
        {"ann@[tag:value]", errc::address_syntax},
        {"a@b@example.org", errc::address_syntax},
        {"ann@example.org..", errc::address_syntax},
        {"ann@example.org. x", errc::address_syntax},
        {"ann<b@example.org", errc::address_syntax},
        {"ann>b@example.org", errc::address_syntax},
        {"a\"b@example.org", errc::address_syntax},
        {"a\\@example.org", errc::address_syntax},
        {"a\\b@example.org", errc::address_syntax},
        {"ann@a;b.example", errc::address_syntax},
        {"ann@a,b.example", errc::address_syntax},
        {"ann\r\nRCPT TO:<b@example.org>@example.org", errc::address_control_character},
        {"ann@example.org\r\nDATA", errc::address_control_character},
        {"ann\n@example.org", errc::address_control_character},
        {"ann\0@example.org"sv, errc::address_control_character},
        {"\"a\rb\"@example.org", errc::address_control_character},
        {"\"a\tb\"@example.org", errc::address_control_character},
        {"ann\x7f@example.org", errc::address_control_character},
        {"ann\xc2\x85@example.org", errc::address_syntax},      // U+0085, a C1 control
        {"ann\xff@example.org", errc::address_syntax},          // no UTF-8
        {"ann\xc0\xaf@example.org", errc::address_syntax},      // overlong
        {"ann\xed\xa0\x80@example.org", errc::address_syntax},  // a surrogate
        {"ann@localhost", errc::domain_single_label},
        {"ann@\xe2\x98\xba-.example", errc::domain_not_idna},
        {"ann@a.\xef\xbc\x9c.example", errc::domain_not_idna},  // U+FF1C maps to <
        {"ann@a.\xef\xbf\xbd", errc::domain_not_idna},          // U+FFFD, CO-005
        // U+034F maps to nothing: what is left would be "xn--bn-xka." and "xn--bn-xka..example".
        {"ann@b\xc3\xbcn.\xcd\x8f", errc::domain_not_idna},
        {"ann@b\xc3\xbcn.\xcd\x8f.example", errc::domain_not_idna},
    };
    for (auto const& [input, error] : cases) {
        EXPECT_EQ(parsed(input), make_error_code(error).message()) << ::testing::PrintToString(input);
    }
    EXPECT_TRUE(mailbox::parse(std::string(308, 'a') + "@example.org"));
    EXPECT_EQ(mailbox::parse(std::string(309, 'a') + "@example.org").error(), errc::address_too_long);
    // It counts as servers hear it, and a domain in A-labels is longer.
    EXPECT_EQ(mailbox::parse(std::string(312, 'a') + "@n\xc3\xbc.n").error(), errc::address_too_long);
    EXPECT_TRUE(mailbox::parse(std::string(300, 'a') + "@n\xc3\xbc.n"));
    EXPECT_EQ(mailbox::parse("a@" + label_64 + ".example").error(), errc::label_too_long);  // CO-009
    EXPECT_EQ(mailbox::parse("a@" + domain_255).error(), errc::domain_too_long);
}

TEST(mailbox, parts) {
    auto const box = mailbox::parse("\"a b\"@Example.ORG").value();
    EXPECT_EQ(box.local_part(), "\"a b\"");
    EXPECT_EQ(box.domain(), "example.org");
    EXPECT_FALSE(box.is_literal());
    EXPECT_FALSE(box.needs_smtputf8());
    EXPECT_FALSE(box.literal());
    EXPECT_TRUE(mailbox::parse("j\xc3\xbcrgen@example.org")->needs_smtputf8());
    EXPECT_FALSE(mailbox::parse("ann@b\xc3\xbc"
                                "cher.example")
                     ->needs_smtputf8());
    EXPECT_EQ(mailbox::parse("ann@[IPv6:2001:db8::1]")->literal()->to_string(), "2001:db8::1");
}

TEST(mailbox, long_input_is_no_burden) {
    EXPECT_FALSE(mailbox::parse(std::string(1 << 20, 'a')));
    EXPECT_FALSE(mailbox::parse(std::string(1 << 20, '"')));
    EXPECT_FALSE(mailbox::parse("a@" + std::string(1 << 20, '-')));
    std::string route;
    for (int i = 0; i < 50000; ++i) route += i ? ",@a.b" : "@a.b";
    EXPECT_FALSE(mailbox::parse(route));
}
