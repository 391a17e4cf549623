#include "system/worker.hpp"

#include <csignal>

namespace callout {
namespace {

/// A thread inherits the signals that are blocked when it begins.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(signals_blocked const&) = delete;

private:
    sigset_t before_;
};

}  // namespace

worker::worker() {
    signals_blocked const here;
    thread_ = std::thread([this] { work(); });
}

void worker::give(std::function<void()> job) {
    {
        std::lock_guard const locked(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void worker::finish() {
    {
        std::lock_guard const locked(mutex_);
        is_finishing_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void worker::work() {
    for (;;) {
        std::unique_lock locked(mutex_);
        changed_.wait(locked, [&] { return is_finishing_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        locked.unlock();
        job();
    }
}

}  // namespace callout
