#pragma once

#include <ares.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "callout/system.hpp"
#include "core/dns_query.hpp"

namespace callout {

/// One question under way. The asker may leave first; c-ares's callback always comes, and finds it here.
class question {
public:
    explicit question(callout::clock& clock) : answered(clock.make_alarm()) {}
    std::unique_ptr<alarm> answered;
    bool done = false;
    int status = ARES_ETIMEOUT;
    std::vector<unsigned char> message;  ///< also with some statuses that are errors to c-ares
};
using shared_question = std::shared_ptr<question>;

/// How questions travel. Over UDP, c-ares asks again over TCP where an answer is truncated.
enum class transport { udp, tcp };

/// A c-ares channel for one server, on this executor: sockets and timer of c-ares become waits of Asio.
/// c-ares sends all from one socket, which it closes when no question is left.
class cares_channel : public std::enable_shared_from_this<cares_channel> {
public:
    cares_channel(boost::asio::any_io_executor const& executor, resolver_options const& options,
                  std::string const& server, core::edns how, transport over);
    ~cares_channel();
    cares_channel(cares_channel const&) = delete;

    void ask(std::span<unsigned char const> query, shared_question const& q);
    /// Returns whether its socket has carried as many questions as one port should.
    bool is_used_up() const noexcept { return !sockets_.empty() && asked_ >= questions_of_a_port; }

    /// Whoever forges an answer must guess its port (RFC 5452 9.2), which few questions share: with one for
    /// each, every question would cost a channel of 75 KiB.
    static constexpr unsigned questions_of_a_port = 8;

private:
    using descriptor = boost::asio::posix::stream_descriptor;

    /// A socket of c-ares, which owns the descriptor; we only wait for it.
    class watched {
    public:
        watched(boost::asio::any_io_executor const& executor, int fd) : waits(executor, fd) {}
        ~watched() { let_go(); }
        void let_go() { waits.release(); }
        descriptor waits;
        bool reads = false, writes = false;                  ///< what c-ares wants
        bool waits_to_read = false, waits_to_write = false;  ///< what is pending
    };
    using shared_watched = std::shared_ptr<watched>;

    static void on_socket(void* self, ares_socket_t fd, int readable, int writable);
    void watch(ares_socket_t fd, bool reads, bool writes);
    void forget(ares_socket_t fd);
    void wait(ares_socket_t fd, shared_watched const& socket);
    void wait_for(ares_socket_t fd, shared_watched const& socket, descriptor::wait_type what,
                  bool watched::* pending);
    void wait_again(ares_socket_t fd, shared_watched const& socket);
    void process(ares_socket_t readable, ares_socket_t writable);
    void set_timer();

    boost::asio::any_io_executor executor_;
    boost::asio::steady_timer timer_;
    std::map<ares_socket_t, shared_watched> sockets_;
    ares_channel handle_ = nullptr;
    unsigned asked_ = 0;  ///< since the socket was opened
};

}  // namespace callout
