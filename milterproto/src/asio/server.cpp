#include "milterproto/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
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

/// While a session wants to be looked at again soon.
constexpr std::chrono::milliseconds quick_beat{100};

/// Often enough for the shortest limit, and not more often than is good for an idle machine.
std::chrono::milliseconds beat_for(server_options const& options) {
    using std::chrono::milliseconds;
    auto const shortest = std::min({options.negotiate_timeout, options.packet_timeout, options.idle_timeout,
                                    options.write_timeout, options.progress_interval});
    return std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
}

/// The sessions' clock is a beat behind at most, and no limit is cut short by that.
detail::filter_limits limits_for(server_options const& options, std::chrono::milliseconds beat) {
    return {options.negotiate_timeout + beat, options.packet_timeout + beat, options.idle_timeout + beat,
            options.write_timeout + beat, options.progress_interval};
}

server_observer& nobody() {
    static server_observer instance;
    return instance;
}

/// An accepted connection, before anybody owns it.
class newcomer {
public:
    explicit newcomer(int descriptor) noexcept : descriptor_(descriptor) {}
    ~newcomer() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    newcomer(newcomer const&) = delete;
    int descriptor() const noexcept { return descriptor_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

/// Nothing for a unix socket; an IPv4 address also where it came through an IPv6 socket.
std::optional<asio::ip::address> address_of(sockaddr_storage const& peer, socklen_t size) {
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return std::nullopt;
    asio::ip::tcp::endpoint inet;
    inet.resize(size);
    std::memcpy(inet.data(), &peer, size);
    auto const address = inet.address();
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

/// As logs name it. The process at the other end of a unix socket is known by its number, which MTAs log,
/// too.
std::string client_name(int descriptor, std::optional<asio::ip::address> const& address) {
    if (address) return address->to_string();
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
    return "pid " + std::to_string(peer.pid) + ", uid " + std::to_string(peer.uid);
}

void set_option(int descriptor, int level, int name) {
    int const on = 1;
    ::setsockopt(descriptor, level, name, &on, sizeof on);
}

}  // namespace

class server::state final : public std::enable_shared_from_this<server::state>, public detail::session_host {
public:
    state(asio::any_io_executor on, factory make, server_options chosen, server_observer* told)
        : session_host(std::move(on), options_, told != nullptr ? *told : nobody()),
          make_filter(std::move(make)),
          options_(std::move(chosen)),
          clock(executor),
          limit(options_.shared_limit ? options_.shared_limit
                                      : std::make_shared<connection_limit>(options_.max_connections)) {
        beat = beat_for(options_);
        limits = limits_for(options_, beat);
    }

    struct listening_socket {
        milterproto::acceptor acceptor;
        socket_spec where;
        std::string name;
        timer pause;  ///< its own: another listener's would cut it short
        bool accepts = false;
        bool fails = false;  ///< to accept; clients wait
    };

    static task<> accept_on(std::shared_ptr<state> self, std::list<listening_socket>::iterator on);
    error_code accept_one(listening_socket& on);
    void admit(newcomer& peer, std::optional<asio::ip::address> const& address, milter_connection const& who);
    void begin_session(newcomer& peer, connection_place place, milter_connection const& who);
    void note_failure(listening_socket& on, error_code failed);
    void note_none_left(listening_socket& on);
    void on_ended(std::uint64_t id) override {
        --alive;
        sessions.erase(id);
    }
    void hurry() override;
    void keep_time();
    void note_time();
    void set_clock(std::chrono::milliseconds until_next);
    void stop_listening();

    factory make_filter;
    server_options options_;
    timer clock;
    std::shared_ptr<connection_limit> limit;
    time_point last_read = now;
    time_point due = now;  ///< the next beat
    std::chrono::milliseconds next_beat{};
    bool clock_runs = false;
    std::list<listening_socket> listeners;
    std::unordered_map<std::uint64_t, std::shared_ptr<detail::session_loop>> sessions;
    std::size_t alive = 0;  ///< sessions that have not ended, also behind a stop
    std::uint64_t last_id = 0;
    bool stopped = false;
};

/// Takes all that wait before it waits itself. Another thread may have been quicker: then there is nothing.
task<> server::state::accept_on(std::shared_ptr<state> self, std::list<listening_socket>::iterator on) {
    error_code failed;
    on->acceptor.native_non_blocking(true, failed);
    while (on->acceptor.is_open()) {
        auto const [waited] = co_await on->acceptor.async_wait(on->acceptor.wait_read, outcome);
        failed = waited;
        while (!failed) failed = self->accept_one(*on);
        if (failed == asio::error::would_block) self->note_none_left(*on);
        bool const in_vain = failed == asio::error::would_block || failed == asio::error::connection_aborted;
        if (in_vain || failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor)
            continue;
        self->note_failure(*on, failed);
        co_await on->pause.wait_for(pause_without_descriptors);
    }
}

error_code server::state::accept_one(listening_socket& on) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // Programs that the process starts must not inherit it.
    newcomer peer(::accept4(on.acceptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (peer.descriptor() < 0) return {errno, boost::system::system_category()};
    auto const client_address = address_of(address, size);
    auto const client = client_name(peer.descriptor(), client_address);
    milter_connection const who{0, on.name, client};
    try {
        admit(peer, client_address, who);
    } catch (std::exception const& e) {  // out of the author's factory
        watcher.on_refused(who, e.what());
    } catch (...) {
        watcher.on_refused(who, "not a std::exception");
    }
    return {};
}

/// A shortage is told once, however often accept is tried meanwhile.
void server::state::note_failure(listening_socket& on, error_code failed) {
    if (!std::exchange(on.fails, true)) watcher.on_accept_failing(on.name, failed);
}

/// Only now it is over: a descriptor that one client gave back and the next one took changes nothing.
void server::state::note_none_left(listening_socket& on) {
    if (std::exchange(on.fails, false)) watcher.on_accept_recovered(on.name);
}

void server::state::admit(newcomer& peer, std::optional<asio::ip::address> const& address,
                          milter_connection const& who) {
    if (address && options.admits && !options.admits(*address)) {
        return watcher.on_refused(who, "client not allowed");
    }
    auto place = connection_place::in(limit);
    if (!place) return watcher.on_refused(who, "too many connections");
    if (address) {
        set_option(peer.descriptor(), IPPROTO_TCP, TCP_NODELAY);
        set_option(peer.descriptor(), SOL_SOCKET, SO_KEEPALIVE);
    }
    begin_session(peer, *std::move(place), who);
}

void server::state::begin_session(newcomer& peer, connection_place place, milter_connection const& who) {
    if (!clock_runs) keep_time();
    auto author = make_filter();
    if (author == nullptr) return watcher.on_refused(who, "the factory made no filter");
    detail::stream connection(executor, peer.descriptor());
    peer.release();
    auto const id = ++last_id;
    detail::milter_peer known(id, who.listener, std::string(who.client));
    auto session = std::make_shared<detail::session_loop>(
        std::move(connection), std::move(place), std::move(known), std::move(author), shared_from_this());
    sessions.emplace(id, session);
    ++alive;
    watcher.on_accepted({id, who.listener, who.client});
    session->start();
}

/// Beats while there is a session.
void server::state::keep_time() {
    note_time();
    bool impatient = false;
    for (auto const& [id, session] : sessions) {
        session->look_at_time();
        impatient = impatient || session->is_impatient();
    }
    set_clock(impatient ? std::min(beat, quick_beat) : beat);
}

/// Time in which the loop stood still, in somebody's callback, is nobody's patience: a beat that is late by
/// more than one beat counts as late by one.
void server::state::note_time() {
    auto const read = clock.now();
    auto const stood_still = std::max(read - due - next_beat, time_point::duration::zero());
    auto const passed = read - std::exchange(last_read, read);
    now += clock_runs ? passed - std::min(passed, stood_still) : passed.zero();
}

/// A callback that waits soon hears of an MTA that is gone, and so does a filter between commands.
void server::state::hurry() {
    if (next_beat <= quick_beat) return;
    note_time();
    set_clock(quick_beat);
}

void server::state::set_clock(std::chrono::milliseconds until_next) {
    clock_runs = !stopped;
    if (stopped) return;
    next_beat = until_next;
    due = clock.now() + until_next;
    clock.call_after(until_next, [held = weak_from_this()] {
        auto const self = held.lock();
        if (!self) return;
        if (!self->sessions.empty()) return self->keep_time();
        self->clock_runs = false;
    });
}

void server::state::stop_listening() {
    for (auto& one : listeners) {
        error_code ignored;
        if (one.acceptor.is_open() && one.where.family() == socket_spec::kind::unix_path) {
            ::unlink(one.where.path().c_str());
        }
        one.acceptor.close(ignored);
        one.pause.cancel();
    }
    if (sessions.empty()) {
        clock.cancel();
        clock_runs = false;
    }
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
    state_->listeners.push_back({*std::move(opened), bound, bound.to_string(), timer(state_->executor)});
    return {};
}

std::vector<socket_spec> server::listening() const {
    std::vector<socket_spec> specs;
    for (auto const& one : state_->listeners) specs.push_back(one.where);
    return specs;
}

void server::start() {
    for (auto one = state_->listeners.begin(); one != state_->listeners.end(); ++one) {
        if (one->accepts || !one->acceptor.is_open()) continue;
        one->accepts = true;
        asio::co_spawn(state_->executor, state::accept_on(state_, one), asio::detached);
    }
}

void server::drain() {
    state_->stop_listening();
}

void server::stop() {
    if (std::exchange(state_->stopped, true)) return;
    state_->stop_listening();
    // From here on a session lives by what it waits for, and goes with its loop if that never runs again.
    auto const all = std::exchange(state_->sessions, {});
    for (auto const& [id, session] : all) session->stop();
    state_->clock.cancel();
}

std::size_t server::connections() const noexcept {
    return state_->alive;
}

std::size_t server::busy() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(state_->sessions, [](auto const& one) { return one.second->is_busy(); }));
}

}  // namespace milterproto
