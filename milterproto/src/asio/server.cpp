#include "milterproto/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <list>
#include <unordered_map>

#include "session.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

/// Without descriptors accept fails at once, again and again; a pause lets sessions end and costs no CPU.
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

server_observer& nobody() {
    static server_observer instance;
    return instance;
}

/// The peer of an inet connection, an IPv4 one also where it came through an IPv6 socket; nothing for a unix
/// socket.
std::optional<asio::ip::address> address_of(asio::generic::stream_protocol::socket const& peer) {
    error_code failed;
    auto const endpoint = peer.remote_endpoint(failed);
    auto const family = failed ? AF_UNIX : endpoint.protocol().family();
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    asio::ip::tcp::endpoint inet;
    inet.resize(endpoint.size());
    std::memcpy(inet.data(), endpoint.data(), endpoint.size());
    auto const address = inet.address();
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

class server::state : public std::enable_shared_from_this<server::state> {
public:
    state(asio::any_io_executor on, factory make, server_options chosen, server_observer* told)
        : executor(std::move(on)),
          make_filter(std::move(make)),
          options(std::move(chosen)),
          watcher(told != nullptr ? *told : nobody()),
          pause(executor) {}

    struct listening_socket {
        milterproto::acceptor acceptor;
        socket_spec where;
        std::string name;
    };

    task<> accept_on(std::shared_ptr<state> self, listening_socket& on);
    task<> serve(std::shared_ptr<state> self, std::shared_ptr<detail::session_loop> session,
                 std::uint64_t id);
    void admit(detail::session_loop::socket peer, std::string const& listener);
    void stop_listening();

    asio::any_io_executor executor;
    factory make_filter;
    server_options options;
    server_observer& watcher;
    asio::steady_timer pause;
    std::list<listening_socket> listeners;
    std::unordered_map<std::uint64_t, std::shared_ptr<detail::session_loop>> sessions;
    std::uint64_t last_id = 0;
    bool stopped = false;
};

task<> server::state::accept_on(std::shared_ptr<state> self, listening_socket& on) {
    while (on.acceptor.is_open()) {
        auto [failed, peer] = co_await on.acceptor.async_accept(outcome);
        if (!failed) {
            try {
                admit(std::move(peer), on.name);
            } catch (std::exception const& e) {  // out of the author's factory
                watcher.on_refused(on.name, e.what());
            } catch (...) {
                watcher.on_refused(on.name, "not a std::exception");
            }
        } else if (failed != asio::error::operation_aborted && failed != asio::error::bad_descriptor) {
            watcher.on_refused(on.name, failed.message());
            pause.expires_after(pause_without_descriptors);
            co_await pause.async_wait(outcome);
        }
    }
    (void)self;
}

void server::state::admit(detail::session_loop::socket peer, std::string const& listener) {
    auto const address = address_of(peer);
    if (address && options.admits && !options.admits(*address)) {
        return watcher.on_refused(listener, "client not allowed");
    }
    if (sessions.size() >= options.max_connections)
        return watcher.on_refused(listener, "too many connections");
    if (address) {
        error_code ignored;
        peer.set_option(asio::ip::tcp::no_delay(true), ignored);
        peer.set_option(asio::socket_base::keep_alive(true), ignored);
    }
    // Programs that the process starts must not inherit it.
    ::fcntl(peer.native_handle(), F_SETFD, FD_CLOEXEC);
    auto const id = ++last_id;
    auto session =
        std::make_shared<detail::session_loop>(std::move(peer), id, make_filter(), options, watcher);
    sessions.emplace(id, session);
    watcher.on_accepted(id, listener);
    asio::co_spawn(executor, serve(shared_from_this(), session, id), asio::detached);
}

task<> server::state::serve(std::shared_ptr<state> self, std::shared_ptr<detail::session_loop> session,
                            std::uint64_t id) {
    co_await session->run();
    self->sessions.erase(id);
}

void server::state::stop_listening() {
    for (auto& one : listeners) {
        error_code ignored;
        if (one.acceptor.is_open() && one.where.family() == socket_spec::kind::unix_path) {
            ::unlink(one.where.path().c_str());
        }
        one.acceptor.close(ignored);
    }
    pause.cancel();
}

server::server(asio::any_io_executor executor, factory make, server_options options, server_observer* watcher)
    : state_(std::make_shared<state>(std::move(executor), std::move(make), std::move(options), watcher)) {}

server::~server() {
    stop();
}

result<void> server::listen(socket_spec const& where) {
    auto opened = open_listener(state_->executor, where, state_->options);
    if (opened.has_error()) return opened.error();
    auto const bound = bound_to(*opened, where);
    state_->listeners.push_back({*std::move(opened), bound, bound.to_string()});
    return {};
}

std::vector<socket_spec> server::listening() const {
    std::vector<socket_spec> specs;
    for (auto const& one : state_->listeners) specs.push_back(one.where);
    return specs;
}

void server::start() {
    for (auto& one : state_->listeners) {
        asio::co_spawn(state_->executor, state_->accept_on(state_, one), asio::detached);
    }
}

void server::drain() {
    state_->stop_listening();
}

void server::stop() {
    if (std::exchange(state_->stopped, true)) return;
    state_->stop_listening();
    for (auto const& [id, session] : state_->sessions) session->stop();
}

std::size_t server::connections() const noexcept {
    return state_->sessions.size();
}

}  // namespace milterproto
