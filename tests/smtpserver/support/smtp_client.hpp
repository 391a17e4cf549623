#pragma once

#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "milterproto/socket_spec.hpp"

namespace smtpserver::testing {

/// A client on a socket that does not block, in the thread of the server's loop: while it waits, the loop
/// runs.
class smtp_client {
public:
    smtp_client(boost::asio::io_context& loop, milterproto::socket_spec const& where);
    smtp_client(smtp_client&& other) noexcept;
    ~smtp_client();

    /// Sends a line; CR LF is appended.
    void say(std::string_view line);
    void send(std::string_view octets);
    /// Sends what the system takes at once, and returns how many bytes. In clear alone.
    std::size_t send_some(std::string_view octets);
    /// Returns the next reply, lines separated by LF, or "closed".
    std::string reply();
    std::string ask(std::string_view line) {
        say(line);
        return reply();
    }
    /// Returns the last line of the next reply.
    std::string last_line_of_reply();
    /// Begins TLS, and returns whether that worked.
    bool shake_hands();
    void close();
    /// Keeps the system from taking what the server sends.
    void make_deaf();

private:
    std::string read_some();
    void let_loop_run();

    boost::asio::io_context& loop_;
    int socket_ = -1;
    std::string input_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

/// A folder that is gone after the test.
class folder_of_test {
public:
    folder_of_test();
    ~folder_of_test();
    folder_of_test(folder_of_test const&) = delete;
    std::string operator/(std::string_view name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

/// Writes a certificate for localhost, which signed itself, and its key.
void write_certificate(std::string const& certificate, std::string const& key);

}  // namespace smtpserver::testing
