#include "milterproto/socket_spec.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>

namespace milterproto {
namespace {

/// As it prints itself, or the error.
std::string parsed(std::string_view text) {
    auto const spec = socket_spec::parse(text);
    return spec ? spec->to_string() : spec.error().message();
}

struct spec_case {
    char const* text;
    char const* printed;
};

// MP-257, MP-258, MP-259
TEST(socket_spec, the_ways_to_write_one) {
    for (auto const& one : {
             spec_case{"unix:/run/vouch.sock", "unix:/run/vouch.sock"},
             spec_case{"local:/run/vouch.sock", "unix:/run/vouch.sock"},
             spec_case{"UNIX:/run/vouch.sock", "unix:/run/vouch.sock"},
             spec_case{":/run/vouch.sock", "unix:/run/vouch.sock"},
             spec_case{"/run/vouch.sock", "unix:/run/vouch.sock"},
             spec_case{"/run/with:colon@and[more]", "unix:/run/with:colon@and[more]"},
             spec_case{"inet:8891", "inet:8891@127.0.0.1"},
             spec_case{"inet:8891@127.0.0.1", "inet:8891@127.0.0.1"},
             spec_case{"inet:8891@[127.0.0.1]", "inet:8891@127.0.0.1"},
             spec_case{"inet:8891@localhost", "inet:8891@127.0.0.1"},
             spec_case{"Inet:8891@localhost", "inet:8891@127.0.0.1"},
             spec_case{"inet:127.0.0.1:8891", "inet:8891@127.0.0.1"},
             spec_case{"inet:localhost:8891", "inet:8891@127.0.0.1"},
             spec_case{"inet::8891", "inet:8891@127.0.0.1"},
             spec_case{"inet:[::1]:8891", "inet6:8891@[::1]"},
             spec_case{"inet6:8891", "inet6:8891@[::1]"},
             spec_case{"inet:8891@*", "inet:8891@0.0.0.0"},
             spec_case{"inet:*:8891", "inet:8891@0.0.0.0"},
             spec_case{"inet:8891@0.0.0.0", "inet:8891@0.0.0.0"},
             spec_case{"inet6:8891@*", "inet6:8891@[::]"},
             spec_case{"inet6:*:8891", "inet6:8891@[::]"},
             spec_case{"inet6:8891@::", "inet6:8891@[::]"},
             spec_case{"inet6:8891@::ffff:127.0.0.1", "inet:8891@127.0.0.1"},
             spec_case{"inet:[::ffff:192.0.2.1]:8891", "inet:8891@192.0.2.1"},
             spec_case{"inet6:8891@[::1]", "inet6:8891@[::1]"},
             spec_case{"inet6:8891@::1", "inet6:8891@[::1]"},
             spec_case{"inet6:8891@[IPv6:::1]", "inet6:8891@[::1]"},
             spec_case{"inet6:8891@[ipv6:2001:db8::1]", "inet6:8891@[2001:db8::1]"},
             spec_case{"inet6:8891@localhost", "inet6:8891@[::1]"},
             spec_case{"inet:0@127.0.0.1", "inet:0@127.0.0.1"},
             spec_case{"inet:65535@127.0.0.1", "inet:65535@127.0.0.1"},
         }) {
        EXPECT_EQ(parsed(one.text), one.printed) << one.text;
        EXPECT_EQ(parsed(one.printed), one.printed) << "what it prints it also reads";
    }
}

// MP-261
TEST(socket_spec, what_is_no_socket) {
    auto const malformed = make_error_code(errc::socket_spec_malformed).message();
    using namespace std::string_view_literals;
    for (auto const text : {""sv,
                            "unix:"sv,
                            "unix:relative"sv,
                            "relative"sv,
                            "tcp:8891@127.0.0.1"sv,
                            "fd:"sv,
                            "fd:-1"sv,
                            "fd:x"sv,
                            "fd:3 "sv,
                            "fd:9999999999"sv,
                            "inet:"sv,
                            "inet:65536@127.0.0.1"sv,
                            "inet:-1@127.0.0.1"sv,
                            "inet:+1@127.0.0.1"sv,
                            "inet:8891@"sv,
                            "inet:8891@**"sv,
                            "inet:8891@*.0.0.0"sv,
                            "inet:8891@[*]"sv,
                            "inet:8891@no.such.name.example.org"sv,
                            "inet:8891@999.0.0.1"sv,
                            "inet:8891@[127.0.0.1"sv,
                            "inet:8891@127.0.0.1 "sv,
                            " inet:8891@127.0.0.1"sv,
                            "inet 8891"sv,
                            "inet:127.0.0.1:"sv,
                            "inet:1:2:3"sv,
                            "unix:/run/a\0b"sv,
                            "inet6:8891@[]"sv,
                            "inet7:8891"sv}) {
        EXPECT_EQ(parsed(text), malformed) << text;
    }
}

// MP-260
TEST(socket_spec, a_descriptor) {
    EXPECT_EQ(parsed("fd:3"), "fd:3");
    EXPECT_EQ(parsed("FD:0"), "fd:0");
    EXPECT_EQ(socket_spec::parse("fd:17")->descriptor(), 17);
    EXPECT_EQ(socket_spec::parse("fd:17")->family(), socket_spec::kind::descriptor);
}

// MP-262: what a name means is this machine's matter; a bare system knows none.
TEST(socket_spec, a_service_by_name) {
    auto const* const smtp = ::getservbyname("smtp", "tcp");
    for (auto const* text : {"inet:smtp@127.0.0.1", "inet:127.0.0.1:smtp", "inet:smtp"}) {
        auto const spec = socket_spec::parse(text);
        if (smtp != nullptr) {
            ASSERT_TRUE(spec) << text;
            EXPECT_EQ(spec->port(), ntohs(static_cast<std::uint16_t>(smtp->s_port))) << text;
        } else {
            EXPECT_EQ(spec.error(), errc::no_such_service) << text;
        }
    }
    EXPECT_EQ(socket_spec::parse("inet:no-such-service@127.0.0.1").error(), errc::no_such_service);
    EXPECT_EQ(socket_spec::parse("inet:x").error(), errc::no_such_service);
}

// MP-263
TEST(socket_spec, a_path_too_long) {
    std::string const longest = "/" + std::string(106, 'x');
    EXPECT_EQ(parsed("unix:" + longest), "unix:" + longest);
    EXPECT_EQ(socket_spec::parse("unix:" + longest + "x").error(), errc::socket_path_too_long);
    EXPECT_EQ(socket_spec::parse(longest + "x").error(), condition::limit);
}

TEST(socket_spec, its_endpoint_and_its_port) {
    auto const spec = socket_spec::parse("inet:0@127.0.0.1")->with_port(25);
    EXPECT_EQ(spec.port(), 25);
    EXPECT_EQ(spec.host(), "127.0.0.1");
    EXPECT_EQ(spec.to_string(), "inet:25@127.0.0.1");
    EXPECT_EQ(spec.endpoint().protocol().family(), AF_INET);
    EXPECT_EQ(socket_spec::parse("/run/x")->endpoint().protocol().family(), AF_UNIX);
}

}  // namespace
}  // namespace milterproto
