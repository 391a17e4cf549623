#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"
#include "milterproto/core/wire/message.hpp"
#include "milterproto/socket_spec.hpp"
#include "work.hpp"

/// The least that a filter can cost: one thread, epoll, and nothing between the socket and the work. It
/// trusts the MTA, has no limits and no time-outs, looks at nothing that it does not need, and reads a body
/// as it arrives without assembling its frames. One receive takes as much as there is, one send answers all
/// of it.
namespace {

using bench::behaviour;
using bench::negotiate;
using milterproto::core::command;

constexpr int pause_without_descriptors_ms = 100;
constexpr std::size_t frame_head = 5;

[[noreturn]] void give_up(char const* what) {
    std::perror(what);
    std::_Exit(71);
}

/// A connection. It owns memory only while it has an unfinished frame that is not a body.
struct peer {
    bool used = false;
    std::uint32_t body_left = 0;  ///< bytes of the body frame under way
    bench::message_work work;
    std::unique_ptr<std::string> unfinished;
};

std::uint32_t length_of_frame(std::string_view octets) noexcept {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(octets[i]);
    return length;
}

void put_big_endian(char* at, std::uint32_t number) noexcept {
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = static_cast<char>(number >> shift);
}

class floor_filter {
public:
    explicit floor_filter(bench::filter_command_line const& wanted);
    [[noreturn]] void run();

private:
    void listen(std::string const& where);
    void watch(int descriptor, std::uint32_t events);
    void admit();
    void serve(int descriptor);
    void read(peer& from, std::string_view octets);
    void on_frame(peer& from, command what);
    void on_end_of_message(peer& from);
    void on_offer();
    void answer_continue() noexcept;

    behaviour behaviour_;
    std::uint32_t steps_ = 0;
    std::array<bool, 256> answered_{};
    std::array<bool, 256> counted_{};
    bool tcp_ = false;
    bool paused_ = false;
    int listener_ = -1;
    int epoll_ = -1;
    std::vector<peer> peers_;     ///< by descriptor
    std::array<char, 1024> out_;  ///< room for all answers that a well-behaved MTA can ask for at once
    std::size_t out_size_ = 0;
    std::vector<char> in_ = std::vector<char>(256 * 1024);
};

floor_filter::floor_filter(bench::filter_command_line const& wanted) : behaviour_(wanted.behaviour) {
    namespace step = milterproto::core::step;
    if (behaviour_ == behaviour::noop) {
        steps_ = step::no_helo | step::no_mail | step::no_rcpt | step::no_data | step::no_headers |
                 step::no_end_of_headers | step::no_body | step::no_unknown;
    }
    if (wanted.negotiate == negotiate::max) steps_ |= step::all_no_reply;
    for (char const letter : std::string_view("CHMRTLNBU")) {
        answered_[static_cast<unsigned char>(letter)] = wanted.negotiate == negotiate::by_default;
    }
    for (char const letter : std::string_view("RTLNBE")) counted_[static_cast<unsigned char>(letter)] = true;
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) give_up("epoll_create1");
    listen(wanted.where);
}

void floor_filter::listen(std::string const& where) {
    auto const spec = milterproto::socket_spec::parse(where);
    if (spec.has_error()) {
        std::fprintf(stderr, "%s: %s\n", where.c_str(), spec.error().message().c_str());
        std::_Exit(64);
    }
    auto const endpoint = spec->endpoint();
    tcp_ = spec->family() != milterproto::socket_spec::kind::unix_path;
    if (!tcp_) ::unlink(spec->path().c_str());
    listener_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int const on = 1;
    if (tcp_) ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) give_up("bind");
    if (::listen(listener_, SOMAXCONN) != 0) give_up("listen");
    watch(listener_, EPOLLIN);
}

void floor_filter::watch(int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) give_up("epoll_ctl");
}

void floor_filter::run() {
    std::array<epoll_event, 128> events;
    for (;;) {
        int const timeout = paused_ ? pause_without_descriptors_ms : -1;
        int const count = ::epoll_wait(epoll_, events.data(), events.size(), timeout);
        if (count == 0 && std::exchange(paused_, false)) watch(listener_, EPOLLIN);
        for (int i = 0; i < count; ++i) {
            int const descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener_) {
                admit();
            } else {
                serve(descriptor);
            }
        }
    }
}

void floor_filter::admit() {
    int const descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        if (errno != EMFILE && errno != ENFILE) return;
        paused_ = true;
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_, nullptr);
        return;
    }
    int const on = 1;
    if (tcp_) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (peers_.size() <= static_cast<std::size_t>(descriptor))
        peers_.resize(static_cast<std::size_t>(descriptor) + 1);
    peers_[static_cast<std::size_t>(descriptor)] = peer();
    watch(descriptor, EPOLLIN);
}

void floor_filter::serve(int descriptor) {
    auto& from = peers_[static_cast<std::size_t>(descriptor)];
    std::size_t waiting = 0;
    if (from.unfinished) {
        waiting = from.unfinished->size();
        std::memcpy(in_.data(), from.unfinished->data(), waiting);
        from.unfinished.reset();
    }
    auto const got = ::recv(descriptor, in_.data() + waiting, in_.size() - waiting, 0);
    if (got <= 0) {
        from = peer();
        ::close(descriptor);
        return;
    }
    read(from, {in_.data(), waiting + static_cast<std::size_t>(got)});
    if (out_size_ == 0) return;
    (void)!::send(descriptor, out_.data(), std::exchange(out_size_, 0), MSG_NOSIGNAL);
}

void floor_filter::read(peer& from, std::string_view octets) {
    for (;;) {
        if (from.body_left != 0) {
            auto const here = octets.substr(0, from.body_left);
            from.work.body_octets(here);
            octets.remove_prefix(here.size());
            from.body_left -= static_cast<std::uint32_t>(here.size());
            if (from.body_left != 0) return;
            on_frame(from, command::body);
        }
        if (octets.size() < frame_head) break;
        auto const length = length_of_frame(octets);
        auto const what = static_cast<command>(octets[frame_head - 1]);
        if (what == command::body && length > 1) {
            from.body_left = length - 1;
            octets.remove_prefix(frame_head);
            continue;
        }
        auto const whole = frame_head - 1 + length;
        if (octets.size() < whole) break;
        octets.remove_prefix(whole);
        on_frame(from, what);
    }
    if (!octets.empty()) from.unfinished = std::make_unique<std::string>(octets);
}

void floor_filter::on_frame(peer& from, command what) {
    if (what == command::end_of_message) return on_end_of_message(from);
    if (what == command::negotiate) return on_offer();
    auto const letter = static_cast<unsigned char>(what);
    if (what == command::mail) {
        from.work.begin();
    } else if (counted_[letter]) {
        from.work.event();
    }
    if (answered_[letter]) answer_continue();
}

void floor_filter::on_end_of_message(peer& from) {
    if (behaviour_ == behaviour::full) {
        from.work.event();
        std::array<char, 48> digits;
        auto const value = from.work.header_value(digits);
        auto* at = out_.data() + out_size_;
        auto const length = 1 + sizeof bench::header_name + value.size() + 1;
        put_big_endian(at, static_cast<std::uint32_t>(length));
        at[4] = static_cast<char>(milterproto::core::answer::add_header);
        std::memcpy(at + frame_head, bench::header_name, sizeof bench::header_name);
        at += frame_head + sizeof bench::header_name;
        value.copy(at, value.size());
        at[value.size()] = '\0';
        out_size_ += frame_head - 1 + length;
    }
    answer_continue();
}

void floor_filter::on_offer() {
    namespace action = milterproto::core::action;
    auto* at = out_.data() + out_size_;
    put_big_endian(at, 13);
    at[4] = static_cast<char>(command::negotiate);
    put_big_endian(at + 5, milterproto::core::newest_version);
    put_big_endian(at + 9, behaviour_ == behaviour::full ? action::add_headers : 0);
    put_big_endian(at + 13, steps_);
    out_size_ += 17;
}

void floor_filter::answer_continue() noexcept {
    std::memcpy(out_.data() + out_size_, "\0\0\0\1c", frame_head);
    out_size_ += frame_head;
}

}  // namespace

int main(int argc, char** argv) {
    floor_filter filter(bench::read_filter_command_line(argc, argv));
    filter.run();
}
