#include "stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/system_error.hpp>
#include <boost/version.hpp>
#include <cerrno>
#include <utility>

// The operation below is written against the reactor of Boost 1.81 as it is inside;
// MILTERPROTO_PORTABLE_WAITS chooses Asio's public way, which is also what any other version gets.
#if BOOST_VERSION == 108100 && !defined(MILTERPROTO_PORTABLE_WAITS)
#include <boost/asio/detail/config.hpp>
#if defined(BOOST_ASIO_HAS_EPOLL) && !defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
#define MILTERPROTO_OWN_WAITS
#endif
#endif

#if defined(MILTERPROTO_OWN_WAITS)
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#else
#include <boost/asio/posix/stream_descriptor.hpp>
#endif

namespace milterproto::detail {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

}  // namespace

#if defined(MILTERPROTO_OWN_WAITS)

/// Two operations on the reactor, one for each direction, which live as long as the stream. Few connections
/// ever wait for room, so the one for writing is made when it is first needed.
///
/// The reactor is edge-triggered. An operation that says "done and exhausted" makes it neither try at once
/// when the next wait begins nor arm the descriptor anew. So a reader must read until less came than there
/// was room for; bytes that come later are a new edge.
class stream::waits {
public:
    waits(asio::any_io_executor const& executor, int descriptor)
        : reactor_(asio::use_service<reactor>(asio::query(executor, asio::execution::context))),
          descriptor_(descriptor),
          readable_(*this, reactor::read_op) {
        reactor_.init_task();
        if (int const failed = reactor_.register_descriptor(descriptor_, data_); failed != 0) {
            reactor_.cleanup_descriptor_data(data_);
            throw boost::system::system_error(failed, boost::system::system_category());
        }
    }

    void begin_reading(std::shared_ptr<stream_listener> who) { begin(readable_, std::move(who)); }
    void begin_writing(std::shared_ptr<stream_listener> who) {
        if (writable_ == nullptr) writable_ = std::make_unique<ready>(*this, reactor::write_op);
        begin(*writable_, std::move(who));
    }
    void note_read(bool filled_its_room) noexcept { more_to_read_ = filled_its_room; }

    bool missed_something(int descriptor) const noexcept {
        char byte;
        return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
    }

    void close() noexcept {
        reactor_.deregister_descriptor(descriptor_, data_, true);
        ::close(descriptor_);
        reactor_.cleanup_descriptor_data(data_);
    }

private:
    using reactor = asio::detail::epoll_reactor;

    class ready : public asio::detail::reactor_op {
    public:
        ready(waits& owner, int which)
            : reactor_op(error_code(), &perform, &complete), direction(which), owner_(owner) {}

        int const direction;
        std::shared_ptr<stream_listener> who;  ///< while it is under way

    private:
        static status perform(reactor_op*) { return done_and_exhausted; }
        static void complete(void* loop, asio::detail::operation* base, error_code const&, std::size_t) {
            auto* const self = static_cast<ready*>(base);
            auto const listener = std::move(self->who);
            auto const failed = std::exchange(self->ec_, error_code());
            if (loop == nullptr) return;  // it is being destroyed
            if (self->direction == reactor::write_op) return listener->on_writable(failed);
            self->owner_.more_to_read_ = true;  // until it is read
            listener->on_readable(failed);
        }
        waits& owner_;
    };

    void begin(ready& operation, std::shared_ptr<stream_listener> who) {
        if (operation.who != nullptr) return;
        operation.who = std::move(who);
        bool const at_once = operation.direction == reactor::read_op && std::exchange(more_to_read_, false);
        if (at_once) return reactor_.post_immediate_completion(&operation, false);
        reactor_.start_op(operation.direction, descriptor_, data_, &operation, false, true);
    }

    reactor& reactor_;
    int descriptor_;
    reactor::per_descriptor_data data_ = nullptr;
    ready readable_;
    std::unique_ptr<ready> writable_;  ///< null until a write has to wait
    bool more_to_read_ = false;
};

#else

class stream::waits {
public:
    waits(asio::any_io_executor const& executor, int descriptor) : descriptor_(executor, descriptor) {}

    void begin_reading(std::shared_ptr<stream_listener> who) {
        begin(reads_, descriptor_.wait_read, &stream_listener::on_readable, std::move(who));
    }
    void begin_writing(std::shared_ptr<stream_listener> who) {
        begin(writes_, descriptor_.wait_write, &stream_listener::on_writable, std::move(who));
    }
    void note_read(bool) noexcept {}
    bool missed_something(int) const noexcept { return false; }
    void close() noexcept {
        error_code ignored;
        descriptor_.close(ignored);
    }

private:
    using waitable = asio::posix::stream_descriptor;
    using told = void (stream_listener::*)(error_code);

    void begin(bool& under_way, waitable::wait_type what, told tell, std::shared_ptr<stream_listener> who) {
        if (std::exchange(under_way, true)) return;
        descriptor_.async_wait(what, [&under_way, tell, who = std::move(who)](error_code failed) {
            under_way = false;
            (who.get()->*tell)(failed);
        });
    }

    waitable descriptor_;
    bool reads_ = false;
    bool writes_ = false;
};

#endif

stream::stream(asio::any_io_executor const& executor, int descriptor)
    : descriptor_(descriptor), waits_(std::make_unique<waits>(executor, descriptor)) {}

stream::stream(stream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), waits_(std::move(other.waits_)) {}

stream::~stream() {
    close();
}

std::size_t stream::read_some(std::span<char> room, error_code& failed) noexcept {
    auto const count = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
    waits_->note_read(count == static_cast<ssize_t>(room.size()));
    failed = count > 0 ? error_code() : count == 0 ? asio::error::eof : last_error();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::size_t stream::write_some(std::string_view bytes, error_code& failed) noexcept {
    auto const count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    failed = count >= 0 ? error_code() : last_error();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void stream::await_readable(std::shared_ptr<stream_listener> who) {
    waits_->begin_reading(std::move(who));
}

void stream::await_writable(std::shared_ptr<stream_listener> who) {
    waits_->begin_writing(std::move(who));
}

bool stream::missed_something() const noexcept {
    return descriptor_ >= 0 && waits_->missed_something(descriptor_);
}

void stream::close() noexcept {
    if (std::exchange(descriptor_, -1) >= 0) waits_->close();
}

}  // namespace milterproto::detail
