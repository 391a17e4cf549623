#include "smtpserver/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "milterproto/bell.hpp"
#include "milterproto/connection_limit.hpp"
#include "milterproto/crowd.hpp"
#include "session_loop.hpp"

namespace smtpserver {

namespace {

namespace asio = boost::asio;

server_observer& nobody() {
    static server_observer instance;
    return instance;
}

/// What the server itself decides of its sessions' options.
std::shared_ptr<session_options const> settled(server_options const& chosen, callbacks const& application,
                                               std::string const& first_domain) {
    auto made = chosen.session;
    made.postmaster_domain = first_domain;
    made.tls = chosen.tls ? tls_offer::starttls : tls_offer::none;
    bool const has_auth = static_cast<bool>(application.on_auth);
    made.offers = has_auth ? made.offers.with(extension::auth) : made.offers.without(extension::auth);
    made.asks.connect = static_cast<bool>(application.on_connect);
    made.asks.hello = static_cast<bool>(application.on_hello);
    made.asks.data = static_cast<bool>(application.on_data);
    made.asks.vrfy = static_cast<bool>(application.on_vrfy);
    made.asks.unknown = static_cast<bool>(application.on_unknown);
    return std::make_shared<session_options const>(std::move(made));
}

std::uint16_t port_of_peer(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in const&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6 const&>(address).sin6_port);
    return 0;
}

void turn_on(int descriptor, int level, int name) {
    int const on = 1;
    ::setsockopt(descriptor, level, name, &on, sizeof on);
}

}  // namespace

detail::session_host::session_host(asio::any_io_executor on, std::vector<std::string> const& domains,
                                   callbacks decided_by, server_options chosen, server_observer* told)
    : executor(std::move(on)),
      relays(domains, chosen.relayed_subdomains),
      application(std::move(decided_by)),
      options(std::move(chosen)),
      session(settled(options, application, relays.first())),
      tls(options.tls ? std::make_unique<tls_context>(*options.tls) : nullptr),
      watcher(told != nullptr ? told : &nobody()),
      shared() {}

class server::state final : public std::enable_shared_from_this<server::state>, public detail::session_host {
public:
    state(asio::any_io_executor on, std::vector<std::string> const& domains, callbacks decided_by,
          server_options chosen, server_observer* told)
        : session_host(std::move(on), domains, std::move(decided_by), std::move(chosen), told),
          limit(std::make_shared<milterproto::connection_limit>(options.max_connections)),
          changed(executor) {}

    /// A listening socket, and what is special about it.
    class door final : public milterproto::listener_owner {
    public:
        door(state& of, milterproto::listener opened, tls_start how)
            : state_(of), socket(std::move(opened)), tls(how) {}
        void on_newcomer(std::string_view, milterproto::newcomer peer) override { state_.admit(peer, tls); }
        void on_accept_failing(std::string_view listener, boost::system::error_code why) override {
            state_.watcher->on_accept_failing(listener, why);
        }
        void on_accept_recovered(std::string_view listener) override {
            state_.watcher->on_accept_recovered(listener);
        }

    private:
        state& state_;

    public:
        milterproto::listener socket;
        tls_start tls;
    };

    static task<> until_drained(std::shared_ptr<state> self) {
        while (!self->sessions.empty()) co_await self->changed.wait();
    }
    void on_ended(std::uint64_t number) override {
        sessions.erase(number);
        changed.ring();
    }
    void admit(milterproto::newcomer& peer, tls_start how);
    void refuse(milterproto::newcomer const& peer, tls_start how, std::string_view why) const;
    void begin(milterproto::newcomer& peer, detail::places where, tls_start how);
    xclient_use xclient_use_of(milterproto::newcomer const& peer) const {
        bool const may = peer.address() && options.may_xclient && options.may_xclient(*peer.address());
        return may ? xclient_use::allowed : xclient_use::refused;
    }
    void stop_listening() {
        for (auto& one : doors) one.socket.close();
    }

    std::shared_ptr<milterproto::connection_limit> limit;
    milterproto::crowd clients;
    std::list<door> doors;
    std::unordered_map<std::uint64_t, std::shared_ptr<detail::session_loop>> sessions;
    milterproto::bell changed;  ///< a session has ended
    std::uint64_t last_number = 0;
    bool is_stopped = false;
};

void server::state::admit(milterproto::newcomer& peer, tls_start how) {
    auto const client = peer.client();
    if (clients.of(client) >= options.max_connections_of_client)
        return refuse(peer, how, "Too many connections from your address");
    auto place = milterproto::connection_place::in(limit);
    if (!place) return refuse(peer, how, "Too many connections");
    if (peer.address()) {
        turn_on(peer.descriptor(), IPPROTO_TCP, TCP_NODELAY);
        turn_on(peer.descriptor(), SOL_SOCKET, SO_KEEPALIVE);
    }
    begin(peer, detail::places(*std::move(place), milterproto::crowd::member(clients, client)), how);
}

/// Says why, if the socket takes it at once. A client that awaits TLS could not read it.
void server::state::refuse(milterproto::newcomer const& peer, tls_start how, std::string_view why) const {
    auto const said = reply(421, "4.7.0 " + std::string(why)).encode({});
    if (how == tls_start::on_request)
        ::send(peer.descriptor(), said.data(), said.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    watcher->on_refused(peer.name(), why);
}

void server::state::begin(milterproto::newcomer& peer, detail::places where, tls_start how) {
    connection facts;
    facts.number = ++last_number;
    facts.client.address = peer.address();
    facts.client.port = port_of_peer(peer.descriptor());
    if (!facts.client.address) facts.client.name = peer.name();
    auto const number = facts.number;
    auto one = std::make_shared<detail::session_loop>(shared_from_this(), peer, facts, xclient_use_of(peer),
                                                      std::move(where));
    sessions.emplace(number, one);
    watcher->on_accepted(facts);
    try {
        one->start(how);
    } catch (...) {
        sessions.erase(number);
        throw;
    }
}

server::server(asio::any_io_executor executor, std::vector<std::string> domains, callbacks application,
               server_options options, server_observer* watcher)
    : state_(std::make_shared<state>(std::move(executor), domains, std::move(application), std::move(options),
                                     watcher)) {}

server::~server() {
    stop();
}

result<void> server::listen(socket_spec const& where, tls_start tls) {
    if (tls == tls_start::at_once && !state_->tls)
        throw std::invalid_argument("a socket with TLS from the beginning needs server_options::tls");
    auto opened = milterproto::listener::open(state_->executor, where, state_->options);
    if (opened.has_error()) return opened.error();
    state_->doors.emplace_back(*state_, *std::move(opened), tls);
    return {};
}

std::vector<socket_spec> server::listening() const {
    std::vector<socket_spec> all;
    for (auto const& one : state_->doors) all.push_back(one.socket.where());
    return all;
}

void server::start() {
    for (auto& one : state_->doors) one.socket.start(one);
}

void server::drain() {
    state_->stop_listening();
    auto const all = state_->sessions;
    for (auto const& [number, one] : all) one->drain();
}

task<> server::drained() {
    return state::until_drained(state_);
}

void server::stop() {
    if (std::exchange(state_->is_stopped, true)) return;
    state_->stop_listening();
    auto const all = std::exchange(state_->sessions, {});
    for (auto const& [number, one] : all) one->stop();
    state_->watcher = &nobody();
    state_->changed.ring();
}

std::size_t server::connections() const noexcept {
    return state_->sessions.size();
}

}  // namespace smtpserver
