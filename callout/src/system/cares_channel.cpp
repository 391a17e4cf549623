#include "system/cares_channel.hpp"

#include <stdexcept>
#include <utility>

namespace callout {
namespace {

using boost::system::error_code;

void on_answer(void* argument, int status, int, unsigned char* message, int size) {
    std::unique_ptr<shared_question> const held(static_cast<shared_question*>(argument));
    auto& q = **held;
    q.done = true;
    q.status = status;
    if (message) q.message.assign(message, message + size);
    q.answered->ring();  // wakes the asker by a post, never from here: it may not cancel within a callback
}

}  // namespace

cares_channel::cares_channel(boost::asio::any_io_executor const& executor, resolver_options const& options,
                             std::string const& server, core::edns how, transport over)
    : executor_(executor), timer_(executor) {
    ares_options o{};
    o.flags = ARES_FLAG_NOCHECKRESP;
    if (how == core::edns::with) o.flags |= ARES_FLAG_EDNS;  // the queries have it already
    if (over == transport::tcp) o.flags |= ARES_FLAG_USEVC;
    o.timeout = static_cast<int>(options.timeout.count());
    o.tries = 1;  // the resolver decides which server is asked next
    o.ednspsz = core::edns_size;
    o.sock_state_cb = &cares_channel::on_socket;
    o.sock_state_cb_data = this;
    constexpr int mask =
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(&handle_, &o, mask) != ARES_SUCCESS) {
        throw std::runtime_error("c-ares cannot make a channel");
    }
    if (ares_set_servers_ports_csv(handle_, server.c_str()) != ARES_SUCCESS) {
        ares_destroy(handle_);
        throw std::runtime_error("not a name server: " + server);
    }
}

cares_channel::~cares_channel() {
    ares_destroy(handle_);
}

void cares_channel::ask(std::span<unsigned char const> query, shared_question const& q) {
    if (sockets_.empty()) asked_ = 0;
    ++asked_;
    ares_send(handle_, query.data(), static_cast<int>(query.size()), on_answer, new shared_question(q));
    set_timer();
}

void cares_channel::on_socket(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<cares_channel*>(self)->watch(fd, readable != 0, writable != 0);
}

void cares_channel::watch(ares_socket_t fd, bool reads, bool writes) {
    if (!reads && !writes) return forget(fd);
    auto& socket = sockets_[fd];
    if (!socket) socket = std::make_shared<watched>(executor_, fd);
    socket->reads = reads;
    socket->writes = writes;
    wait(fd, socket);
}

/// Releases the socket, which c-ares closes next. A handler may still hold it here, and the number may soon
/// be another socket's.
void cares_channel::forget(ares_socket_t fd) {
    auto const found = sockets_.find(fd);
    if (found == sockets_.end()) return;
    found->second->let_go();
    sockets_.erase(found);
}

void cares_channel::wait(ares_socket_t fd, shared_watched const& socket) {
    if (socket->reads && !std::exchange(socket->waits_to_read, true)) {
        wait_for(fd, socket, descriptor::wait_read, &watched::waits_to_read);
    }
    if (socket->writes && !std::exchange(socket->waits_to_write, true)) {
        wait_for(fd, socket, descriptor::wait_write, &watched::waits_to_write);
    }
}

void cares_channel::wait_for(ares_socket_t fd, shared_watched const& socket, descriptor::wait_type what,
                             bool watched::* pending) {
    auto const self = weak_from_this();
    std::weak_ptr<watched> const weak = socket;
    socket->waits.async_wait(what, [self, weak, fd, what, pending](error_code error) {
        auto const c = self.lock();
        auto const s = weak.lock();
        if (error || !c || !s) return;
        s.get()->*pending = false;
        bool const reading = what == descriptor::wait_read;
        c->process(reading ? fd : ARES_SOCKET_BAD, reading ? ARES_SOCKET_BAD : fd);
        c->wait_again(fd, s);
    });
}

/// Waits again, unless c-ares has closed the socket meanwhile, or even opened another under the same number.
void cares_channel::wait_again(ares_socket_t fd, shared_watched const& socket) {
    auto const found = sockets_.find(fd);
    if (found != sockets_.end() && found->second == socket) wait(fd, socket);
}

void cares_channel::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(handle_, readable, writable);
    set_timer();
}

void cares_channel::set_timer() {
    timeval left{};
    if (!ares_timeout(handle_, nullptr, &left)) {
        timer_.cancel();
        return;
    }
    auto const self = weak_from_this();
    timer_.expires_after(std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec));
    timer_.async_wait([self](error_code cancelled) {
        auto const c = self.lock();
        if (c && !cancelled) c->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

}  // namespace callout
