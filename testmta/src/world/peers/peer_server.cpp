#include "world/peers/peer_server.hpp"

#include <algorithm>
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

}  // namespace

/// One address of a peer.
struct peer_listeners::listener : std::enable_shared_from_this<listener> {
    listener(tcp::acceptor listening, port_state how)
        : acceptor(std::move(listening)), state(how), filler(acceptor.get_executor()) {}

    static asio::awaitable<void> accept_clients(std::shared_ptr<listener> self, finder who,
                                                peer_context const& shared) {
        while (self->acceptor.is_open()) {
            auto [bad, socket] = co_await self->acceptor.async_accept(as_value);
            if (bad) {
                co_await sleep(accept_retry_delay);
                continue;
            }
            auto played = who(self->address);
            if (!played.host) continue;  // the world was replaced just now
            auto line = std::make_unique<tcp_transport>(std::move(socket));
            serve_client(self->acceptor.get_executor(), std::move(line), std::move(played), shared);
        }
    }

    /// Fills the queue with a connection that is never accepted, so that others get no answer.
    boost::system::error_code fill_queue() {
        boost::system::error_code bad;
        filler.connect(acceptor.local_endpoint(), bad);
        return bad;
    }

    tcp::acceptor acceptor;
    asio::ip::address address = acceptor.local_endpoint().address();
    port_state state;
    tcp::socket filler;
};

struct peer_listeners::failure {
    boost::system::error_code why;
    tcp::endpoint where;
};

peer_listeners::peer_listeners(asio::any_io_executor executor, std::vector<peer> const& peers,
                               std::uint16_t port)
    : executor_(std::move(executor)), port_(port) {
    adopt(peers);
}

peer_listeners::~peer_listeners() {
    boost::system::error_code ignored;
    for (auto const& one : all_) one->acceptor.close(ignored);
}

void peer_listeners::adopt(std::vector<peer> const& peers) {
    // A port that is free on the first address may be taken on the next one; then another port is tried.
    auto const chosen = port_;
    auto tries = chosen == 0 ? 50 : 1;
    for (;;) {
        auto const [why, where] = try_port(peers);
        if (!why) return;
        port_ = chosen;
        auto const again = why == asio::error::address_in_use && --tries > 0;
        if (again) continue;
        auto const place = where.address().to_string() + ':' + std::to_string(where.port());
        throw std::runtime_error("the peers cannot listen on " + place + ": " + why.message() +
                                 "; choose another port with --port");
    }
}

peer_listeners::failure peer_listeners::try_port(std::vector<peer> const& peers) {
    listeners next;
    for (auto const& host : peers) {
        if (host.port == port_state::closed) continue;
        for (auto const& address : host.addresses) {
            if (address.is_v6()) continue;
            auto const bad = listen(host, address, next);
            if (!bad.why) continue;
            restore(next);
            return bad;
        }
    }
    for (auto const& one : all_) {
        boost::system::error_code ignored;
        if (std::ranges::find(next, one) == next.end()) one->acceptor.close(ignored);
    }
    all_ = std::move(next);
    return {};
}

peer_listeners::failure peer_listeners::listen(peer const& host, asio::ip::address const& address,
                                               listeners& into) {
    auto const before = std::ranges::find(all_, address, [](auto const& one) { return one->address; });
    if (before != all_.end() && (*before)->state == host.port) {
        into.push_back(*before);
        return {};
    }
    boost::system::error_code ignored;
    if (before != all_.end()) (*before)->acceptor.close(ignored);
    return open(address, host.port, into);
}

peer_listeners::failure peer_listeners::open(asio::ip::address const& address, port_state how,
                                             listeners& into) {
    boost::system::error_code bad;
    tcp::endpoint const here(address, port_);
    auto const is_hole = how == port_state::blackhole;
    tcp::acceptor acceptor(executor_, tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(here, bad);
    if (!bad) acceptor.listen(is_hole ? 0 : tcp::acceptor::max_listen_connections, bad);
    if (bad) return {bad, here};
    port_ = acceptor.local_endpoint().port();
    auto made = std::make_shared<listener>(std::move(acceptor), how);
    if (is_hole) bad = made->fill_queue();
    if (shared_ != nullptr) accept_at(*made);
    into.push_back(std::move(made));
    return {bad, here};
}

/// Closes what was opened for a world that cannot listen, and listens again where that was in the way.
void peer_listeners::restore(listeners const& opened) {
    boost::system::error_code ignored;
    for (auto const& one : opened) {
        if (std::ranges::find(all_, one) == all_.end()) one->acceptor.close(ignored);
    }
    listeners again;
    for (auto const& one : all_) {
        if (one->acceptor.is_open())
            again.push_back(one);
        else
            open(one->address, one->state, again);
    }
    all_ = std::move(again);
}

void peer_listeners::serve(finder who, peer_context const& shared) {
    who_ = std::move(who);
    shared_ = &shared;
    for (auto const& one : all_) accept_at(*one);
}

void peer_listeners::accept_at(listener& one) {
    if (one.state == port_state::blackhole) return;
    asio::co_spawn(executor_, listener::accept_clients(one.shared_from_this(), who_, *shared_),
                   asio::detached);
}

}  // namespace testmta::world
