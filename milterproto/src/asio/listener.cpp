#include "milterproto/listener.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "listening_socket.hpp"
#include "milterproto/timer.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Without descriptors accept fails at once, again and again; a pause lets connections end and costs no CPU.
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);
/// The same shortage in the whole system.
constexpr auto no_descriptors_anywhere = boost::system::errc::too_many_files_open_in_system;

/// Which file it is, wherever it is. A socket keeps its file's number from being given to another one.
struct file_identity {
    dev_t device;
    ino_t number;
    bool operator==(file_identity const&) const = default;
};

std::optional<file_identity> identity_at(socket_spec const& where) {
    struct stat found{};
    bool const is_path = where.family() == socket_spec::kind::unix_path;
    if (!is_path || ::lstat(where.path().c_str(), &found) != 0) return std::nullopt;
    return file_identity{found.st_dev, found.st_ino};
}

}  // namespace

/// Outlives the listener until its loop has ended.
class listener::state : public std::enable_shared_from_this<state> {
public:
    state(detail::acceptor bound, socket_spec actual)
        : socket_(std::move(bound)),
          where_(std::move(actual)),
          bound_file_(identity_at(where_)),
          name_(where_.to_string()),
          rest_(socket_.get_executor()) {}

    /// Accepts until it is closed.
    void begin();

    socket_spec const& where() const noexcept { return where_; }
    std::string_view name() const noexcept { return name_; }
    /// Takes the owner, and returns whether it is the first, so that accepting begins.
    bool adopts(listener_owner& owner) noexcept {
        return socket_.is_open() && std::exchange(owner_, &owner) == nullptr;
    }
    asio::any_io_executor executor() { return socket_.get_executor(); }
    void pause() noexcept { is_paused_ = true; }
    void resume();
    bool is_awaited() noexcept;
    void close();
    void remove_file() const;
    int release() { return socket_.release(); }

private:
    void await_clients();
    void on_clients(error_code failed);
    void rest(error_code why);
    error_code accept_all();
    error_code accept_one();
    error_code hand_on(newcomer client);
    bool is_a_shortage(error_code failed) const;
    void note_shortage(error_code failed);
    void note_recovery();

    detail::acceptor socket_;
    socket_spec where_;
    std::optional<file_identity> bound_file_;
    std::string name_;
    listener_owner* owner_ = nullptr;
    timer rest_;  ///< not shared: another listener's wait would cut it short
    /// Keeps the loop alive, also during a pause.
    std::optional<asio::executor_work_guard<asio::any_io_executor>> work_;
    bool is_paused_ = false;
    bool waits_ = false;
    bool fails_ = false;  ///< cannot accept while clients wait
};

void listener::state::begin() {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    work_.emplace(socket_.get_executor());
    await_clients();
}

/// Waits for the next client; not by a coroutine, because one cannot catch that its wait has no memory.
void listener::state::await_clients() {
    if (waits_ || is_paused_ || !socket_.is_open()) return;
    try {
        socket_.async_wait(socket_.wait_read, [self = shared_from_this()](error_code failed) {
            self->waits_ = false;
            self->on_clients(failed);
        });
        waits_ = true;
    } catch (std::bad_alloc const&) {
        rest(boost::system::errc::make_error_code(boost::system::errc::not_enough_memory));
    }
}

/// Takes all clients that wait before it waits itself. Another thread may have been quicker: then there is no
/// client.
void listener::state::on_clients(error_code failed) {
    if (!failed) failed = accept_all();
    if (failed == asio::error::would_block) note_recovery();
    if (is_a_shortage(failed)) return rest(failed);
    await_clients();
}

/// Tries again when what is used up may be free.
void listener::state::rest(error_code why) {
    note_shortage(why);
    rest_.call_after(pause_without_descriptors, [self = shared_from_this()] { self->await_clients(); });
}

/// Accepts all that wait. Returns why it ended, or no error if the owner has paused or closed it.
error_code listener::state::accept_all() {
    error_code failed;
    while (!failed && !is_paused_ && socket_.is_open()) {
        failed = accept_one();
        bool const is_used_up = failed == asio::error::no_descriptors || failed == no_descriptors_anywhere;
        if (is_used_up && owner_->frees_descriptor()) failed = accept_one();
    }
    return failed;
}

error_code listener::state::accept_one() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // Programs that the process starts must not inherit it.
    int const descriptor = ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return {errno, boost::system::system_category()};
    return hand_on(newcomer(descriptor, address, size));
}

/// An owner that cannot take a client loses that one, and no other. If it is out of memory, a pause may help.
error_code listener::state::hand_on(newcomer client) {
    try {
        owner_->on_newcomer(name_, std::move(client));
    } catch (std::bad_alloc const&) {
        return make_error_code(boost::system::errc::not_enough_memory);
    } catch (...) {
        return {};
    }
    return {};
}

bool listener::state::is_a_shortage(error_code failed) const {
    bool const in_vain = failed == asio::error::would_block || failed == asio::error::connection_aborted;
    return failed && !in_vain && socket_.is_open();
}

/// Reports a shortage once, however often accept is tried meanwhile.
void listener::state::note_shortage(error_code failed) {
    if (!std::exchange(fails_, true)) owner_->on_accept_failing(name_, failed);
}

/// Reports the end of a shortage. A descriptor that one client gave back and the next one took is not its
/// end.
void listener::state::note_recovery() {
    if (std::exchange(fails_, false)) owner_->on_accept_recovered(name_);
}

void listener::state::resume() {
    is_paused_ = false;
    if (owner_ != nullptr) await_clients();
}

bool listener::state::is_awaited() noexcept {
    pollfd waiting{socket_.native_handle(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

void listener::state::close() {
    if (!socket_.is_open()) return;
    remove_file();
    error_code ignored;
    socket_.close(ignored);
    rest_.cancel();
    work_.reset();
}

/// Somebody may have removed our socket, and put something of his own in its place: another daemon, or an
/// operator.
void listener::state::remove_file() const {
    if (bound_file_ && identity_at(where_) == bound_file_) ::unlink(where_.path().c_str());
}

result<listener> listener::open(asio::any_io_executor const& executor, socket_spec const& where,
                                listener_options const& options) {
    auto opened = detail::open_listening_socket(executor, where, options);
    if (opened.has_error()) return opened.error();
    auto actual = detail::bound_to(*opened, where);
    return listener(std::make_shared<state>(*std::move(opened), std::move(actual)));
}

listener::~listener() {
    if (state_) state_->close();
}

socket_spec const& listener::where() const noexcept {
    return state_->where();
}

std::string_view listener::name() const noexcept {
    return state_->name();
}

void listener::start(listener_owner& owner) {
    if (state_->adopts(owner)) state_->begin();
}

void listener::pause() {
    state_->pause();
}

void listener::resume() {
    state_->resume();
}

bool listener::is_awaited() const noexcept {
    return state_->is_awaited();
}

void listener::close() {
    state_->close();
}

int listener::release() {
    return state_->release();
}

}  // namespace milterproto
