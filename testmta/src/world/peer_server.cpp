#include "peer_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>

#include "net.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// As an honest server waits for a command (RFC 5321 4.5.3.2.7).
constexpr std::chrono::minutes idle_limit{5};

/// The shell of one visit: reads, asks the visit, and does what it says in order.
class connection : public std::enable_shared_from_this<connection> {
public:
    connection(tcp::socket socket, peer const& host, peer_memory& memory, journal& log)
        : socket_(std::move(socket)),
          idle_(socket_.get_executor()),
          host_(host),
          log_(log),
          number_(log.next_connection()),
          client_(client_address()),
          visit_(host, memory, client_) {}

    static asio::awaitable<void> run(std::shared_ptr<connection> self) {
        self->record(journal::direction::connected, self->client_);
        auto const greeting = self->visit_.arrive(std::chrono::steady_clock::now());
        auto open = co_await self->perform(greeting);
        while (open) {
            open = co_await self->read();
            while (open) {
                auto const turn = self->visit_.next(std::chrono::steady_clock::now());
                if (!turn) break;
                self->record(journal::direction::received, turn->heard);
                open = co_await self->perform(turn->effects);
            }
        }
        self->idle_.cancel();
        self->record(journal::direction::closed, "");
    }

private:
    std::string client_address() const {
        boost::system::error_code gone;
        auto const remote = socket_.remote_endpoint(gone);
        return gone ? "" : remote.address().to_string();
    }

    void record(journal::direction way, std::string_view line) {
        log_.record(number_, host_.name, way, line);
    }

    asio::awaitable<bool> read() {
        idle_.expires_after(idle_limit);
        idle_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
            if (!cancelled) self->socket_.close();
        });
        auto const [bad, count] = co_await socket_.async_read_some(asio::buffer(room_), as_value);
        idle_.cancel();
        visit_.feed(std::string_view(room_, count));
        co_return !bad;
    }

    /// Is the connection open afterwards?
    asio::awaitable<bool> perform(std::vector<effect> const& effects) {
        for (auto const& one : effects) {
            auto open = true;
            if (auto const* pause = std::get_if<wait>(&one)) {
                co_await sleep(pause->time);
            } else if (auto const* octets = std::get_if<sending>(&one)) {
                open = co_await send(*octets);
            } else {
                open = end(std::get<ending>(one));
            }
            if (!open) co_return false;
        }
        co_return true;
    }

    asio::awaitable<bool> send(sending const& what) {
        record_lines(what.octets);
        auto const step = what.pace.octets == 0 ? what.octets.size() : what.pace.octets;
        for (std::string_view rest = what.octets; !rest.empty();) {
            auto const part = rest.substr(0, step);
            auto const [bad, count] = co_await asio::async_write(socket_, asio::buffer(part), as_value);
            if (bad) co_return false;
            rest.remove_prefix(count);
            if (!rest.empty()) co_await sleep(what.pace.gap);
        }
        co_return true;
    }

    bool end(ending how) {
        boost::system::error_code gone;
        if (how == ending::half_close) {
            socket_.shutdown(tcp::socket::shutdown_send, gone);
            return true;
        }
        if (how == ending::reset) socket_.set_option(asio::socket_base::linger(true, 0), gone);
        socket_.close(gone);
        return false;
    }

    void record_lines(std::string_view octets) {
        while (!octets.empty()) {
            auto const end = octets.find("\r\n");
            record(journal::direction::sent, octets.substr(0, end));
            octets.remove_prefix(end == std::string_view::npos ? octets.size() : end + 2);
        }
    }

    tcp::socket socket_;
    asio::steady_timer idle_;
    peer const& host_;
    journal& log_;
    std::uint64_t number_;
    std::string client_;
    visit visit_;
    char room_[4096];
};

asio::awaitable<void> accept_visitors(tcp::acceptor& acceptor, peer const& host, peer_memory& memory,
                                      journal& log) {
    while (acceptor.is_open()) {
        auto [bad, socket] = co_await acceptor.async_accept(as_value);
        if (bad) {
            co_await sleep(accept_again);
            continue;
        }
        socket.set_option(tcp::no_delay(true), bad);  // what a rule sends in pieces leaves in pieces
        auto visitor = std::make_shared<connection>(std::move(socket), host, memory, log);
        asio::co_spawn(acceptor.get_executor(), connection::run(std::move(visitor)), asio::detached);
    }
}

}  // namespace

peer_listeners::peer_listeners(asio::any_io_executor executor, std::vector<peer> const& peers,
                               std::uint16_t port) {
    // A port that is free on the first address may be taken on the next one; another will do.
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
    port_ = port;
    boost::system::error_code bad;
    for (auto const& host : peers) {
        for (auto const& address : host.addresses) {
            tcp::acceptor acceptor(executor, tcp::v4());
            acceptor.set_option(tcp::acceptor::reuse_address(true));
            acceptor.bind({address, port_}, bad);
            if (!bad) acceptor.listen(tcp::acceptor::max_listen_connections, bad);
            if (bad) return bad;
            port_ = acceptor.local_endpoint().port();
            entries_.push_back({std::move(acceptor), &host});
        }
    }
    return bad;
}

void serve_peer(tcp::acceptor& acceptor, peer const& host, peer_memory& memory, journal& log) {
    asio::co_spawn(acceptor.get_executor(), accept_visitors(acceptor, host, memory, log), asio::detached);
}

}  // namespace testmta::world
