#include "load/load_run.hpp"

#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <thread>

namespace testmta::load {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

std::chrono::microseconds cpu_time_so_far() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const of = [](timeval time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

/// Returns the greatest size of this program in memory. What getrusage says is the size of the process, which
/// may have been larger before it became this program. Returns 0 where the kernel does not tell.
std::size_t peak_kilobytes_so_far() {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::size_t size = 0;
    while (status >> word) {
        if (word == "VmHWM:") status >> size;
    }
    return size;
}

/// Starts the threads, shows the progress, and collects what they counted.
class load_run {
public:
    load_run(plan const& what, milterproto::socket_spec const& filter, run::script const* script,
             progress how, std::ostream& out)
        : plan_(what),
          filter_(filter),
          when_(what),
          content_(what),
          how_(how),
          out_(out),
          signals_(io_, SIGINT, SIGTERM),
          second_(io_) {
        assignment const all{what,
                             when_,
                             filter,
                             clock::now(),
                             [this](early_end kind, std::string why) { end_early(kind, std::move(why)); },
                             has_met_filter_};
        begin_ = all.begin;
        for (std::size_t i = 0; i != what.threads; ++i)
            workers_.emplace_back(all, content{content_, script}, i);
    }

    load_result play() {
        auto const before = cpu_time_so_far();
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (cancelled) return;
            result_.was_interrupted = true;
            stop();
        });
        if (how_ != progress::none) await_second();
        std::list<std::jthread> threads;
        running_ = workers_.size();
        for (auto& one : workers_) threads.emplace_back([this, &one] { run(one); });
        io_.run();
        threads.clear();
        result_.took = clock::now() - begin_;
        if (how_ == progress::line_that_changes) out_ << "\r\x1b[K" << std::flush;
        if (thrown_) std::rethrow_exception(thrown_);
        for (auto const& one : workers_) result_.all.merge(one.with.counted);
        auto const is_refused = result_.all.ended() != 0 && result_.all.lost == result_.all.ended();
        if (is_refused && !has_met_filter_ && !result_.ended_early) {
            result_.ended_early = early_end::no_filter;
            result_.why = filter_.to_string() + " does not negotiate";
        }
        if (result_.all.ended() != 0) result_.took = result_.all.last_end - begin_;
        result_.cpu_time = cpu_time_so_far() - before;
        result_.peak_kilobytes = peak_kilobytes_so_far();
        return std::move(result_);
    }

private:
    void run(worker& one) {
        std::exception_ptr thrown;
        try {
            one.run();
        } catch (...) {
            thrown = std::current_exception();
        }
        asio::post(io_, [this, thrown] {
            if (thrown) {
                thrown_ = thrown;
                stop();
            }
            if (--running_ != 0) return;
            signals_.cancel();
            second_.cancel();
        });
    }

    void end_early(early_end kind, std::string why) {
        asio::post(io_, [this, kind, said = std::move(why)] {
            if (result_.ended_early) return;
            result_.ended_early = kind;
            result_.why = said;
            stop();
        });
    }

    void stop() {
        for (auto& one : workers_) one.stop();
    }

    void await_second() {
        second_.expires_at(begin_ + ++seconds_ * std::chrono::seconds(1));
        second_.async_wait([this](boost::system::error_code cancelled) {
            if (cancelled) return;
            show_second();
            await_second();
        });
    }

    void show_second() {
        std::uint64_t begun = 0, ended = 0, errors = 0;
        for (auto const& one : workers_) {
            ended += one.with.ended.load(std::memory_order_relaxed);
            begun += one.with.begun.load(std::memory_order_relaxed);
            errors += one.with.errors.load(std::memory_order_relaxed);
        }
        if (how_ == progress::line_that_changes) out_ << "\r\x1b[K";
        out_ << std::setw(5) << seconds_ << " s  " << ended;
        if (plan_.messages) out_ << " of " << *plan_.messages;
        out_ << " messages, " << ended - ended_before_ << "/s, " << begun - std::min(begun, ended)
             << " under way, " << errors << (errors == 1 ? " error" : " errors");
        if (how_ == progress::line_each_second) out_ << '\n';
        out_ << std::flush;
        ended_before_ = ended;
    }

    plan const& plan_;
    milterproto::socket_spec const& filter_;
    schedule when_;
    workload content_;
    progress how_;
    std::ostream& out_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    asio::steady_timer second_;
    std::atomic<bool> has_met_filter_{false};
    std::list<worker> workers_;
    moment begin_;
    std::size_t running_ = 0;
    int seconds_ = 0;
    std::uint64_t ended_before_ = 0;
    std::exception_ptr thrown_;
    load_result result_;
};

}  // namespace

load_result play_load(plan const& what, milterproto::socket_spec const& filter, run::script const* script,
                      progress how, std::ostream& out) {
    return load_run(what, filter, script, how, out).play();
}

}  // namespace testmta::load
