#include "control.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <list>
#include <set>
#include <stdexcept>

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using socket = asio::local::stream_protocol::socket;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t longest_question = 8 * 1024;
constexpr std::size_t longest_answer = 4 * 1024 * 1024;
constexpr std::size_t most_clients = 64;

json::object failure(std::string_view why) {
    return {{"failure", why}};
}

/// Makes way for our socket: one that nobody listens on is left over from a process that was killed.
void remove_stale(asio::any_io_executor const& executor, std::string const& path) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode)) throw std::runtime_error(path + " exists and is no socket (remove it)");
    socket probe(executor);
    boost::system::error_code refused;
    probe.connect(asio::local::stream_protocol::endpoint(path), refused);
    if (!refused)
        throw std::runtime_error(path + " is served by another process (stop it, or set control.listen)");
    ::unlink(path.c_str());
}

}  // namespace

class control_server::state : public std::enable_shared_from_this<control_server::state> {
public:
    state(asio::any_io_executor on, config const& configured, engine_host& asked)
        : executor(std::move(on)), values(configured), host(asked) {}

    void listen(std::string const& path);
    asio::awaitable<void> accept_on(std::shared_ptr<state> self,
                                    asio::local::stream_protocol::acceptor& acceptor);
    asio::awaitable<void> serve(std::shared_ptr<state> self, std::shared_ptr<socket> client);
    asio::awaitable<json::object> reply_to(std::string line);

    asio::any_io_executor executor;
    config const& values;
    engine_host& host;
    std::list<asio::local::stream_protocol::acceptor> acceptors;
    std::set<std::shared_ptr<socket>> clients;
};

void control_server::state::listen(std::string const& path) {
    remove_stale(executor, path);
    try {
        acceptors.emplace_back(executor, asio::local::stream_protocol::endpoint(path));
    } catch (boost::system::system_error const& failed) {
        throw std::runtime_error("control.listen: " + path + ": " + failed.code().message());
    }
    auto& acceptor = acceptors.back();
    ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    ::chmod(path.c_str(), static_cast<mode_t>(std::stoul(values.control.socket_mode, nullptr, 8)));
    asio::co_spawn(executor, accept_on(shared_from_this(), acceptor), asio::detached);
}

asio::awaitable<void> control_server::state::accept_on(std::shared_ptr<state> self,
                                                       asio::local::stream_protocol::acceptor& acceptor) {
    while (acceptor.is_open()) {
        auto [failed, peer] = co_await acceptor.async_accept(outcome);
        if (failed || self->clients.size() >= most_clients) continue;
        auto client = std::make_shared<socket>(std::move(peer));
        self->clients.insert(client);
        asio::co_spawn(executor, serve(self, client), asio::detached);
    }
}

asio::awaitable<void> control_server::state::serve(std::shared_ptr<state> self,
                                                   std::shared_ptr<socket> client) {
    std::string received;
    for (;;) {
        auto const buffer = asio::dynamic_buffer(received, longest_question);
        auto const [unread, length] = co_await asio::async_read_until(*client, buffer, '\n', outcome);
        if (unread) break;
        auto line = received.substr(0, length);
        received.erase(0, length);
        auto const document = co_await reply_to(std::move(line));
        auto const text = json::serialize(document) + '\n';
        auto const reply = asio::buffer(text);
        auto const [unwritten, count] = co_await asio::async_write(*client, reply, outcome);
        if (unwritten) break;
    }
    self->clients.erase(client);
}

asio::awaitable<json::object> control_server::state::reply_to(std::string line) {
    boost::system::error_code malformed;
    auto const value = json::parse(line, malformed);
    if (malformed) co_return failure("not JSON: " + malformed.message());
    auto const asked = question_from(value);
    if (!asked) co_return failure("an unknown question");
    co_return co_await answer(*asked, values, host);
}

control_server::control_server(asio::any_io_executor executor, config const& values, engine_host& host)
    : state_(std::make_shared<state>(std::move(executor), values, host)) {}

control_server::~control_server() {
    stop();
}

void control_server::start() {
    if (auto const& spec = state_->values.control.listen) state_->listen(spec->path());
}

void control_server::stop() {
    for (auto& acceptor : state_->acceptors) {
        boost::system::error_code ignored;
        auto const endpoint = acceptor.local_endpoint(ignored);
        if (acceptor.is_open()) ::unlink(endpoint.path().c_str());
        acceptor.close(ignored);
    }
    for (auto const& client : state_->clients) {
        boost::system::error_code ignored;
        client->close(ignored);
    }
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
    if (unwritten) co_return unwritten;
    auto const buffer = asio::dynamic_buffer(received_, longest_answer);
    auto const [unread, length] = co_await asio::async_read_until(socket_, buffer, '\n', outcome);
    if (unread) co_return unread;
    boost::system::error_code malformed;
    auto const value = json::parse(std::string_view(received_).substr(0, length), malformed);
    received_.erase(0, length);
    if (malformed) co_return malformed;
    if (!value.is_object()) co_return boost::system::error_code(callout::errc::closed);
    co_return value.as_object();
}

}  // namespace vouchd
