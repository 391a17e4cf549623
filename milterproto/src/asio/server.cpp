#include "milterproto/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <list>
#include <unordered_map>

#include "milterproto/bell.hpp"
#include "session.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// The time between beats while a session wants to be looked at again soon.
constexpr std::chrono::milliseconds quick_beat{100};

/// Returns the time between beats: often enough for the shortest limit, and not so often that an idle machine
/// is kept awake.
std::chrono::milliseconds beat_for(server_options const& options) {
    using std::chrono::milliseconds;
    auto const shortest = std::min({options.negotiate_timeout, options.packet_timeout, options.idle_timeout,
                                    options.write_timeout, options.progress_interval});
    return std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
}

/// Returns the limits, lengthened by a beat, so that no limit is cut short: the sessions' clock is late by at
/// most one beat.
detail::filter_limits limits_for(server_options const& options, std::chrono::milliseconds beat) {
    return {options.negotiate_timeout + beat, options.packet_timeout + beat, options.idle_timeout + beat,
            options.write_timeout + beat, options.progress_interval};
}

server_observer& nobody() {
    static server_observer instance;
    return instance;
}

/// How much longer an MTA that is silent in the middle of a message is waited for before it gives way.
constexpr int patience_in_a_message = 15;

void set_option(int descriptor, int level, int name) {
    int const on = 1;
    ::setsockopt(descriptor, level, name, &on, sizeof on);
}

}  // namespace

class server::state final : public std::enable_shared_from_this<server::state>,
                            public detail::session_host,
                            public listener_owner {
public:
    state(asio::any_io_executor on, factory make, server_options chosen, server_observer* told)
        : session_host(std::move(on), options_, told != nullptr ? *told : nobody()),
          make_filter(std::move(make)),
          options_(std::move(chosen)),
          clock(executor),
          limit(options_.shared_limit ? options_.shared_limit
                                      : std::make_shared<connection_limit>(options_.max_connections)),
          changed(executor) {
        beat = beat_for(options_);
        limits = limits_for(options_, beat);
    }

    static task<> until_drained(std::shared_ptr<state> self);
    static task<> until_rested(std::shared_ptr<state> self);

    void on_newcomer(std::string_view listener, newcomer peer) override;
    void on_accept_failing(std::string_view listener, error_code why) override {
        watcher.on_accept_failing(listener, why);
    }
    void on_accept_recovered(std::string_view listener) override { watcher.on_accept_recovered(listener); }
    void admit(newcomer& peer, milter_connection const& who);
    void begin_session(newcomer& peer, connection_place place, milter_connection const& who,
                       std::string const& client);
    std::optional<connection_place> find_place(std::string const& client);
    bool may_give_way(candidate const& one) const noexcept;
    void on_rested() override { changed.ring(); }
    void on_ended(std::uint64_t id) override {
        --alive;
        sessions.erase(id);
        if (is_awaited) changed.ring();
    }
    void beat_soon() override;
    void keep_time();
    void keep_time_if_possible() noexcept;
    void note_time();
    void set_clock(std::chrono::milliseconds until_next);
    void stop_listening();
    std::size_t busy() const noexcept;

    factory make_filter;
    server_options options_;
    timer clock;
    std::shared_ptr<connection_limit> limit;
    time_point last_read = now;
    time_point due = now;  ///< the next beat
    std::chrono::milliseconds next_beat{};
    bool clock_runs = false;
    std::list<listener> listeners;
    std::unordered_map<std::uint64_t, std::shared_ptr<detail::session_loop>> sessions;
    std::size_t alive = 0;  ///< sessions that have not ended, also after a stop
    bell changed;           ///< a session has come to rest, or ended
    std::uint64_t last_id = 0;
    bool stopped = false;
};

void server::state::on_newcomer(std::string_view listener, newcomer peer) {
    auto const client = peer.name();
    milter_connection const who{0, listener, client};
    try {
        admit(peer, who);
    } catch (std::exception const& e) {  // out of the author's factory
        watcher.on_refused(who, e.what());
    } catch (...) {
        watcher.on_refused(who, "not a std::exception");
    }
}

void server::state::admit(newcomer& peer, milter_connection const& who) {
    auto const& address = peer.address();
    if (address && options.admits && !options.admits(*address)) {
        return watcher.on_refused(who, "client not allowed");
    }
    auto const client = peer.client();
    auto place = find_place(client);
    if (!place) return watcher.on_refused(who, "too many connections");
    if (address) {
        set_option(peer.descriptor(), IPPROTO_TCP, TCP_NODELAY);
        set_option(peer.descriptor(), SOL_SOCKET, SO_KEEPALIVE);
    }
    begin_session(peer, *std::move(place), who, client);
}

/// Returns a place. If none is free, the connection that is missed least gives way, of a client that has at
/// least as many as the newcomer's: then nobody can push out those who have few.
std::optional<connection_place> server::state::find_place(std::string const& client) {
    auto place = connection_place::in(limit);
    if (place) return place;
    auto const of_newcomer = clients.of(client);
    std::shared_ptr<detail::session_loop> spared;
    candidate chosen;
    for (auto const& [id, session] : sessions) {
        auto const one = session->standing();
        if (!may_give_way(one) || one.of_client < of_newcomer) continue;
        if (spared != nullptr && !one.goes_before(chosen)) continue;
        spared = session;
        chosen = one;
    }
    if (spared != nullptr) spared->displace();
    return connection_place::in(limit);
}

bool server::state::may_give_way(candidate const& one) const noexcept {
    if (one.how == spare::no) return false;
    auto const patience = options_.yields_after * (one.how == spare::interrupted ? patience_in_a_message : 1);
    return now - one.since >= patience;
}

void server::state::begin_session(newcomer& peer, connection_place place, milter_connection const& who,
                                  std::string const& client) {
    if (!clock_runs) keep_time();
    auto author = make_filter();
    if (author == nullptr) return watcher.on_refused(who, "the factory made no filter");
    detail::stream connection(executor, peer.descriptor());
    (void)peer.release();
    auto const id = ++last_id;
    detail::milter_peer known(id, who.listener, std::string(who.client));
    auto session =
        std::make_shared<detail::session_loop>(std::move(connection), std::move(place), std::move(known),
                                               client, std::move(author), shared_from_this());
    sessions.emplace(id, session);
    ++alive;
    session->start();
}

/// Beats once, and again later while there is a session.
void server::state::keep_time() {
    note_time();
    bool is_wanted_soon = false;
    for (auto at = sessions.begin(); at != sessions.end();) {
        auto const session = (at++)->second;  // it may end, and leave
        session->look_at_time();
        is_wanted_soon = is_wanted_soon || session->wants_beat_soon();
    }
    set_clock(is_wanted_soon ? std::min(beat, quick_beat) : beat);
}

/// Without memory for the next beat there is none: the next session that waits begins them again.
void server::state::keep_time_if_possible() noexcept {
    try {
        keep_time();
    } catch (std::exception const&) {
        clock_runs = false;
        next_beat = std::chrono::hours(1);  // so that `beat_soon` sets the clock
    }
}

/// Moves the sessions' clock. Time in which a callback blocked the loop counts against no limit: a beat that
/// is late by more than one beat counts as late by one.
void server::state::note_time() {
    auto const read = clock.now();
    auto const stood_still = std::max(read - due - next_beat, time_point::duration::zero());
    auto const passed = read - std::exchange(last_read, read);
    now += clock_runs ? passed - std::min(passed, stood_still) : passed.zero();
}

/// Makes the next beat come soon, so that a callback that waits, or a filter between commands, soon hears of
/// an MTA that is gone.
void server::state::beat_soon() {
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
        if (!self->sessions.empty()) return self->keep_time_if_possible();
        self->clock_runs = false;
    });
}

void server::state::stop_listening() {
    for (auto& one : listeners) one.close();
    if (sessions.empty()) {
        clock.cancel();
        clock_runs = false;
    }
}

std::size_t server::state::busy() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(sessions, [](auto const& one) { return one.second->is_busy(); }));
}

task<> server::state::until_drained(std::shared_ptr<state> self) {
    self->is_awaited = true;
    while (self->alive != 0) co_await self->changed.wait();
}

task<> server::state::until_rested(std::shared_ptr<state> self) {
    self->is_awaited = true;
    while (self->busy() != 0) co_await self->changed.wait();
}

server::server(asio::any_io_executor executor, factory make, server_options options, server_observer* watcher)
    : state_(std::make_shared<state>(std::move(executor), std::move(make), std::move(options), watcher)) {}

server::~server() {
    stop();
}

result<void> server::listen(socket_spec const& where) {
    auto opened = listener::open(state_->executor, where, state_->options);
    if (opened.has_error()) return opened.error();
    state_->listeners.push_back(*std::move(opened));
    return {};
}

std::vector<socket_spec> server::listening() const {
    std::vector<socket_spec> specs;
    for (auto const& one : state_->listeners) specs.push_back(one.where());
    return specs;
}

void server::start() {
    for (auto& one : state_->listeners) one.start(*state_);
}

void server::drain() {
    state_->stop_listening();
}

void server::stop() {
    if (std::exchange(state_->stopped, true)) return;
    state_->stop_listening();
    // From here on what a session waits for keeps it alive; it is destroyed with its loop if that never runs
    // again.
    auto const all = std::exchange(state_->sessions, {});
    for (auto const& [id, session] : all) session->stop();
    state_->clock.cancel();
    state_->changed.ring();
}

task<> server::drained() {
    return state::until_drained(state_);
}

task<> server::rested() {
    return state::until_rested(state_);
}

std::size_t server::connections() const noexcept {
    return state_->alive;
}

std::size_t server::busy() const noexcept {
    return state_->busy();
}

}  // namespace milterproto
