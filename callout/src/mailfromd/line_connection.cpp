#include "mailfromd/line_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "system/timed_socket.hpp"

namespace callout {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);
using endpoint_of_server = asio::generic::stream_protocol::endpoint;

/// A lookup cannot be called back, so it is abandoned when its time is over; whichever ends last clears up.
class name_lookup {
public:
    explicit name_lookup(asio::any_io_executor const& executor) : resolver(executor), bell(executor) {}
    tcp::resolver resolver;
    asio::steady_timer bell;
    error_code failed = asio::error::timed_out;
    std::vector<endpoint_of_server> found;
};

std::shared_ptr<name_lookup> begin_lookup(asio::any_io_executor const& executor, callout_url const& url) {
    auto lookup = std::make_shared<name_lookup>(executor);
    auto const family = url.how() == callout_url::kind::inet6 ? tcp::v6() : tcp::v4();
    lookup->resolver.async_resolve(family, url.host(), url.service(),
                                   [lookup](error_code failed, tcp::resolver::results_type const& all) {
                                       lookup->failed = failed;
                                       for (auto const& one : all) lookup->found.emplace_back(one.endpoint());
                                       lookup->bell.cancel();
                                   });
    return lookup;
}

callout_error no_connection(std::string const& to, error_code why) {
    auto const what = why == asio::error::timed_out ? callout_fault::e_timeout : callout_fault::e_failure;
    return callout_error(what, to + ": " + why.message());
}

}  // namespace

class line_connection::timed : public timed_socket<asio::generic::stream_protocol::socket> {
public:
    using timed_socket::timed_socket;
};

line_connection::line_connection(asio::any_io_executor const& executor)
    : io_(std::make_shared<timed>(executor)) {}

line_connection::~line_connection() {
    close();
}

asio::awaitable<callout_result<void>> line_connection::connect(callout_url to, steady_time until) {
    auto const io = io_;
    std::vector<endpoint_of_server> candidates;
    auto const name = to.path().empty() ? to.host() + ':' + to.service() : to.path();
    if (to.how() == callout_url::kind::unix_path) {
        candidates.emplace_back(asio::local::stream_protocol::endpoint(to.path()));
    } else {
        auto const lookup = begin_lookup(io->socket.get_executor(), to);
        lookup->bell.expires_at(until);
        co_await lookup->bell.async_wait(outcome);
        if (lookup->failed) co_return no_connection(name, lookup->failed);
        candidates = std::move(lookup->found);
    }
    error_code last = asio::error::host_not_found;
    for (auto const& one : candidates) {
        io->close();
        io->begin(until);
        auto const [failed] = co_await io->socket.async_connect(one, outcome);
        last = io->end(failed);
        if (!last) break;
        if (last == asio::error::timed_out) break;
    }
    if (last) co_return no_connection(name, last);
    error_code ignored;
    if (to.how() != callout_url::kind::unix_path) io->socket.set_option(tcp::no_delay(true), ignored);
    co_return callout_result<void>();
}

asio::awaitable<callout_result<void>> line_connection::write(std::string text, steady_time until) {
    auto const io = io_;
    auto const bytes = asio::buffer(text);
    io->begin(until);
    auto const [unwritten, count] = co_await asio::async_write(io->socket, bytes, outcome);
    auto const failed = io->end(unwritten);
    if (!failed) co_return callout_result<void>();
    auto const late = failed == asio::error::timed_out;
    co_return callout_error(late ? callout_fault::e_timeout : callout_fault::e_eof, failed.message());
}

asio::awaitable<callout_result<std::size_t>> line_connection::read_some(std::span<char> into,
                                                                        steady_time until) {
    auto const io = io_;
    auto const buffer = asio::buffer(into.data(), into.size());
    io->begin(until);
    auto const [unread, count] = co_await io->socket.async_read_some(buffer, outcome);
    auto const failed = io->end(unread);
    if (!failed) co_return count;
    auto const late = failed == asio::error::timed_out;
    co_return callout_error(late ? callout_fault::e_timeout : callout_fault::e_eof, failed.message());
}

void line_connection::close() noexcept {
    io_->close();
}

}  // namespace callout
