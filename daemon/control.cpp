#include "control.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <optional>
#include <set>

#include "listening.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using socket = asio::generic::stream_protocol::socket;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t longest_line = 8 * 1024;  // a question: an address and a few words
constexpr std::size_t longest_answer = 4 * 1024 * 1024;
constexpr std::size_t most_clients = 300;  // the jobs of one `verify`, and others beside it
constexpr auto longest_silence = std::chrono::minutes(1);

json::object failure(std::string_view why) {
    return {{"failure", why}};
}

/// One who asks. When it is silent for too long its socket is closed, and the pending read comes back.
struct client {
    explicit client(socket accepted) : peer(std::move(accepted)), patience(peer.get_executor()) {}
    socket peer;
    asio::steady_timer patience;
};

void hang_up_if_silent(std::shared_ptr<client> const& from) {
    from->patience.expires_after(longest_silence);
    from->patience.async_wait([held = std::weak_ptr(from)](boost::system::error_code cancelled) {
        auto const silent = held.lock();
        boost::system::error_code ignored;
        if (silent && !cancelled) silent->peer.close(ignored);
    });
}

}  // namespace

class control_server::state : public std::enable_shared_from_this<control_server::state> {
public:
    state(asio::any_io_executor on, config const& configured, engine_host& asked)
        : executor(std::move(on)), values(configured), host(asked), pause(executor) {}

    void listen(milterproto::socket_spec const& where);
    asio::awaitable<void> accept(std::shared_ptr<state> self);
    asio::awaitable<void> serve(std::shared_ptr<state> self, std::shared_ptr<client> from);
    asio::awaitable<void> turn_away(std::shared_ptr<client> from);
    asio::awaitable<json::object> reply_to(std::string line);
    void stop();

    asio::any_io_executor executor;
    config const& values;
    engine_host& host;
    asio::steady_timer pause;
    std::string path;
    std::optional<milterproto::acceptor> acceptor;
    std::set<std::shared_ptr<client>> clients;
};

void control_server::state::listen(milterproto::socket_spec const& where) {
    acceptor = listen_at(executor, where, values.control_listener_options(), "control.listen");
    path = where.path();
    asio::co_spawn(executor, accept(shared_from_this()), asio::detached);
}

asio::awaitable<void> control_server::state::accept(std::shared_ptr<state> self) {
    while (self->acceptor->is_open()) {
        auto [failed, peer] = co_await self->acceptor->async_accept(outcome);
        if (!failed) {
            auto const from = std::make_shared<client>(std::move(peer));
            bool const is_welcome = self->clients.size() < most_clients;
            if (is_welcome) self->clients.insert(from);
            auto talk = is_welcome ? serve(self, from) : turn_away(from);
            asio::co_spawn(executor, std::move(talk), asio::detached);
        } else if (self->acceptor->is_open()) {
            self->pause.expires_after(pause_without_descriptors);
            co_await self->pause.async_wait(outcome);
        }
    }
}

asio::awaitable<void> control_server::state::serve(std::shared_ptr<state> self,
                                                   std::shared_ptr<client> from) {
    std::string received;
    for (bool open = true; open;) {
        hang_up_if_silent(from);
        auto const buffer = asio::dynamic_buffer(received, longest_line);
        auto const [unread, length] = co_await asio::async_read_until(from->peer, buffer, '\n', outcome);
        if (unread && unread != asio::error::not_found) break;
        from->patience.cancel();
        open = !unread;
        auto line = received.substr(0, length);
        received.erase(0, length);
        auto document = failure("a question of more than 8 KiB");
        if (open) document = co_await reply_to(std::move(line));
        auto const text = json::serialize(document) + '\n';
        auto const reply = asio::buffer(text);
        hang_up_if_silent(from);
        auto const [unwritten, count] = co_await asio::async_write(from->peer, reply, outcome);
        if (unwritten) break;
    }
    from->patience.cancel();
    self->clients.erase(from);
}

asio::awaitable<void> control_server::state::turn_away(std::shared_ptr<client> from) {
    auto const text = json::serialize(failure("too many clients; try again later")) + '\n';
    auto const reply = asio::buffer(text);
    hang_up_if_silent(from);
    co_await asio::async_write(from->peer, reply, outcome);
}

asio::awaitable<json::object> control_server::state::reply_to(std::string line) {
    boost::system::error_code malformed;
    auto const value = json::parse(line, malformed);
    if (malformed) co_return failure("not JSON: " + malformed.message());
    auto const asked = question_from(value);
    if (!asked) co_return failure("an unknown question");
    co_return co_await answer(*asked, values, host);
}

void control_server::state::stop() {
    boost::system::error_code ignored;
    if (acceptor && acceptor->is_open()) {
        ::unlink(path.c_str());
        acceptor->close(ignored);
    }
    pause.cancel();
    for (auto const& one : clients) one->peer.close(ignored);
}

control_server::control_server(asio::any_io_executor executor, config const& values, engine_host& host)
    : state_(std::make_shared<state>(std::move(executor), values, host)) {}

control_server::~control_server() {
    stop();
}

void control_server::start() {
    if (auto const& where = state_->values.control.listen) state_->listen(*where);
}

void control_server::stop() {
    state_->stop();
}

asio::awaitable<boost::system::error_code> control_client::connect(std::string path) {
    asio::local::stream_protocol::endpoint const server(path);
    auto const [failed] = co_await socket_.async_connect(server, outcome);
    co_return failed;
}

asio::awaitable<callout::result<json::object>> control_client::ask(question asked) {
    auto const line = json::serialize(to_json(asked)) + '\n';
    auto const bytes = asio::buffer(line);
    auto const [unwritten, written] = co_await asio::async_write(socket_, bytes, outcome);
    // A server that turns us away has said why before it closed.
    auto const buffer = asio::dynamic_buffer(received_, longest_answer);
    auto const [unread, length] = co_await asio::async_read_until(socket_, buffer, '\n', outcome);
    if (unread) co_return unwritten ? unwritten : unread;
    boost::system::error_code malformed;
    auto const value = json::parse(std::string_view(received_).substr(0, length), malformed);
    received_.erase(0, length);
    if (malformed) co_return malformed;
    if (!value.is_object()) co_return boost::system::error_code(callout::errc::closed);
    co_return value.as_object();
}

}  // namespace vouchd
