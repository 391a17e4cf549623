#include "milterproto/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "milterproto/text_observer.hpp"
#include "program_observer.hpp"
#include "program_signals.hpp"
#include "signal_guard.hpp"

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// One thread: a loop and a server, which ends when it is told to and its last connection is gone.
class worker {
public:
    worker(server::factory const& make, program_options const& options, detail::program_observer& watcher)
        : grace_(options.grace),
          server_(loop_.get_executor(), make, options, &watcher),
          grace_timer_(loop_) {}

    server& served() { return server_; }
    asio::io_context& loop() { return loop_; }
    void run() {
        while (!runs_to_the_end()) {
        }
    }

    /// Ends the worker. Any thread may call it.
    void end() {
        asio::post(loop_, [this] {
            server_.drain();
            grace_timer_.expires_after(grace_);
            grace_timer_.async_wait([this](error_code) { server_.stop(); });
            asio::co_spawn(loop_, server_.rested(),
                           [this](std::exception_ptr const&) { grace_timer_.cancel(); });
        });
    }

private:
    /// A wait without memory ends the callback that wanted it, and its session hears of that; Asio lets the
    /// exception through all the same.
    bool runs_to_the_end() {
        try {
            loop_.run();
            return true;
        } catch (std::bad_alloc const&) {
            return false;
        }
    }

    std::chrono::milliseconds grace_;
    asio::io_context loop_{1};
    server server_;
    asio::steady_timer grace_timer_;
};

/// Lets another server accept from the same socket.
result<void> share_listener(int listening, server& other) {
    auto const duplicate = ::fcntl(listening, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return error_code(errno, boost::system::system_category());
    auto const shared = other.listen(socket_spec::of_descriptor(duplicate));
    if (!shared) ::close(duplicate);
    return shared;
}

/// The other workers, each with its thread. The destructor waits for them.
class crew {
public:
    explicit crew(std::vector<std::unique_ptr<worker>>& workers) : workers_(workers) {}
    void start() {
        for (std::size_t i = 1; i != workers_.size(); ++i)
            threads_.emplace_back([one = workers_[i].get()] { one->run(); });
        workers_.front()->run();
        ended_ = true;
    }
    ~crew() {
        // A thread could not be made: those that exist must not serve alone.
        for (auto const& one : workers_) {
            if (!ended_) one->loop().stop();
        }
        for (auto& one : threads_) one.join();
    }
    crew(crew const&) = delete;

private:
    std::vector<std::unique_ptr<worker>>& workers_;
    std::vector<std::thread> threads_;
    bool ended_ = false;
};

/// What `run` makes, in the order in which it is needed: signals first, so that a signal that ends the
/// program leaves no socket behind.
class program {
public:
    program(server::factory const& make, program_options const& options, server_observer& told)
        : told_(told), options_(options) {
        auto const threads = std::max<std::size_t>(options.threads, 1);
        if (!options_.shared_limit)
            options_.shared_limit = std::make_shared<connection_limit>(options.max_connections);
        for (std::size_t i = 0; i != threads; ++i) {
            auto& observer = observers_.emplace_back(told, reports_, i, threads);
            workers_.push_back(std::make_unique<worker>(make, options_, observer));
        }
        signals_.emplace(workers_.front()->loop(), options_, guard_.hangup_was_ignored());
    }
    ~program() { remove_socket(); }
    program(program const&) = delete;

    result<void> listen(socket_spec const& where) {
        auto opened = listener::open(workers_.front()->loop().get_executor(), where, options_);
        if (opened.has_error()) return opened.error();
        if (where.family() == socket_spec::kind::unix_path) path_ = where.path();
        name_ = opened->name();
        for (auto& one : observers_) one.listens_at(name_);
        auto const listening = opened->release();
        result<void> shared;
        for (auto const& one : workers_) {
            if (shared) shared = share_listener(listening, one->served());
        }
        ::close(listening);
        return shared;
    }

    void serve() {
        signals_->start([this] { end(); }, [this](std::string_view what) { told_.on_hangup_failed(what); });
        for (auto const& one : workers_) one->served().start();
        crew(workers_).start();
    }

private:
    void end() {
        remove_socket();
        for (auto const& one : workers_) one->end();
    }
    void remove_socket() {
        if (auto const path = std::exchange(path_, std::nullopt)) ::unlink(path->c_str());
    }

    server_observer& told_;
    program_options options_;
    detail::signal_guard const guard_;
    detail::told_by_all_threads reports_;
    std::deque<detail::program_observer> observers_;  ///< a deque, because they must not move
    std::vector<std::unique_ptr<worker>> workers_;
    std::optional<detail::program_signals> signals_;
    std::optional<std::string> path_;  ///< of a unix socket that has not been removed
    std::string name_;
};

}  // namespace

result<void> run(socket_spec const& where, server::factory const& make, program_options const& options,
                 server_observer* watcher) {
    text_observer by_default(&write_to_stderr);
    server_observer& told = watcher != nullptr ? *watcher : by_default;
    program running(make, options, told);
    auto const listening = running.listen(where);
    if (listening) {
        running.serve();
    } else {
        told.on_listen_failed(where.to_string(), explain_listening(where, listening.error()));
    }
    return listening;
}

}  // namespace milterproto
