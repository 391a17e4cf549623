#include "world/control/control_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <stdexcept>

#include "host/net.hpp"
#include "milterproto/socket_spec.hpp"
#include "world/control/control_http.hpp"
#include "world/control/event_stream.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t most_connections = 32;
/// For a whole request, from its first byte or the end of the one before, and for a reply.
constexpr std::chrono::seconds time_limit{15};
/// After a refusal the rest of the request is read, because unread bytes would turn the close into a reset
/// that takes the refusal with it.
constexpr std::chrono::seconds farewell_limit{5};
constexpr std::size_t most_farewell_octets = 64 * 1024 * 1024;

tcp::endpoint endpoint_in(std::string const& text) {
    auto const spec = milterproto::socket_spec::parse(text);
    using kind = milterproto::socket_spec::kind;
    auto const is_inet = spec && (spec->family() == kind::inet || spec->family() == kind::inet6);
    if (!is_inet)
        throw std::runtime_error('"' + text + "\" is not inet:PORT@ADDRESS, such as inet:0@127.0.0.1");
    auto const address = asio::ip::make_address(spec->host());
    if (!address.is_loopback())
        throw std::runtime_error(
            '"' + text + "\": " + address.to_string() +
            " is not on loopback; whoever reaches the control interface commands the world");
    return {address, spec->port()};
}

using response = http::response<http::string_body>;

response response_to(control_reply const& what, unsigned version, bool keeps_alive) {
    response made(static_cast<http::status>(what.status), version);
    made.set(http::field::content_type, what.type);
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    made.set("Content-Security-Policy",
             "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'");
    if (!what.allow.empty()) made.set(http::field::allow, what.allow);
    made.keep_alive(keeps_alive);
    made.body() = what.body;
    made.prepare_payload();
    return made;
}

/// Returns the refusal of what is not a request.
control_reply refusal_of(boost::system::error_code why) {
    if (why == http::error::body_limit)
        return control_api::refuse(413,
                                   "the body is longer than " + std::to_string(most_body_octets) + " bytes");
    if (why == http::error::header_limit || why == http::error::buffer_overflow)
        return control_api::refuse(431,
                                   "the head is longer than " + std::to_string(most_head_octets) + " bytes");
    return control_api::refuse(400, "this is not an HTTP request: " + why.message());
}

bool is_malformed(boost::system::error_code why) {
    return why.category() == make_error_code(http::error::bad_method).category() &&
           why != http::error::end_of_stream && why != http::error::partial_message;
}

}  // namespace

struct control_server::shared_state {
    control_api& api;
    conversation_log& conversations;
    std::function<void()> stop;
    std::size_t connections = 0;
};

namespace {

/// One client of the control interface.
template <class State>
class control_session {
public:
    control_session(tcp::socket socket, std::shared_ptr<State> state)
        : stream_(std::move(socket)), state_(std::move(state)) {
        ++state_->connections;
    }
    control_session(control_session const&) = delete;
    ~control_session() { --state_->connections; }

    static asio::awaitable<void> run(std::shared_ptr<control_session> self) {
        auto open = true;
        while (open) open = co_await self->serve_request();
        co_await self->say_farewell();
    }

private:
    /// Returns whether another request may follow.
    asio::awaitable<bool> serve_request() {
        parser_.emplace();
        set_limits(*parser_);
        stream_.expires_after(time_limit);
        auto const [bad, count] = co_await http::async_read(stream_, buffer_, *parser_, as_value);
        if (bad && !is_malformed(bad)) co_return false;
        if (bad) {
            auto const refusal = refusal_of(bad);
            co_return co_await send(refusal, false);
        }
        auto const& asked = parser_->get();
        auto const what = to_control_request(asked);
        auto const reply = state_->api.answer(what);
        if (reply.then == control_reply::sequel::events) {
            auto const events = std::make_shared<event_stream>(stream_, state_->conversations);
            co_await event_stream::run(events);
            co_return false;
        }
        auto const stops = reply.then == control_reply::sequel::stop;
        auto const open = co_await send(reply, asked.keep_alive() && !stops);
        if (stops) state_->stop();
        co_return open;
    }

    asio::awaitable<bool> send(control_reply const& what, bool keeps_alive) {
        constexpr unsigned http_1_1 = 11;
        auto const message = response_to(what, http_1_1, keeps_alive);
        http::serializer<false, http::string_body> writer(message);
        stream_.expires_after(time_limit);
        auto const [bad, count] = co_await http::async_write(stream_, writer, as_value);
        co_return !bad && keeps_alive;
    }

    asio::awaitable<void> say_farewell() {
        boost::system::error_code bad;
        stream_.socket().shutdown(tcp::socket::shutdown_send, bad);
        if (bad) co_return;
        stream_.expires_after(farewell_limit);
        std::array<char, 16 * 1024> ignored;
        for (std::size_t all = 0; all < most_farewell_octets;) {
            auto const where = asio::buffer(ignored);
            auto const [gone, count] = co_await stream_.async_read_some(where, as_value);
            if (gone) co_return;
            all += count;
        }
    }

    beast::tcp_stream stream_;
    std::shared_ptr<State> state_;
    beast::flat_buffer buffer_{64 * 1024};
    std::optional<http_parser> parser_;
};

/// Refuses a client when there are too many. The reply fits into the socket's buffer, so nobody waits for it.
void turn_away(tcp::socket& socket) {
    auto const refusal = control_api::refuse(503, "there are too many connections; close one, or try again");
    auto const text =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Content-Length: " +
        std::to_string(refusal.body.size()) + "\r\n\r\n" + refusal.body;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

template <class State>
asio::awaitable<void> accept_all(tcp::acceptor& acceptor, std::shared_ptr<State> state) {
    while (acceptor.is_open()) {
        auto [bad, socket] = co_await acceptor.async_accept(as_value);
        if (bad) {
            co_await sleep(accept_retry_delay);
            continue;
        }
        if (state->connections >= most_connections) {
            turn_away(socket);
            continue;
        }
        auto session = std::make_shared<control_session<State>>(std::move(socket), state);
        asio::co_spawn(acceptor.get_executor(), control_session<State>::run(std::move(session)),
                       asio::detached);
    }
}

}  // namespace

control_server::control_server(asio::any_io_executor executor, std::string const& where, control_api& api,
                               conversation_log& conversations, std::function<void()> stop)
    : acceptor_(executor),
      state_(std::make_shared<shared_state>(shared_state{api, conversations, std::move(stop)})) {
    auto const here = endpoint_in(where);
    boost::system::error_code bad;
    acceptor_.open(here.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(here, bad);
    if (!bad) acceptor_.listen(tcp::acceptor::max_listen_connections, bad);
    if (bad)
        throw std::runtime_error("the control interface cannot listen on " + here.address().to_string() +
                                 ':' + std::to_string(here.port()) + ": " + bad.message() +
                                 "; choose another port with --control");
}

std::string control_server::url() const {
    auto const here = acceptor_.local_endpoint();
    auto const host =
        here.address().is_v6() ? '[' + here.address().to_string() + ']' : here.address().to_string();
    return "http://" + host + ':' + std::to_string(here.port()) + '/';
}

void control_server::serve() {
    asio::co_spawn(acceptor_.get_executor(), accept_all(acceptor_, state_), asio::detached);
}

}  // namespace testmta::world
