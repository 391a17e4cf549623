#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "callout_command_line.hpp"

/// Clients of a callout server: one thread, epoll, no library. As mail filters do, each opens a session, asks
/// about an address, VRFY and RUN, and closes it; with --stays 1 all its addresses go over one session. It
/// never says two things at once, because calloutd then hangs up.
///
///     bench_callout_asker --socket PATH [--clients N] [--count N] [--each N, addresses of one RUN] [--stays
///     1]
///     [--known N, addresses in turn] [--first N, of them] [--domains N, of the addresses] [--pause MS,
///     before the next client]
namespace {

using bench::give_up;
using clock_type = std::chrono::steady_clock;

/// One connection, and how far it has come.
struct client {
    int descriptor = -1;
    bool greeted = false;
    bool answered = false;
    std::size_t next = 0;    ///< the address to ask about next
    std::size_t end = 0;     ///< the address after the last one of this RUN
    std::size_t queued = 0;  ///< addresses of this RUN
    clock_type::time_point begun{};
    std::string unfinished{};  ///< the beginning of a line
};

class asker {
public:
    explicit asker(bench::callout_command_line const& wanted)
        : path_(wanted.text("--socket")),
          count_(wanted.number("--count", 10'000)),
          each_(wanted.number("--each", 1)),
          stays_(wanted.number("--stays", 0) != 0),
          known_(wanted.number("--known", 0)),
          offset_(wanted.number("--first", 0)),
          domains_(wanted.number("--domains", bench::domains)),
          pause_ms_(static_cast<int>(wanted.number("--pause", 1))),
          clients_(wanted.number("--clients", 50)) {}

    void greet_all();
    void run();
    std::size_t answered() const noexcept { return answered_; }
    double percentile(std::size_t percent);

private:
    void open(client& who);
    void serve(int timeout_ms);
    void begin(client& who);
    void read(client& who);
    void on_line(client& who, std::string_view line);
    void on_answer(client& who, std::string_view line);
    void end(client& who);
    void queue(client& who);
    void say(client const& who, std::string_view command);

    std::string path_;
    std::size_t count_, each_;
    bool stays_;
    std::size_t known_, offset_, domains_;
    std::size_t begun_ = 0;  ///< addresses that clients have begun to ask about
    std::size_t answered_ = 0;
    std::size_t busy_ = 0;           ///< clients
    std::vector<double> answer_ms_;  ///< from VRFY to the end of RUN
    int pause_ms_;
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<client> clients_;
};

[[noreturn]] void complain(std::string_view what) {
    std::fprintf(stderr, "bench_callout_asker: %.*s\n", static_cast<int>(what.size()), what.data());
    std::_Exit(1);
}

/// Opens the sessions that stay, before anything is measured.
void asker::greet_all() {
    for (auto& who : clients_) {
        if (!stays_) continue;
        open(who);
        while (!who.greeted) serve(-1);
    }
}

void asker::open(client& who) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    if (path_.size() >= sizeof where.sun_path) complain("--socket is too long");
    path_.copy(where.sun_path, path_.size());
    who = client();
    who.descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (who.descriptor < 0) give_up("socket");
    if (::connect(who.descriptor, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0)
        give_up(path_.c_str());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &who;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, who.descriptor, &event) != 0) give_up("epoll_ctl");
}

/// Runs the clients. They begin one after the other, because all at once they would fill the queue of the
/// name server, and then wait for lost queries.
void asker::run() {
    for (auto& who : clients_) {
        begin(who);
        auto const end = clock_type::now() + std::chrono::milliseconds(pause_ms_);
        do serve(pause_ms_);
        while (clock_type::now() < end);
    }
    while (busy_ > 0) serve(-1);
}

void asker::serve(int timeout_ms) {
    std::array<epoll_event, 128> events;
    int const count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
    for (int i = 0; i < count; ++i) read(*static_cast<client*>(events[static_cast<std::size_t>(i)].data.ptr));
}

void asker::begin(client& who) {
    if (begun_ == count_) return;
    auto const now = clock_type::now();
    if (!stays_) open(who);
    who.begun = now;
    who.next = begun_;
    begun_ = who.end = std::min(begun_ + each_, count_);
    who.queued = who.end - who.next;
    ++busy_;
    if (who.greeted) queue(who);
}

void asker::queue(client& who) {
    auto const serial = offset_ + (known_ ? who.next % known_ : who.next);
    ++who.next;
    say(who, "VRFY \"" + bench::address_of(serial, domains_) + "\"\r\n");
}

void asker::read(client& who) {
    std::array<char, 16 * 1024> buffer;
    auto const got = ::recv(who.descriptor, buffer.data(), buffer.size(), 0);
    if (got <= 0) complain("the server closed the connection");
    std::string_view rest(buffer.data(), static_cast<std::size_t>(got));
    if (!who.unfinished.empty()) rest = who.unfinished.append(rest);
    for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
        on_line(who, rest.substr(0, end));
    who.unfinished = std::string(rest);
    if (who.answered) end(who);
}

void asker::on_line(client& who, std::string_view line) {
    if (line.starts_with('*')) return;
    if (!line.starts_with("OK")) complain(line);
    if (line.find('=') != std::string_view::npos) return on_answer(who, line);
    who.greeted = true;
    if (who.queued == 0) return;  // nothing is asked yet
    if (who.next < who.end) return queue(who);
    say(who, "RUN\r\n");
}

void asker::on_answer(client& who, std::string_view line) {
    std::size_t found = 0;
    for (auto at = line.find("=success"); at != std::string_view::npos; at = line.find("=success", at + 1))
        ++found;
    if (found != who.queued) complain(line);
    answered_ += found;
    answer_ms_.push_back(std::chrono::duration<double, std::milli>(clock_type::now() - who.begun).count());
    who.answered = true;
}

void asker::end(client& who) {
    who.answered = false;
    --busy_;
    if (!stays_) ::close(who.descriptor);
    begin(who);
}

void asker::say(client const& who, std::string_view command) {
    if (::send(who.descriptor, command.data(), command.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(command.size()))
        give_up("send");
}

double asker::percentile(std::size_t percent) {
    std::ranges::sort(answer_ms_);
    return answer_ms_.empty() ? 0 : answer_ms_[(answer_ms_.size() - 1) * percent / 100];
}

}  // namespace

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    bench::allow_descriptors(wanted.number("--clients", 50));
    asker all(wanted);
    all.greet_all();
    bench::stopwatch const watch;
    all.run();
    bench::print_rate(all.answered(), watch);
    std::printf(", \"median_ms\": %.3f, \"p99_ms\": %.3f}\n", all.percentile(50), all.percentile(99));
}
