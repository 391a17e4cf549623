#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace callout {

/// A thread that does jobs one after the other, in their order. Signals are left to the other threads. It
/// bounds nothing: its owner waits for one job before it gives another.
class worker {
public:
    worker();
    /// Returns when all jobs are done.
    ~worker() { finish(); }
    worker(worker const&) = delete;

    /// A job must not throw.
    void give(std::function<void()> job);
    /// Returns when all jobs are done. Those that are given later are never begun.
    void finish();

private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    bool is_finishing_ = false;
    std::thread thread_;
};

}  // namespace callout
