#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "callout/system.hpp"
#include "system/local_routes.hpp"
#include "system/socket_fault.hpp"
#include "system/timed_socket.hpp"
#include "system/tls_client.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

class link final : public timed_socket<tcp::socket> {
public:
    using timed_socket::timed_socket;
    std::unique_ptr<asio::ssl::stream<tcp::socket&>> secured;  ///< around `socket`, once TLS has begun
};

class tcp_stream final : public stream {
public:
    tcp_stream(std::shared_ptr<link> connected, std::shared_ptr<tls_client> tls)
        : io_(std::move(connected)), tls_(std::move(tls)) {}
    ~tcp_stream() override { io_->close(); }

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into, steady_time until) override {
        auto const io = io_;
        auto const buffer = asio::buffer(into.data(), into.size());
        io->begin(until);
        error_code error;
        std::size_t size = 0;
        if (io->secured)
            std::tie(error, size) = co_await io->secured->async_read_some(buffer, no_throw);
        else
            std::tie(error, size) = co_await io->socket.async_read_some(buffer, no_throw);
        auto const failed = fault_of_connection(io->end(error));
        if (failed) co_return failed;
        co_return size;
    }

    asio::awaitable<result<void>> write(std::string_view bytes, steady_time until) override {
        auto const io = io_;
        if (!io->secured) {  // what fits into the socket's buffer, as commands do, is sent without waiting
            error_code full;
            bytes.remove_prefix(io->socket.write_some(asio::buffer(bytes), full));
            if (bytes.empty()) co_return result<void>();
        }
        auto const buffer = asio::buffer(bytes);
        io->begin(until);
        error_code error;
        std::size_t size = 0;
        if (io->secured)
            std::tie(error, size) = co_await asio::async_write(*io->secured, buffer, no_throw);
        else
            std::tie(error, size) = co_await asio::async_write(io->socket, buffer, no_throw);
        auto const failed = fault_of_connection(io->end(error));
        if (failed) co_return failed;
        co_return result<void>();
    }

    asio::awaitable<result<tls_session>> start_tls(tls_wish wish, steady_time until) override {
        auto const io = io_;
        io->secured = std::make_unique<asio::ssl::stream<tcp::socket&>>(io->socket, tls_->context());
        if (!prepare_handshake(io->secured->native_handle(), wish)) co_return errc::tls_handshake;
        io->begin(until);
        auto const [error] = co_await io->secured->async_handshake(asio::ssl::stream_base::client, no_throw);
        auto const failed = fault_of_connection(io->end(error));
        if (failed == errc::closed) co_return errc::tls_handshake;
        if (failed) co_return failed;
        co_return judge_session(io->secured->native_handle(), wish);
    }

    unread pending() noexcept override {
        if (io_->secured && SSL_pending(io_->secured->native_handle()) > 0) return unread::bytes;
        char byte;
        auto const got = ::recv(io_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got > 0) return unread::bytes;
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? unread::nothing : unread::end;
    }

    endpoint local() const noexcept override {
        error_code ignored;
        return io_->socket.local_endpoint(ignored);
    }
    void close() noexcept override { io_->close(); }

private:
    std::shared_ptr<link> io_;
    std::shared_ptr<tls_client> tls_;
};

/// Opens the socket, and binds it to `source` if there is one.
error_code prepare(tcp::socket& socket, endpoint const& to, std::optional<ip_address> const& source) {
    error_code error;
    socket.open(to.protocol(), error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (!error && source) socket.bind(endpoint(*source, 0), error);
    return error;
}

class tcp_connector final : public connector {
public:
    tcp_connector(asio::any_io_executor executor, tls_files const& files)
        : executor_(std::move(executor)), tls_(std::make_shared<tls_client>(files)) {}

    asio::awaitable<result<std::unique_ptr<stream>>> connect(endpoint to, std::optional<ip_address> source,
                                                             steady_time until) override {
        auto const io = std::make_shared<link>(executor_);
        auto const unprepared = prepare(io->socket, to, source);
        if (unprepared) co_return fault_of_opening(unprepared);
        io->begin(until);
        auto const [error] = co_await io->socket.async_connect(to, no_throw);
        auto const failed = io->end(error);
        bool const has_way = !hints_at_no_way(failed) || has_way_to(to);
        if (failed) co_return fault_of_connecting(failed, has_way);
        co_return std::make_unique<tcp_stream>(io, tls_);
    }

    bool leads_home(ip_address const& address) noexcept override { return routes_.lead_to(address); }

private:
    local_routes routes_;
    asio::any_io_executor executor_;
    std::shared_ptr<tls_client> tls_;
};

}  // namespace

std::unique_ptr<connector> make_tcp_connector(asio::any_io_executor executor, tls_files const& files) {
    return std::make_unique<tcp_connector>(std::move(executor), files);
}

}  // namespace callout
