#include "callout/testing/memory_net.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "callout/testing/memory_world.hpp"
#include "callout/testing/stream_pair.hpp"
#include "support/callout_address.hpp"

using callout::errc;
using callout::testing::memory_world;
using callout::testing::scripted_peer;
using namespace std::chrono_literals;

namespace {

/// A client without an engine.
class a_net : public ::testing::Test {
public:
    using stream = std::unique_ptr<callout::stream>;

    callout::result<stream> connect(std::string_view address,
                                    std::optional<callout::ip_address> source = std::nullopt) {
        begun = world.clock.now();
        auto const until = begun + 30s;
        return world.run(net.connect(callout::endpoint(test::ip(address), 25), source, until));
    }
    std::string read(stream const& from, std::chrono::seconds budget = 30s) {
        begun = world.clock.now();
        std::string into(4096, '\0');
        std::span<char> const room(into);
        auto const size = world.run(from->read_some(room, begun + budget));
        if (!size) return '(' + size.error().message() + ')';
        into.resize(*size);
        return into;
    }
    bool write(stream const& to, std::string_view bytes) {
        return world.run(to->write(bytes, world.clock.now() + 30s)).has_value();
    }
    std::chrono::nanoseconds took() const { return world.clock.now() - begun; }

    memory_world world;
    callout::testing::memory_net& net = world.net;
    callout::steady_time begun;
};

std::string in_parentheses(errc why) {
    return '(' + make_error_code(why).message() + ')';
}

/// Says to its client, in capitals, what it hears.
boost::asio::awaitable<void> shout(std::unique_ptr<callout::testing::memory_stream> line) {
    constexpr auto for_ever = callout::steady_time::max();
    std::string room(100, '\0');
    while (true) {
        std::span<char> const where(room);
        auto const size = co_await line->read_some(where, for_ever);
        if (!size) co_return;
        std::string louder;
        for (std::size_t i = 0; i < *size; ++i) louder += static_cast<char>(std::toupper(room[i]));
        auto const written = co_await line->write(louder, for_ever);
        if (!written) co_return;
    }
}

}  // namespace

TEST_F(a_net, where_there_is_no_server_nobody_answers) {
    EXPECT_EQ(connect("192.0.2.1").error(), errc::timed_out);
    EXPECT_EQ(took(), 30s);
}

TEST_F(a_net, connection_fails_as_it_was_told_to) {
    net.refuse("192.0.2.1", errc::refused);
    net.refuse("192.0.2.2", errc::unreachable);
    EXPECT_EQ(connect("192.0.2.1").error(), errc::refused);
    EXPECT_EQ(connect("192.0.2.2").error(), errc::unreachable);
    EXPECT_EQ(took(), 0s);
    net.put("192.0.2.1", scripted_peer());
    EXPECT_TRUE(connect("192.0.2.1")) << "a server takes the place of the refusal";
}

TEST_F(a_net, slow_connection_takes_its_time) {
    net.put("192.0.2.1", scripted_peer().delay_connections(29s));
    net.put("192.0.2.2", scripted_peer().delay_connections(31s));
    EXPECT_TRUE(connect("192.0.2.1"));
    EXPECT_EQ(took(), 29s);
    EXPECT_EQ(connect("192.0.2.2").error(), errc::timed_out);
    EXPECT_EQ(took(), 30s);
}

TEST_F(a_net, remembers_what_was_wanted_and_said) {
    net.put("192.0.2.1", scripted_peer().offer_tls());
    auto const one = connect("192.0.2.1", test::ip("192.0.2.99")).value();
    auto const two = connect("192.0.2.1").value();
    EXPECT_EQ(one->local().address(), test::ip("192.0.2.99"));
    EXPECT_TRUE(write(one, "EHLO a\r\n"));
    EXPECT_TRUE(write(two, "EHLO b\r\n"));
    callout::tls_wish const wish("mx.example.org", callout::tls_version::v1_2);
    EXPECT_TRUE(world.run(one->start_tls(wish, world.clock.now() + 30s)));
    EXPECT_TRUE(write(one, "QUIT\r\n"));
    auto const three = connect("192.0.2.1").value();
    EXPECT_EQ(net.connects, std::vector<std::string>(3, "192.0.2.1"));
    EXPECT_EQ(net.connections[0].to.port(), 25);
    EXPECT_EQ(net.connections[0].source, test::ip("192.0.2.99"));
    EXPECT_EQ(net.connections[0].heard, "EHLO a\r\nQUIT\r\n");
    EXPECT_EQ(net.connections[0].wish->server_name, "mx.example.org");
    EXPECT_EQ(net.connections[1].heard, "EHLO b\r\n");
    EXPECT_FALSE(net.connections[1].wish);
    EXPECT_EQ(net.heard,
              (std::vector<std::string>{"EHLO a\r\n", "EHLO b\r\n", "(TLS mx.example.org)", "QUIT\r\n"}));
    EXPECT_EQ(net.most_open, 2u) << "the first has said QUIT before the third came";
}

TEST_F(a_net, server_may_be_a_coroutine_of_the_test) {
    net.put("192.0.2.1", [&](callout::testing::connection const& mine) -> a_net::stream {
        auto [near, far] = callout::testing::make_stream_pair(world.clock, {}, mine.to);
        boost::asio::co_spawn(world.context, shout(std::move(far)), boost::asio::detached);
        return std::move(near);
    });
    auto const line = connect("192.0.2.1").value();
    EXPECT_TRUE(write(line, "helo"));
    EXPECT_EQ(read(line), "HELO");
    EXPECT_EQ(net.connections[0].heard, "helo");
}

TEST_F(a_net, peer_answers_by_the_longest_beginning_that_fits) {
    net.put("192.0.2.1", scripted_peer("220 hi\r\n")
                             .on("RCPT", "250 ok\r\n")
                             .on("RCPT TO:<ghost", "550 no\r\n")
                             .on("VRFY", std::string("\0garbage", 8)));
    auto const line = connect("192.0.2.1").value();
    EXPECT_EQ(read(line), "220 hi\r\n");
    EXPECT_TRUE(write(line, "RCPT TO:<ann@example.org>\r\nRCPT TO:<ghost@example.org>\r\nNOOP\r\n"));
    EXPECT_EQ(read(line), "250 ok\r\n550 no\r\n500 what?\r\n");
    EXPECT_TRUE(write(line, "VRFY ann\r\n"));
    EXPECT_EQ(read(line), std::string("\0garbage", 8));
}

TEST_F(a_net, delayed_answer_is_not_overtaken_by_the_next_one) {
    net.put("192.0.2.1", scripted_peer().delay("greeting", 2s).delay("MAIL", 5s));
    auto const line = connect("192.0.2.1").value();
    EXPECT_EQ(line->pending(), callout::unread::nothing);
    EXPECT_EQ(read(line), "220 mx.example.org ESMTP\r\n");
    EXPECT_EQ(took(), 2s);
    EXPECT_TRUE(write(line, "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.org>\r\n"));
    EXPECT_EQ(line->pending(), callout::unread::bytes);
    EXPECT_EQ(read(line), "250 ok\r\n");
    EXPECT_EQ(took(), 0s);
    EXPECT_EQ(read(line, 4s), in_parentheses(errc::timed_out));
    EXPECT_EQ(read(line), "250 2.1.0 ok\r\n250 2.1.5 ok\r\n");
    EXPECT_EQ(took(), 1s);
}

TEST_F(a_net, peer_hangs_up_after_its_answer) {
    net.put("192.0.2.1", scripted_peer().hang_up_after("RCPT").delay("RCPT", 3s));
    auto const line = connect("192.0.2.1").value();
    EXPECT_EQ(read(line), "220 mx.example.org ESMTP\r\n");
    EXPECT_TRUE(write(line, "RCPT TO:<ann@example.org>\r\n"));
    EXPECT_FALSE(write(line, "QUIT\r\n"));
    EXPECT_EQ(line->pending(), callout::unread::nothing) << "the answer is on its way";
    EXPECT_EQ(read(line), "250 2.1.5 ok\r\n");
    EXPECT_EQ(line->pending(), callout::unread::end);
    EXPECT_EQ(read(line), in_parentheses(errc::closed));
}
