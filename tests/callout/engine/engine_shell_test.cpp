#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>

#include "callout/engine.hpp"
#include "callout/system.hpp"
#include "support/callout_dns_server.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// Knows one mailbox, one command at a time.
asio::awaitable<void> serve_smtp(tcp::acceptor& listener, int& connections) {
    while (true) {
        auto [error, peer] = co_await listener.async_accept(no_throw);
        if (error) co_return;
        ++connections;
        asio::write(peer, asio::buffer("220 mx.example.org ESMTP\r\n", 26), error);
        asio::streambuf heard;
        while (true) {
            auto const [closed, size] = co_await asio::async_read_until(peer, heard, "\r\n", no_throw);
            if (closed) break;
            std::string const command(asio::buffers_begin(heard.data()),
                                      asio::buffers_begin(heard.data()) + std::ptrdiff_t(size));
            heard.consume(size);
            bool const refused = command.starts_with("RCPT") && !command.starts_with("RCPT TO:<ann@");
            std::string const reply = refused ? "550 5.1.1 no such user\r\n" : "250 ok\r\n";
            asio::write(peer, asio::buffer(reply), error);
        }
    }
}

asio::awaitable<void> ask(engine& e, std::string_view address, verification& into,
                          asio::io_context& context) {
    request what(mailbox::parse(address).value());
    into = co_await e.verify(std::move(what), std::chrono::steady_clock::now() + 1min);
    context.stop();
}

struct whole_engine : ::testing::Test {
    asio::io_context context{1};
    test::callout_dns_server dns{
        context, [](test::octets const& q, bool) {
            if (test::question_type(q) == 15)
                return test::callout_dns_message(q).mx("example.org", 60, 10, "mx.example.org").bytes();
            return test::callout_dns_message(q).a("mx.example.org", 60, {127, 0, 0, 1}).bytes();
        }};
    tcp::acceptor listener{context, endpoint(asio::ip::address_v4::loopback(), 0)};
    int connections = 0;
    std::unique_ptr<callout::clock> time = make_system_clock(context.get_executor());
    std::unique_ptr<connector> net = make_tcp_connector(context.get_executor());
    std::unique_ptr<callout::random> chance = make_system_random();
    std::unique_ptr<resolver> names;
    std::unique_ptr<engine> asked;

    void SetUp() override {
        resolver_options servers;
        servers.servers.push_back(dns.endpoint());
        names = make_cares_resolver(context.get_executor(), servers);
        engine_options options;
        options.port = listener.local_endpoint().port();
        options.helo = test::helo("mail.example.net");
        options.use_ipv6 = false;
        options.dns_total = 1min;  // nothing here ends because the machine is slow
        options.soft = options.hard;
        options.session_idle = 1h;
        options.destinations.allow.push_back(network::parse("127.0.0.0/8").value());
        asked = std::make_unique<engine>(context.get_executor(), world{*time, *net, *names, *chance, nullptr},
                                         options);
        asio::co_spawn(context, serve_smtp(listener, connections), asio::detached);
    }

    verification verify(std::string_view address) {
        verification v;
        asio::co_spawn(context, ask(*asked, address, v, context), asio::detached);
        context.restart();
        context.run();
        return v;
    }
};

}  // namespace

TEST_F(whole_engine, asks_over_real_sockets) {  // CO-067, CO-070, CO-128
    auto const known = verify("ann@example.org");
    EXPECT_EQ(known.status, status::pass) << known.message;
    EXPECT_EQ(known.poll.host, "mx.example.org [127.0.0.1]");
    auto const unknown = verify("bob@example.org");
    EXPECT_EQ(unknown.status, status::fail);
    EXPECT_EQ(unknown.message, "550 5.1.1 no such user");
    EXPECT_EQ(verify("ann@example.org").cached, freshness::cached);
    EXPECT_EQ(connections, 1);  // the second question went over the first one's session
}
