#include "log/line_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

namespace vouchd {

namespace {

/// So much is written at once.
constexpr std::size_t enough = std::size_t(64) * 1024;

}  // namespace

/// What the two threads share. It lives as long as one of them.
class line_writer::state {
public:
    state(line_target where, std::function<std::string(dropped_lines const&)> tell_dropped)
        : where_(where), tell_dropped_(std::move(tell_dropped)) {
        text_.reserve(2 * enough);
    }
    ~state() {
        if (where_.whose == line_target::owner::us) ::close(where_.descriptor);
    }
    state(state const&) = delete;

    void push(line_rank rank, std::string line) {
        std::unique_lock locked(mutex_);
        bool const was_idle = is_idle_;
        queue_.push(rank, std::move(line));
        is_idle_ = false;
        locked.unlock();
        if (was_idle) changed_.notify_all();
    }

    void note_lost(line_rank rank) noexcept {
        std::lock_guard const locked(mutex_);
        queue_.note_lost(rank);
    }

    bool await_idle(std::chrono::steady_clock::time_point until) {
        std::unique_lock locked(mutex_);
        return changed_.wait_until(locked, until, [this] { return is_idle_; });
    }

    /// The thread ends when all is written, or at the next error.
    void end() {
        std::lock_guard const locked(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }

    void run() {
        while (next()) {
            for (std::string_view left = text_; !left.empty();) {
                auto const written = ::write(where_.descriptor, left.data(), left.size());
                if (written > 0)
                    left.remove_prefix(std::size_t(written));
                else if (written == 0 || !recovers(errno))
                    return;
            }
        }
    }

    void tell(callout::ledger& to) const {
        std::lock_guard const locked(mutex_);
        to.emplace_back("log_lines", queue_.size(), line_queue::most_lines);
        to.emplace_back("log_bytes", queue_.bytes(), line_queue::most_bytes);
    }

private:
    /// Waits for lines, and takes them. Returns false at the end.
    bool next() {
        std::unique_lock locked(mutex_);
        if (queue_.empty()) {
            is_idle_ = true;
            changed_.notify_all();
        }
        changed_.wait(locked, [this] { return is_ending_ || !queue_.empty(); });
        if (queue_.empty()) return false;
        text_.clear();
        try {
            auto const dropped = queue_.take_dropped();
            if (dropped.any()) text_.append(tell_dropped_(dropped)).append(1, '\n');
            queue_.take(enough, text_);
        } catch (std::bad_alloc const&) {
            queue_.note_lost(line_rank::other);  // a process without memory loses a line, not itself
        }
        return true;
    }

    /// Waits until writing may succeed again. Returns false if nobody waits for that any more.
    bool recovers(int failed) {
        if (failed == EINTR) return true;
        if (failed == EAGAIN || failed == EWOULDBLOCK) {
            pollfd room{where_.descriptor, POLLOUT, 0};
            (void)::poll(&room, 1, static_cast<int>(pause_after_error.count()));
            std::lock_guard const locked(mutex_);
            return !is_ending_;
        }
        std::unique_lock locked(mutex_);
        changed_.wait_for(locked, pause_after_error, [this] { return is_ending_; });
        return !is_ending_;
    }

    line_target const where_;
    std::function<std::string(dropped_lines const&)> const tell_dropped_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    line_queue queue_;
    std::string text_;  ///< what is being written; the thread's alone
    bool is_idle_ = true;
    bool is_ending_ = false;
};

line_writer::line_writer(line_target where, std::function<std::string(dropped_lines const&)> tell_dropped)
    : state_(std::make_shared<state>(where, std::move(tell_dropped))) {
    // A thread inherits which signals are blocked. They are for the loop.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([mine = state_] { mine->run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

line_writer::~line_writer() {
    bool const is_written = state_->await_idle(std::chrono::steady_clock::now() + longest_end);
    state_->end();
    if (is_written)
        thread_.join();
    else
        thread_.detach();
}

void line_writer::write(line_rank rank, std::string line) {
    state_->push(rank, std::move(line));
}

void line_writer::note_lost(line_rank rank) noexcept {
    state_->note_lost(rank);
}

bool line_writer::await_written(std::chrono::steady_clock::time_point until) {
    return state_->await_idle(until);
}

void line_writer::tell(callout::ledger& to) const {
    state_->tell(to);
}

}  // namespace vouchd
