#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callout_command_line.hpp"

/// A plain SMTP client: one thread, epoll, no library. It trusts its peer, has no limits and no time-outs,
/// and looks only at the first digit of a reply and at its end.
///
///     --as floor        asks the server itself, each time on a connection of its own: what a callout costs
///     at least
///     --as sender       asks a mail server that verifies senders: MAIL with the address, RCPT with one of
///     its own,
///                       on connections that stay
///     --as recipients   asks a mail server that verifies recipients: the addresses in RCPT, on connections
///     that stay
///
///     --port N [--count N] [--askers N] [--recipients N, of one transaction] [--known N, addresses in turn]
///     [--first N, of them]
namespace {

using bench::give_up;

enum class role { floor, sender, recipients };

/// One connection, and how far it has come.
struct asker {
    int descriptor = -1;
    enum { greeting, hello, transaction, farewell } stage = greeting;
    std::size_t replies_due = 0;
    std::size_t asked = 0;     ///< addresses under way
    std::size_t first = 0;     ///< reply of the transaction that is the first to a RCPT
    std::size_t seen = 0;      ///< replies of the transaction so far
    std::string unfinished{};  ///< the beginning of a line
};

class client {
public:
    explicit client(bench::callout_command_line const& wanted)
        : role_(role_of(wanted.text("--as"))),
          port_(static_cast<std::uint16_t>(wanted.number("--port"))),
          count_(wanted.number("--count", 10'000)),
          known_(wanted.number("--known", 0)),
          offset_(wanted.number("--first", 0)),
          recipients_(wanted.number("--recipients", 1)),
          askers_(wanted.number("--askers", 50)) {}

    void run();
    std::size_t answered() const noexcept { return answered_; }

private:
    static role role_of(std::string const& word) {
        if (word == "floor") return role::floor;
        if (word == "sender") return role::sender;
        if (word == "recipients") return role::recipients;
        std::fputs("--as must be floor, sender or recipients\n", stderr);
        std::_Exit(64);
    }

    void begin(asker& who);
    void serve(asker& who, std::uint32_t events);
    void read(asker& who);
    void on_reply(asker& who, char first_digit);
    void proceed(asker& who);
    void next_transaction(asker& who);
    void say(asker& who, std::string_view commands, std::size_t replies);
    void leave(asker& who);
    std::string next_address();

    role role_;
    std::uint16_t port_;
    std::size_t count_, known_, offset_, recipients_;
    std::size_t begun_ = 0;  ///< addresses that clients have begun to ask about
    std::size_t answered_ = 0;
    std::size_t present_ = 0;  ///< connections
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<asker> askers_;
};

void client::run() {
    for (auto& who : askers_) begin(who);
    std::array<epoll_event, 128> events;
    while (present_ > 0) {
        int const count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
        for (int i = 0; i < count; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            serve(*static_cast<asker*>(event.data.ptr), event.events);
        }
    }
}

/// Opens a connection. The floor's goes to the host of the addresses that it asks about, as if an MX named
/// it.
void client::begin(asker& who) {
    if (begun_ >= count_) return;
    who = asker();
    who.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (who.descriptor < 0) give_up("socket");
    int const on = 1;
    ::setsockopt(who.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto const where = role_ == role::floor
                           ? bench::endpoint_of(bench::host_of(begun_ % bench::domains), port_)
                           : bench::endpoint_of("127.0.0.1", port_);
    if (::connect(who.descriptor, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0 &&
        errno != EINPROGRESS)
        give_up("connect");
    if (role_ == role::floor) {  // a client that begins with a connection takes its addresses now
        who.asked = std::min(recipients_, count_ - begun_);
        begun_ += who.asked;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &who;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, who.descriptor, &event) != 0) give_up("epoll_ctl");
    who.replies_due = 1;
    ++present_;
}

void client::serve(asker& who, std::uint32_t events) {
    if (events & EPOLLERR) {
        errno = ECONNRESET;
        give_up("a connection");
    }
    read(who);
}

void client::read(asker& who) {
    std::array<char, 16 * 1024> buffer;
    auto const got = ::recv(who.descriptor, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        if (who.stage != asker::farewell) give_up("the server closed the connection");
        return leave(who);
    }
    std::string_view rest(buffer.data(), static_cast<std::size_t>(got));
    if (!who.unfinished.empty()) rest = who.unfinished.append(rest);
    for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
        if (end > 3 && rest[3] != '-') on_reply(who, rest[0]);
    who.unfinished = std::string(rest);
}

void client::on_reply(asker& who, char first_digit) {
    if (first_digit != '2') {
        std::fputs("bench_callout_client: an address was refused\n", stderr);
        std::_Exit(1);
    }
    if (who.stage == asker::transaction && who.seen++ >= who.first) ++answered_;
    if (--who.replies_due == 0) proceed(who);
}

void client::proceed(asker& who) {
    switch (who.stage) {
        case asker::greeting: who.stage = asker::hello; return say(who, "EHLO client.bench.test\r\n", 1);
        case asker::hello: who.stage = asker::transaction; return next_transaction(who);
        case asker::transaction:
            if (role_ != role::floor && begun_ < count_) return next_transaction(who);
            who.stage = asker::farewell;
            return say(who, "QUIT\r\n", 1);
        case asker::farewell: return leave(who);
    }
}

void client::next_transaction(asker& who) {
    std::string commands;
    std::size_t replies = 0;
    auto const add = [&](std::string const& command) {
        commands += command + "\r\n";
        ++replies;
    };
    if (role_ != role::floor) {
        who.asked = std::min(recipients_, count_ - begun_);
        if (who.asked == 0) {
            who.stage = asker::farewell;
            return say(who, "QUIT\r\n", 1);
        }
        add("RSET");
    }
    auto const first_serial = role_ == role::floor ? begun_ - who.asked : begun_;
    if (role_ != role::floor) begun_ += who.asked;
    auto const serial = [&](std::size_t i) {
        return offset_ + (known_ ? (first_serial + i) % known_ : first_serial + i);
    };
    if (role_ == role::sender) {
        add("MAIL FROM:<" + bench::address_of(serial(0)) + '>');
        who.first = replies;
        add("RCPT TO:<postmaster@local.bench.test>");
    } else {
        add("MAIL FROM:<>");
        who.first = replies;
        auto const domain = serial(0) % bench::domains;
        for (std::size_t i = 0; i < who.asked; ++i)
            add("RCPT TO:<user" + std::to_string(serial(i)) + '@' + std::to_string(domain) + ".bench.test>");
    }
    who.seen = 0;
    say(who, commands, replies);
}

void client::say(asker& who, std::string_view commands, std::size_t replies) {
    who.replies_due = replies;
    if (::send(who.descriptor, commands.data(), commands.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(commands.size()))
        give_up("send");
}

void client::leave(asker& who) {
    ::close(std::exchange(who.descriptor, -1));
    --present_;
    if (role_ == role::floor) begin(who);
}

}  // namespace

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    client plain(wanted);
    bench::stopwatch const watch;
    plain.run();
    bench::print_rate(plain.answered(), watch);
    std::puts("}");
}
