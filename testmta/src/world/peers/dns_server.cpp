#include "world/peers/dns_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>

#include "host/net.hpp"
#include "world/peers/dns_lookup.hpp"

namespace testmta::world::dns {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using udp = asio::ip::udp;

constexpr std::chrono::seconds tcp_idle_limit{30};

template <class Endpoint>
std::string name_of(Endpoint const& from) {
    return from.address().to_string() + ' ' + std::to_string(from.port());
}

asio::awaitable<void> send_late(udp::socket& socket, udp::endpoint to, std::string message, duration delay) {
    if (delay.count() != 0) co_await sleep(delay);
    co_await socket.async_send_to(asio::buffer(message), to, as_value);
}

asio::awaitable<void> serve_udp(udp::socket& socket, std::vector<zone> const& zones, memory& earlier) {
    char room[tcp_limit];
    udp::endpoint from;
    while (socket.is_open()) {
        auto const [bad, count] = co_await socket.async_receive_from(asio::buffer(room), from, as_value);
        auto asked = bad ? std::nullopt : read_query(std::string_view(room, count));
        if (!asked) continue;
        asked->client = "udp " + name_of(from);
        auto found = look_up(zones, *asked, earlier);
        if (found.silent) continue;
        auto const limit = found.truncated_over_udp ? 0 : asked->udp_limit;
        auto message = write_response(*asked, found.response, limit);
        // A slow answer must not delay the next question.
        asio::co_spawn(socket.get_executor(), send_late(socket, from, std::move(message), found.delay),
                       asio::detached);
    }
}

/// One TCP client. Each message begins with its length in two bytes (RFC 1035 4.2.2).
class tcp_client : public std::enable_shared_from_this<tcp_client> {
public:
    tcp_client(tcp::socket socket, std::vector<zone> const& zones, memory& earlier)
        : socket_(std::move(socket)), idle_(socket_.get_executor()), zones_(zones), earlier_(earlier) {
        boost::system::error_code gone;
        auto const from = socket_.remote_endpoint(gone);
        if (!gone) client_ = "tcp " + name_of(from);
    }

    static asio::awaitable<void> run(std::shared_ptr<tcp_client> self) {
        while (co_await self->read()) {
            auto asked = read_query(self->message_);
            if (!asked) break;
            asked->client = self->client_;
            auto const found = look_up(self->zones_, *asked, self->earlier_);
            if (found.silent) continue;
            if (found.delay.count() != 0) co_await sleep(found.delay);
            auto const sent = co_await self->write(write_response(*asked, found.response, tcp_limit));
            if (!sent) break;
        }
        self->idle_.cancel();
    }

private:
    asio::awaitable<bool> read() {
        idle_.expires_after(tcp_idle_limit);
        idle_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
            if (!cancelled) self->socket_.close();
        });
        unsigned char size[2];
        auto const [no_size, size_octets] = co_await asio::async_read(socket_, asio::buffer(size), as_value);
        if (no_size) co_return false;
        message_.resize(std::size_t{size[0]} << 8 | size[1]);
        auto const [bad, count] = co_await asio::async_read(socket_, asio::buffer(message_), as_value);
        co_return !bad;
    }

    asio::awaitable<bool> write(std::string message) {
        auto const size = message.size();
        message.insert(0, {static_cast<char>(size >> 8), static_cast<char>(size & 0xff)});
        auto const [bad, count] = co_await asio::async_write(socket_, asio::buffer(message), as_value);
        co_return !bad;
    }

    tcp::socket socket_;
    asio::steady_timer idle_;
    std::vector<zone> const& zones_;
    memory& earlier_;
    std::string client_;
    std::string message_;
};

asio::awaitable<void> serve_tcp(tcp::acceptor& acceptor, std::vector<zone> const& zones, memory& earlier) {
    while (acceptor.is_open()) {
        auto [bad, socket] = co_await acceptor.async_accept(as_value);
        if (bad) {
            co_await sleep(accept_retry_delay);
            continue;
        }
        auto client = std::make_shared<tcp_client>(std::move(socket), zones, earlier);
        asio::co_spawn(acceptor.get_executor(), tcp_client::run(std::move(client)), asio::detached);
    }
}

}  // namespace

server::server(asio::any_io_executor executor, std::vector<zone> zones, std::uint16_t port)
    : zones_(std::move(zones)), udp_(executor), tcp_(executor) {
    auto tries = port == 0 ? 50 : 1;
    for (;;) {
        auto const bad = try_port(port);
        if (!bad) return;
        auto const again = bad == asio::error::address_in_use && --tries > 0;
        if (!again)
            throw std::runtime_error("the name server cannot listen on 127.0.0.1:" + std::to_string(port) +
                                     ": " + bad.message() + "; choose another port with --dns-port");
    }
}

boost::system::error_code server::try_port(std::uint16_t port) {
    auto const here = asio::ip::address_v4::loopback();
    boost::system::error_code bad;
    udp_.close(bad);
    tcp_.close(bad);
    udp_.open(udp::v4());
    udp_.bind({here, port}, bad);
    if (bad) return bad;
    tcp_.open(tcp::v4());
    tcp_.set_option(tcp::acceptor::reuse_address(true));
    tcp_.bind({here, this->port()}, bad);
    if (!bad) tcp_.listen(tcp::acceptor::max_listen_connections, bad);
    return bad;
}

void server::serve() {
    asio::co_spawn(udp_.get_executor(), serve_udp(udp_, zones_, earlier_), asio::detached);
    asio::co_spawn(tcp_.get_executor(), serve_tcp(tcp_, zones_, earlier_), asio::detached);
}

}  // namespace testmta::world::dns
