#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace test {

/// A client of a unix socket that never waits: the loop that serves the socket runs in the same thread, and
/// what that has written can be read at once.
class local_client {
public:
    explicit local_client(std::string const& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        path.copy(where.sun_path, sizeof where.sun_path - 1);
        if (::connect(fd_, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0)
            throw std::runtime_error("cannot connect to " + path);
    }
    ~local_client() { ::close(fd_); }
    local_client(local_client const&) = delete;

    void say(std::string_view text) const { (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

    /// Returns everything that has been heard so far.
    std::string const& heard() {
        std::array<char, 4096> octets;
        for (;;) {
            auto const count = ::recv(fd_, octets.data(), octets.size(), MSG_DONTWAIT);
            if (count == 0) hung_up_ = true;
            if (count <= 0) return heard_;
            heard_.append(octets.data(), static_cast<std::size_t>(count));
        }
    }
    /// Returns whether the other side has closed the connection.
    bool hung_up() {
        heard();
        return hung_up_;
    }

private:
    int fd_;
    std::string heard_;
    bool hung_up_ = false;
};

}  // namespace test
