#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "callout/system.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct exchange {
    std::optional<boost::system::error_code> connect, read, write;
    std::string text;
    steady_time read_until, read_at;  ///< the deadline of the read, and its end
};

/// For what happens at once, however slow the machine is.
steady_time soon() {
    return std::chrono::steady_clock::now() + 1min;
}

asio::awaitable<void> talk(connector& net, endpoint to, std::string send,
                           std::optional<std::chrono::milliseconds> timeout, exchange& o) {
    auto connected = co_await net.connect(to, std::nullopt, soon());
    o.connect = connected ? boost::system::error_code() : connected.error();
    if (!connected) co_return;
    auto const peer = *std::move(connected);
    auto const written = co_await peer->write(send, soon());
    o.write = written ? boost::system::error_code() : written.error();
    std::array<char, 100> buffer;
    std::span<char> const into(buffer);
    o.read_until = timeout ? std::chrono::steady_clock::now() + *timeout : soon();
    auto const got = co_await peer->read_some(into, o.read_until);
    o.read_at = std::chrono::steady_clock::now();
    o.read = got ? boost::system::error_code() : got.error();
    if (got) o.text.assign(buffer.data(), *got);
}

struct tcp_connector : ::testing::Test {
    asio::io_context context{1};
    tcp::acceptor listener{context, endpoint(asio::ip::address_v4::loopback(), 0)};
    std::unique_ptr<connector> net = make_tcp_connector(context.get_executor());

    /// `timeout` is for the read.
    exchange run(endpoint to, std::optional<std::chrono::milliseconds> timeout = {}) {
        exchange o;
        asio::co_spawn(context, talk(*net, to, "hello", timeout, o), asio::detached);
        context.run();
        return o;
    }
};

}  // namespace

TEST_F(tcp_connector, carries_bytes_both_ways) {
    std::string heard(5, ' ');
    listener.async_accept([&](boost::system::error_code, tcp::socket peer) {
        asio::read(peer, asio::buffer(heard));
        asio::write(peer, asio::buffer("world", 5));
    });
    auto const o = run(listener.local_endpoint());
    EXPECT_EQ(o.text, "world");
    EXPECT_EQ(heard, "hello");
}

TEST_F(tcp_connector, nobody_listening_is_refused) {  // CO-118
    auto const to = listener.local_endpoint();
    listener.close();
    EXPECT_EQ(run(to).connect, make_error_code(errc::refused));
}

TEST_F(tcp_connector, silence_ends_at_the_deadline) {  // CO-132
    std::optional<tcp::socket> kept;
    listener.async_accept([&](boost::system::error_code, tcp::socket peer) { kept = std::move(peer); });
    auto const o = run(listener.local_endpoint(), 50ms);
    EXPECT_EQ(o.read, make_error_code(errc::timed_out));
    EXPECT_GE(o.read_at, o.read_until);
}

TEST_F(tcp_connector, end_of_file_is_closed) {  // CO-096
    listener.async_accept([](boost::system::error_code, tcp::socket peer) {
        std::array<char, 5> heard;
        asio::read(peer, asio::buffer(heard));
    });
    EXPECT_EQ(run(listener.local_endpoint()).read, make_error_code(errc::closed));
}

TEST_F(tcp_connector, reset_is_closed) {
    listener.async_accept(
        [](boost::system::error_code, tcp::socket peer) { peer.set_option(tcp::socket::linger(true, 0)); });
    EXPECT_EQ(run(listener.local_endpoint()).read, make_error_code(errc::closed));
}

TEST_F(tcp_connector, foreign_source_address_is_our_own_fault) {  // CO-176, CO-191
    exchange o;
    auto const connect = [](connector& c, endpoint to, exchange& into) -> asio::awaitable<void> {
        std::optional<ip_address> const source(asio::ip::make_address("192.0.2.1"));
        auto const connected = co_await c.connect(to, source, soon());
        into.connect = connected.error();
    };
    asio::co_spawn(context, connect(*net, listener.local_endpoint(), o), asio::detached);
    context.run();
    EXPECT_EQ(o.connect, make_error_code(errc::source_not_here));
}

TEST_F(tcp_connector, connection_leaves_from_the_source_address) {  // CO-176
    std::optional<endpoint> seen;
    listener.async_accept(
        [&](boost::system::error_code, tcp::socket peer) { seen = peer.remote_endpoint(); });
    auto const connect = [](connector& c, endpoint to) -> asio::awaitable<void> {
        std::optional<ip_address> const source(asio::ip::make_address("127.0.0.2"));
        auto const connected = co_await c.connect(to, source, soon());
        EXPECT_TRUE(connected.has_value());
    };
    asio::co_spawn(context, connect(*net, listener.local_endpoint()), asio::detached);
    context.run();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->address().to_string(), "127.0.0.2");
}

TEST_F(tcp_connector, kernel_tells_which_addresses_are_ours) {  // RS-049
    EXPECT_TRUE(net->leads_home(asio::ip::make_address("127.0.0.1")));
    EXPECT_TRUE(net->leads_home(asio::ip::make_address("127.1.2.3")));
    for (auto const* elsewhere : {"192.0.2.1", "2001:db8::1", "224.0.0.1"})
        EXPECT_FALSE(net->leads_home(asio::ip::make_address(elsewhere))) << elsewhere;
}
