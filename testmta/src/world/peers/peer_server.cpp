#include "world/peers/peer_server.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>

#include "host/net.hpp"
#include "world/peers/peer_connection.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// A socket, in real time.
class tcp_transport final : public transport {
public:
    explicit tcp_transport(tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {
        boost::system::error_code gone;
        socket_.set_option(tcp::no_delay(true), gone);  // what a rule sends in pieces must leave in pieces
        auto const remote = socket_.remote_endpoint(gone);
        if (!gone) client_ = remote.address().to_string();
    }

    asio::awaitable<outcome> read(std::string& into, duration limit) override {
        timer_.expires_after(limit);
        timer_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled) socket_.cancel(cancelled);
        });
        into.resize(room);
        auto const where = asio::buffer(into);
        auto const [bad, count] = co_await socket_.async_read_some(where, as_value);
        // A timer that has already fired would cancel the next read.
        auto const late = timer_.cancel() == 0;
        into.resize(count);
        if (late) co_await asio::post(socket_.get_executor(), as_value);
        if (!bad) co_return outcome::octets;
        co_return bad == asio::error::operation_aborted ? outcome::quiet : outcome::ended;
    }

    asio::awaitable<bool> write(std::string_view octets) override {
        if (!socket_.is_open()) co_return false;
        auto const what = asio::buffer(octets);
        auto const [bad, count] = co_await asio::async_write(socket_, what, as_value);
        co_return !bad;
    }

    asio::awaitable<void> sleep(duration time) override { co_await testmta::sleep(time); }

    bool has_input() const override {
        boost::system::error_code gone;
        return socket_.available(gone) != 0;
    }

    void end(ending how) override {
        boost::system::error_code gone;
        if (how == ending::half_close) {
            socket_.shutdown(tcp::socket::shutdown_send, gone);
            return;
        }
        if (how == ending::reset)
            socket_.set_option(asio::socket_base::linger(true, 0), gone);
        else
            discard_input();
        socket_.close(gone);
    }

    time_point now() const override { return std::chrono::steady_clock::now(); }
    std::string client() const override { return client_; }

private:
    /// Reads what has arrived, because unread bytes would turn the close into a reset.
    void discard_input() {
        boost::system::error_code gone;
        std::array<char, room> ignored;
        while (socket_.available(gone) != 0 && !gone) socket_.read_some(asio::buffer(ignored), gone);
    }

    static constexpr std::size_t room = 4096;

    tcp::socket socket_;
    asio::steady_timer timer_;
    std::string client_;
};

asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, peer const& host, peer_memory& memory,
                                     journal& log) {
    while (acceptor.is_open()) {
        auto [bad, socket] = co_await acceptor.async_accept(as_value);
        if (bad) {
            co_await sleep(accept_retry_delay);
            continue;
        }
        auto line = std::make_unique<tcp_transport>(std::move(socket));
        serve_client(acceptor.get_executor(), std::move(line), host, memory, log);
    }
}

}  // namespace

peer_listeners::peer_listeners(asio::any_io_executor executor, std::vector<peer> const& peers,
                               std::uint16_t port) {
    // A port that is free on the first address may be taken on the next one; then another port is tried.
    auto tries = port == 0 ? 50 : 1;
    for (;;) {
        auto const bad = try_port(executor, peers, port);
        if (!bad) return;
        auto const again = bad == asio::error::address_in_use && --tries > 0;
        if (!again) throw std::runtime_error("the peers cannot listen: " + bad.message());
    }
}

boost::system::error_code peer_listeners::try_port(asio::any_io_executor const& executor,
                                                   std::vector<peer> const& peers, std::uint16_t port) {
    entries_.clear();
    fillers_.clear();
    port_ = port;
    for (auto const& host : peers) {
        if (host.port == port_state::closed) continue;
        for (auto const& address : host.addresses) {
            if (address.is_v6()) continue;
            if (auto const bad = listen(executor, host, address)) return bad;
        }
    }
    return {};
}

boost::system::error_code peer_listeners::listen(asio::any_io_executor const& executor, peer const& host,
                                                 asio::ip::address const& address) {
    auto const hole = host.port == port_state::blackhole;
    auto const queue = hole ? 0 : tcp::acceptor::max_listen_connections;
    boost::system::error_code bad;
    tcp::acceptor acceptor(executor, tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind({address, port_}, bad);
    if (!bad) acceptor.listen(queue, bad);
    if (bad) return bad;
    port_ = acceptor.local_endpoint().port();
    if (hole) bad = fill_queue(acceptor);
    entries_.push_back({std::move(acceptor), &host});
    return bad;
}

boost::system::error_code peer_listeners::fill_queue(tcp::acceptor& acceptor) {
    boost::system::error_code bad;
    auto& filler = fillers_.emplace_back(acceptor.get_executor());
    filler.connect(acceptor.local_endpoint(), bad);
    return bad;
}

void serve_peer(tcp::acceptor& acceptor, peer const& host, peer_memory& memory, journal& log) {
    if (host.port == port_state::blackhole) return;
    asio::co_spawn(acceptor.get_executor(), accept_clients(acceptor, host, memory, log), asio::detached);
}

}  // namespace testmta::world
