#include "player.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace bench {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// How far one connection has come in its recording.
class place {
public:
    place(int epoll, milterproto::socket_spec const& where, recording const& what, schedule const& when,
          measured& into)
        : epoll_(epoll),
          where_(where),
          what_(what),
          when_(when),
          into_(into),
          sessions_left_(when.sessions) {}

    void begin();
    void on_event(std::uint32_t events);
    bool is_done() const noexcept { return descriptor_ < 0; }

private:
    enum class part { greeting, message };

    void begin_message();
    void go_on();
    void on_part_over();
    void end();
    void write();
    void read();
    void listen_for(std::uint32_t events);

    int const epoll_;
    milterproto::socket_spec const& where_;
    recording const& what_;
    schedule const& when_;
    measured& into_;

    int descriptor_ = -1;
    std::uint32_t listened_for_ = 0;
    std::size_t sessions_left_;
    std::size_t messages_left_ = 0;
    part part_ = part::greeting;
    std::span<exchange const> rest_;  ///< the first of these is under way
    std::size_t written_ = 0;
    std::size_t read_ = 0;
    clock::time_point begun_;
};

void place::begin() {
    --sessions_left_;
    messages_left_ = when_.messages;
    descriptor_ = connect_to(where_);
    epoll_event event{};
    event.events = listened_for_ = EPOLLIN;
    event.data.ptr = this;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_, &event) != 0) fail("epoll_ctl");
    part_ = part::greeting;
    rest_ = what_.greeting;
    go_on();
}

void place::begin_message() {
    rest_ = part_ == part::greeting ? what_.first : what_.further;
    part_ = part::message;
    begun_ = clock::now();
    go_on();
}

void place::go_on() {
    written_ = read_ = 0;
    write();
}

void place::on_event(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) write();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
}

void place::write() {
    auto const octets = std::string_view(rest_.front().sent).substr(written_);
    auto const count = ::send(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) fail("send");
    if (count > 0) written_ += static_cast<std::size_t>(count);
    listen_for(written_ == rest_.front().sent.size() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void place::read() {
    std::array<char, 4096> octets;
    auto const count = ::recv(descriptor_, octets.data(), octets.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) fail("recv");
    if (count == 0) throw std::runtime_error("the filter closed the connection");
    std::string_view const came(octets.data(), static_cast<std::size_t>(count));
    std::string_view const due = std::string_view(rest_.front().answered).substr(read_);
    if (!due.starts_with(came)) throw std::runtime_error("the filter's answer differs from the recording");
    read_ += came.size();
    if (came.size() < due.size()) return;
    rest_ = rest_.subspan(1);
    if (rest_.empty()) return on_part_over();
    go_on();
}

void place::on_part_over() {
    if (part_ == part::message) {
        into_.latencies.push_back(clock::now() - begun_);
        --messages_left_;
    }
    if (messages_left_ != 0) return begin_message();
    end();
}

void place::end() {
    auto const& farewell = what_.farewell;
    if (::send(descriptor_, farewell.data(), farewell.size(), MSG_NOSIGNAL) < 0) fail("send");
    ::close(std::exchange(descriptor_, -1));
    if (sessions_left_ != 0) begin();
}

void place::listen_for(std::uint32_t events) {
    if (events == listened_for_) return;
    epoll_event event{};
    event.events = listened_for_ = events;
    event.data.ptr = this;
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor_, &event) != 0) fail("epoll_ctl");
}

void send_all(int to, std::string_view octets) {
    while (!octets.empty()) {
        auto const count = ::send(to, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count < 0) fail("send");
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
}

void hold(int with, exchange const& one) {
    send_all(with, one.sent);
    std::string came(one.answered.size(), '\0');
    for (std::size_t size = 0; size < came.size();) {
        auto const count = ::recv(with, came.data() + size, came.size() - size, 0);
        if (count < 0) fail("recv");
        if (count == 0) throw std::runtime_error("the filter closed the connection");
        size += static_cast<std::size_t>(count);
    }
    if (came != one.answered) throw std::runtime_error("the filter's answer differs from the recording");
}

}  // namespace

measured play(milterproto::socket_spec const& where, recording const& what, schedule const& when) {
    measured result;
    result.latencies.reserve(when.connections * when.sessions * when.messages);
    int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) fail("epoll_create1");
    auto const begun = clock::now();
    std::vector<place> places(when.connections, place(epoll, where, what, when, result));
    for (auto& one : places) one.begin();
    std::array<epoll_event, 128> events;
    while (!std::all_of(places.begin(), places.end(), [](auto const& one) { return one.is_done(); })) {
        int const count = ::epoll_wait(epoll, events.data(), events.size(), -1);
        for (int i = 0; i < count; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            static_cast<place*>(event.data.ptr)->on_event(event.events);
        }
    }
    result.elapsed = clock::now() - begun;
    ::close(epoll);
    return result;
}

idle_connections::idle_connections(milterproto::socket_spec const& where, recording const& what,
                                   std::size_t count, idle_after stage) {
    descriptors_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        descriptors_.push_back(connect_to(where));
        if (stage == idle_after::negotiation) {
            hold(descriptors_.back(), what.greeting.front());
            continue;
        }
        for (auto const& one : what.greeting) hold(descriptors_.back(), one);
        for (auto const& one : what.first) hold(descriptors_.back(), one);
    }
}

idle_connections::~idle_connections() {
    for (int const one : descriptors_) ::close(one);
}

}  // namespace bench
