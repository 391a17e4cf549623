#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callout_command_line.hpp"

/// The mail server of the comparison: one thread, epoll, and an answer to every command as soon as it has
/// arrived. It accepts any address that it is asked about, on every loopback address. A line on its standard
/// input is answered by what it has counted since the last one; the end of its input ends it.
///
///     bench_callout_server --port N [--silent 1] [--descriptors N]       silent: it takes connections and
///     never speaks
namespace {

using bench::give_up;

constexpr std::string_view greeting = "220 mx.bench.test ESMTP\r\n";
constexpr std::string_view hello =
    "250-mx.bench.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n";
constexpr std::string_view accepted = "250 2.1.5 Ok\r\n";
constexpr std::string_view farewell = "221 2.0.0 Bye\r\n";
constexpr std::string_view unknown = "502 5.5.2 Error: command not recognized\r\n";

class server {
public:
    server(std::uint16_t port, bool silent);
    void run();

private:
    void watch(int descriptor);
    void admit();
    void serve(int descriptor);
    bool answer(std::string_view command, std::string& out);
    void report();
    void hang_up(int descriptor);

    bool silent_;
    int listener_ = -1;
    int epoll_ = -1;
    bool running_ = true;
    std::size_t connections_ = 0;
    std::size_t recipients_ = 0;
    std::vector<std::string> unfinished_;  ///< the beginning of a command, by descriptor
    std::string out_;
};

server::server(std::uint16_t port, bool silent) : silent_(silent) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int const on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto const where = bench::endpoint_of("0.0.0.0", port);
    if (::bind(listener_, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0) give_up("bind");
    if (::listen(listener_, SOMAXCONN) != 0) give_up("listen");
    watch(listener_);
    watch(STDIN_FILENO);
}

void server::watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) give_up("epoll_ctl");
}

void server::run() {
    std::array<epoll_event, 128> events;
    while (running_) {
        int const count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
        for (int i = 0; i < count; ++i) {
            int const descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener_) {
                admit();
            } else if (descriptor == STDIN_FILENO) {
                report();
            } else {
                serve(descriptor);
            }
        }
    }
}

void server::admit() {
    for (;;) {
        int const descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EAGAIN || errno == ECONNABORTED) return;
            give_up("accept4");
        }
        ++connections_;
        int const on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (unfinished_.size() <= static_cast<std::size_t>(descriptor))
            unfinished_.resize(static_cast<std::size_t>(descriptor) + 1);
        unfinished_[static_cast<std::size_t>(descriptor)].clear();
        watch(descriptor);
        if (!silent_) (void)!::send(descriptor, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    }
}

void server::serve(int descriptor) {
    auto& unfinished = unfinished_[static_cast<std::size_t>(descriptor)];
    std::array<char, 16 * 1024> buffer;
    auto const got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (got <= 0) return hang_up(descriptor);
    unfinished.append(buffer.data(), static_cast<std::size_t>(got));
    std::string_view rest = unfinished;
    bool stays = true;
    out_.clear();
    for (std::size_t end; stays && (end = rest.find('\n')) != std::string_view::npos;
         rest.remove_prefix(end + 1))
        stays = answer(rest.substr(0, end), out_);
    unfinished.erase(0, unfinished.size() - rest.size());
    if (!out_.empty()) (void)!::send(descriptor, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (!stays) hang_up(descriptor);
}

/// Returns false once the client has said QUIT.
bool server::answer(std::string_view command, std::string& out) {
    if (command.starts_with("RCPT")) {
        ++recipients_;
        out += accepted;
    } else if (command.starts_with("MAIL") || command.starts_with("RSET") || command.starts_with("HELO")) {
        out += accepted;
    } else if (command.starts_with("EHLO")) {
        out += hello;
    } else if (command.starts_with("QUIT")) {
        out += farewell;
        return false;
    } else {
        out += unknown;
    }
    return true;
}

void server::hang_up(int descriptor) {
    ::close(descriptor);
}

void server::report() {
    std::array<char, 256> line;
    if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) {
        running_ = false;
        return;
    }
    std::printf("{\"connections\": %zu, \"recipients\": %zu}\n", std::exchange(connections_, 0),
                std::exchange(recipients_, 0));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    bench::allow_descriptors(wanted.number("--descriptors", 1000));
    server(static_cast<std::uint16_t>(wanted.number("--port")), wanted.number("--silent", 0) != 0).run();
}
