#include "control/control.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <optional>
#include <set>

#include "control/forgetting.hpp"
#include "explain/json.hpp"
#include "explain/query.hpp"
#include "explain/text_at.hpp"
#include "host/listening.hpp"
#include "host/spare_descriptors.hpp"
#include "log/spawn_guarded.hpp"
#include "milterproto/crowd.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using socket = asio::generic::stream_protocol::socket;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t longest_line = 8 * 1024;  // a query: an address and a few words
constexpr std::size_t longest_answer = 4 * 1024 * 1024;

/// An operator, and a program that watches, are heard also when all other descriptors are taken.
constexpr std::size_t descriptors_kept = 4;
/// How long a client must have been silent before it may be disconnected for another.
constexpr std::chrono::seconds least_silence{1};

json::object failure(std::string_view why) {
    return {{"failure", why}};
}

/// A client of the control socket. It lives as long as one of its coroutines.
class client {
public:
    client(socket accepted, callout::clock& clock, milterproto::crowd::member one_of)
        : peer(std::move(accepted)), one_of_(std::move(one_of)), clock_(clock), bell_(clock.make_alarm()) {}

    /// From now on the client must write or read something, or it is disconnected.
    void expect_something() {
        hang_up_at_ = clock_.now() + control_server::longest_silence;
        bell_->ring();
    }
    /// The client waits for our answer: no time runs.
    void expect_nothing() { hang_up_at_ = callout::steady_time::max(); }
    void leave() {
        gone_ = true;
        boost::system::error_code ignored;
        peer.close(ignored);
        bell_->ring();
    }
    /// Returns how little the client would be missed: not at all while it waits for our answer.
    milterproto::candidate standing() const {
        milterproto::candidate found;
        if (gone_ || hang_up_at_ == callout::steady_time::max()) return found;
        found.how = milterproto::spare::idle;
        found.of_client = one_of_.of_client();
        found.since = hang_up_at_ - control_server::longest_silence;
        return found;
    }

    /// Closes the socket of a client that is silent for too long; the pending read or write then comes back.
    static asio::awaitable<void> watch(std::shared_ptr<client> whom) {
        while (!whom->gone_) {
            co_await whom->bell_->wait(whom->hang_up_at_);
            if (whom->clock_.now() < whom->hang_up_at_) continue;
            boost::system::error_code ignored;
            whom->peer.close(ignored);
            co_return;
        }
    }

    socket peer;

private:
    milterproto::crowd::member one_of_;
    callout::clock& clock_;
    std::unique_ptr<callout::alarm> bell_;
    callout::steady_time hang_up_at_ = callout::steady_time::max();
    bool gone_ = false;
};

}  // namespace

class control_server::state final : public std::enable_shared_from_this<control_server::state>,
                                    public milterproto::listener_owner {
public:
    state(asio::any_io_executor on, live_config const& configured, live_policy& policies,
          callout::clock& timed, history const& before, callout::engine& asked, status_source of_daemon,
          event_log& told)
        : executor(std::move(on)),
          live(configured),
          policy(policies),
          clock(timed),
          past(before),
          engine(asked),
          status(std::move(of_daemon)),
          log(told) {}

    void listen(milterproto::socket_spec const& where);
    void on_newcomer(std::string_view listener, milterproto::newcomer peer) override;
    bool frees_descriptor() noexcept override { return spares.give(); }
    bool has_room_for(std::string const& whose);
    void let_go(std::shared_ptr<client> const& one);
    asio::awaitable<void> serve(std::shared_ptr<state> self, std::shared_ptr<client> from);
    asio::awaitable<void> turn_away(std::shared_ptr<state> self, std::shared_ptr<client> from);
    asio::awaitable<json::value> reply_to(std::string line);
    daemon_status status_now() const;
    void stop();

    asio::any_io_executor executor;
    live_config const& live;
    live_policy& policy;
    callout::clock& clock;
    history const& past;
    callout::engine& engine;
    status_source status;
    event_log& log;
    std::optional<milterproto::listener> listener;
    spare_descriptors spares{0};
    milterproto::crowd crowd;  ///< outlives the clients
    std::set<std::shared_ptr<client>> clients;
};

void control_server::state::listen(milterproto::socket_spec const& where) {
    spares.keep(descriptors_kept);
    listener.emplace(listen_at(executor, where, live.current()->control.options, "control.listen"));
    listener->start(*this);
}

void control_server::state::on_newcomer(std::string_view, milterproto::newcomer peer) {
    auto const whose = peer.client();
    bool const is_welcome = has_room_for(whose);
    auto const from =
        std::make_shared<client>(keep(peer, executor), clock, milterproto::crowd::member(crowd, whose));
    if (is_welcome) clients.insert(from);
    auto talk = is_welcome ? serve(shared_from_this(), from) : turn_away(shared_from_this(), from);
    auto const hang_up = [self = shared_from_this(), from] {
        boost::system::error_code ignored;
        from->peer.close(ignored);
        self->let_go(from);
    };
    spawn_guarded(executor, std::move(talk), log, "control", hang_up);
    spawn_guarded(executor, client::watch(from), log, "control", hang_up);
}

/// Returns whether a client may stay. If all places are taken, one that says nothing gives way.
bool control_server::state::has_room_for(std::string const& whose) {
    if (clients.size() < most_clients) return true;
    auto const of_newcomer = crowd.of(whose);
    std::shared_ptr<client> spared;
    milterproto::candidate chosen;
    for (auto const& one : clients) {
        auto const found = one->standing();
        bool const may_leave = found.how != milterproto::spare::no && found.of_client >= of_newcomer &&
                               clock.now() - found.since >= least_silence;
        if (!may_leave || (spared != nullptr && !found.goes_before(chosen))) continue;
        spared = one;
        chosen = found;
    }
    if (spared != nullptr) let_go(spared);
    return spared != nullptr;
}

/// Disconnects a client; what waits for it comes back.
void control_server::state::let_go(std::shared_ptr<client> const& one) {
    one->leave();
    clients.erase(one);
    spares.refill();
}

asio::awaitable<void> control_server::state::serve(std::shared_ptr<state> self,
                                                   std::shared_ptr<client> from) {
    std::string received;
    for (bool open = true; open;) {
        from->expect_something();
        auto const buffer = asio::dynamic_buffer(received, longest_line);
        auto const [unread, length] = co_await asio::async_read_until(from->peer, buffer, '\n', outcome);
        if (unread && unread != asio::error::not_found) break;
        from->expect_nothing();
        open = !unread;
        auto line = received.substr(0, length);
        received.erase(0, length);
        json::value document = failure("the query is longer than 8 KiB");
        if (open) document = co_await reply_to(std::move(line));
        auto const text = json::serialize(document) + '\n';
        auto const reply = asio::buffer(text);
        from->expect_something();
        auto const [unwritten, count] = co_await asio::async_write(from->peer, reply, outcome);
        if (unwritten) break;
    }
    self->let_go(from);
}

asio::awaitable<void> control_server::state::turn_away(std::shared_ptr<state> self,
                                                       std::shared_ptr<client> from) {
    auto const text = json::serialize(failure("too many clients; try again later")) + '\n';
    auto const reply = asio::buffer(text);
    from->expect_something();
    co_await asio::async_write(from->peer, reply, outcome);
    self->let_go(from);
}

asio::awaitable<json::value> control_server::state::reply_to(std::string line) {
    boost::system::error_code malformed;
    auto const value = json::parse(line, malformed);
    if (malformed) co_return failure("not JSON: " + malformed.message());
    if (auto const message = text_at(value, "logged")) co_return to_json(past.find(*message));
    if (auto const what = text_at(value, "forget")) {
        auto forgotten = co_await forget(*what, engine);
        co_return forgotten;
    }
    if (value.is_object() && value.get_object().contains("status")) co_return to_json(status_now());
    auto const put = query_from(value);
    if (!put) co_return failure("not a query that this daemon knows");
    auto const judge = policy.current();
    auto const explained = co_await answer(*put, judge, clock);
    co_return to_json(explained);
}

daemon_status control_server::state::status_now() const {
    auto found = status();
    found.bounds.emplace_back("control_clients", clients.size(), most_clients);
    return found;
}

void control_server::state::stop() {
    if (listener) listener->close();
    boost::system::error_code ignored;
    for (auto const& one : clients) one->peer.close(ignored);
}

control_server::control_server(asio::any_io_executor executor, live_config const& live, live_policy& policy,
                               callout::clock& clock, history const& past, callout::engine& engine,
                               status_source status, event_log& log)
    : state_(std::make_shared<state>(std::move(executor), live, policy, clock, past, engine,
                                     std::move(status), log)) {}

control_server::~control_server() {
    stop();
}

void control_server::start() {
    auto const values = state_->live.current();
    if (auto const& where = values->control.listen) state_->listen(*where);
}

void control_server::stop() {
    state_->stop();
}

json::object query_about_message(std::string_view id) {
    return {{"logged", id}};
}

json::object command_to_forget(std::string_view what) {
    return {{"forget", what}};
}

std::optional<std::size_t> forgotten_in(json::value const& document) {
    auto const* const object = document.if_object();
    auto const* const count = object != nullptr ? object->if_contains("forgotten") : nullptr;
    if (count == nullptr || !count->is_number()) return std::nullopt;
    boost::system::error_code bad;
    auto const number = count->to_number<std::size_t>(bad);
    return bad ? std::nullopt : std::optional(number);
}

std::optional<std::string> failure_in(json::value const& document) {
    return text_at(document, "failure");
}

asio::awaitable<boost::system::error_code> control_client::connect(std::string path) {
    asio::local::stream_protocol::endpoint const server(path);
    auto const [failed] = co_await socket_.async_connect(server, outcome);
    co_return failed;
}

asio::awaitable<callout::result<json::value>> control_client::ask(json::object query) {
    auto const line = json::serialize(query) + '\n';
    auto const bytes = asio::buffer(line);
    auto const [unwritten, written] = co_await asio::async_write(socket_, bytes, outcome);
    // A server that refuses a client has said why before it closed.
    auto const buffer = asio::dynamic_buffer(received_, longest_answer);
    auto const [unread, length] = co_await asio::async_read_until(socket_, buffer, '\n', outcome);
    if (unread) co_return unwritten ? unwritten : unread;
    boost::system::error_code malformed;
    auto value = json::parse(std::string_view(received_).substr(0, length), malformed);
    received_.erase(0, length);
    if (malformed) co_return malformed;
    co_return std::move(value);
}

}  // namespace vouchd
