#include "smtpserver/support/smtp_client.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "support/callout_tls_server.hpp"

namespace smtpserver::testing {

namespace {

/// A test fails, and does not hang, if what it waits for does not come by then.
constexpr std::chrono::seconds longest_wait{20};

void require(bool is_good, char const* what) {
    if (!is_good) throw std::runtime_error(what);
}

}  // namespace

smtp_client::smtp_client(boost::asio::io_context& loop, milterproto::socket_spec const& where) : loop_(loop) {
    auto const endpoint = where.endpoint();
    socket_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const* address = reinterpret_cast<sockaddr const*>(endpoint.data());
    require(::connect(socket_, address, static_cast<socklen_t>(endpoint.size())) == 0, "cannot connect");
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
}

smtp_client::smtp_client(smtp_client&& other) noexcept
    : loop_(other.loop_),
      socket_(std::exchange(other.socket_, -1)),
      input_(std::move(other.input_)),
      context_(std::move(other.context_)),
      tls_(std::move(other.tls_)) {}

smtp_client::~smtp_client() {
    close();
}

void smtp_client::close() {
    tls_.reset();
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void smtp_client::make_deaf() {
    int const little = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
}

void smtp_client::let_loop_run() {
    if (loop_.stopped()) loop_.restart();
    loop_.run_one_for(std::chrono::milliseconds(50));
}

void smtp_client::say(std::string_view line) {
    send(std::string(line) + "\r\n");
}

std::size_t smtp_client::send_some(std::string_view octets) {
    auto const count = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void smtp_client::send(std::string_view octets) {
    auto const until = std::chrono::steady_clock::now() + longest_wait;
    while (!octets.empty()) {
        auto const count = tls_ ? SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()))
                                : ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count > 0) {
            octets.remove_prefix(static_cast<std::size_t>(count));
        } else if (!tls_ && errno != EAGAIN) {
            return;  // the server has closed, which the next reply shows
        } else {
            require(std::chrono::steady_clock::now() < until, "nobody reads");
            let_loop_run();
        }
    }
}

/// Returns what came, or nothing at the end.
std::string smtp_client::read_some() {
    auto const until = std::chrono::steady_clock::now() + longest_wait;
    std::array<char, 4096> room;
    for (;;) {
        auto const count = tls_ ? SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()))
                                : ::recv(socket_, room.data(), room.size(), 0);
        if (count > 0) return {room.data(), static_cast<std::size_t>(count)};
        bool const waits = tls_ ? SSL_get_error(tls_.get(), static_cast<int>(count)) == SSL_ERROR_WANT_READ
                                : count < 0 && errno == EAGAIN;
        if (!waits) return {};
        require(std::chrono::steady_clock::now() < until, "no reply came");
        let_loop_run();
    }
}

std::string smtp_client::reply() {
    std::string all;
    for (;;) {
        auto const end = input_.find("\r\n");
        if (end == input_.npos) {
            auto const more = read_some();
            if (more.empty()) return input_.empty() ? "closed" : "closed in the middle of: " + input_;
            input_ += more;
            continue;
        }
        auto const line = input_.substr(0, end);
        input_.erase(0, end + 2);
        all += (all.empty() ? "" : "\n") + line;
        if (line.size() < 4 || line[3] != '-') return all;
    }
}

std::string smtp_client::last_line_of_reply() {
    auto const all = reply();
    return all.substr(all.rfind('\n') + 1);
}

bool smtp_client::shake_hands() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket_);
    SSL_set_connect_state(tls_.get());
    auto const until = std::chrono::steady_clock::now() + longest_wait;
    for (;;) {
        require(std::chrono::steady_clock::now() < until, "the handshake hangs");
        auto const outcome = SSL_do_handshake(tls_.get());
        if (outcome == 1) return true;
        if (SSL_get_error(tls_.get(), outcome) != SSL_ERROR_WANT_READ) return false;
        let_loop_run();
    }
}

folder_of_test::folder_of_test() {
    auto pattern = (std::filesystem::temp_directory_path() / "smtpserver-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
}

folder_of_test::~folder_of_test() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_certificate(std::string const& certificate, std::string const& key) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> const context(SSL_CTX_new(TLS_server_method()),
                                                                    SSL_CTX_free);
    test::certificate_wish wish;
    wish.san = "DNS:localhost,IP:127.0.0.1";
    test::install_certificate(context.get(), wish);
    using file = std::unique_ptr<FILE, int (*)(FILE*)>;
    file const certificate_file(std::fopen(certificate.c_str(), "w"), std::fclose);
    file const key_file(std::fopen(key.c_str(), "w"), std::fclose);
    PEM_write_X509(certificate_file.get(), SSL_CTX_get0_certificate(context.get()));
    PEM_write_PrivateKey(key_file.get(), SSL_CTX_get0_privatekey(context.get()), nullptr, nullptr, 0, nullptr,
                         nullptr);
}

}  // namespace smtpserver::testing
