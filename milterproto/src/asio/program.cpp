#include "milterproto/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

namespace milterproto {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Connections are numbered anew in each thread; told to one observer they need numbers of the whole program.
class numbered_observer final : public server_observer {
public:
    numbered_observer(server_observer* told, std::size_t thread, std::size_t threads)
        : told_(told), thread_(thread), threads_(threads) {}

    void on_accepted(std::uint64_t connection, std::string_view listener) override {
        if (told_ != nullptr) told_->on_accepted(number(connection), listener);
    }
    void on_refused(std::string_view listener, std::string_view why) override {
        if (told_ != nullptr) told_->on_refused(listener, why);
    }
    void on_closed(std::uint64_t connection, error_code cause) override {
        if (told_ != nullptr) told_->on_closed(number(connection), cause);
    }
    void on_exception(std::uint64_t connection, std::string_view what) override {
        if (told_ != nullptr) told_->on_exception(number(connection), what);
    }
    void on_misplaced_verdict(std::uint64_t connection) override {
        if (told_ != nullptr) told_->on_misplaced_verdict(number(connection));
    }

private:
    std::uint64_t number(std::uint64_t connection) const noexcept {
        return (connection - 1) * threads_ + thread_ + 1;
    }

    server_observer* told_;
    std::size_t thread_;
    std::size_t threads_;
};

/// One thread: a loop and a server, which ends when it is told to and its last connection is gone.
class worker {
public:
    worker(server::factory const& make, program_options const& options, server_observer* watcher,
           std::size_t thread)
        : grace_(options.grace),
          watcher_(watcher, thread, std::max<std::size_t>(options.threads, 1)),
          server_(loop_.get_executor(), make, options, &watcher_),
          patience_(loop_) {}

    server& served() { return server_; }
    asio::io_context& loop() { return loop_; }
    void run() { loop_.run(); }

    /// From any thread.
    void end() {
        asio::post(loop_, [this] {
            server_.drain();
            until_ = std::chrono::steady_clock::now() + grace_;
            wait_for_the_last();
        });
    }

private:
    void wait_for_the_last() {
        constexpr std::chrono::milliseconds pause{20};
        if (server_.busy() == 0 || std::chrono::steady_clock::now() >= until_) return server_.stop();
        patience_.expires_after(pause);
        patience_.async_wait([this](error_code) { wait_for_the_last(); });
    }

    std::chrono::milliseconds grace_;
    numbered_observer watcher_;
    asio::io_context loop_{1};
    server server_;
    asio::steady_timer patience_;
    std::chrono::steady_clock::time_point until_;
};

/// All of them accept from one socket.
result<void> share_listener(int listening, server& other) {
    auto const duplicate = ::fcntl(listening, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return error_code(errno, boost::system::system_category());
    auto const shared = other.listen(socket_spec::of_descriptor(duplicate));
    if (!shared) ::close(duplicate);
    return shared;
}

/// Waits for the others however it ends.
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
        // A thread could not be made: those that were shall not serve alone.
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

}  // namespace

result<void> run(socket_spec const& where, server::factory const& make, program_options const& options,
                 server_observer* watcher) {
    auto const threads = std::max<std::size_t>(options.threads, 1);
    auto share = options;
    if (!share.shared_limit) share.shared_limit = std::make_shared<connection_limit>(options.max_connections);
    std::vector<std::unique_ptr<worker>> workers;
    for (std::size_t i = 0; i != threads; ++i)
        workers.push_back(std::make_unique<worker>(make, share, watcher, i));

    // Before anything is listened on: whoever ends us then leaves no socket behind.
    asio::signal_set signals(workers.front()->loop(), SIGTERM, SIGINT);
    auto opened = open_listener(workers.front()->loop().get_executor(), where, options);
    if (opened.has_error()) return opened.error();
    auto const listening = opened->release();
    result<void> shared;
    for (auto const& one : workers) {
        if (shared) shared = share_listener(listening, one->served());
    }
    ::close(listening);
    bool const is_path = where.family() == socket_spec::kind::unix_path;
    if (!shared && is_path) ::unlink(where.path().c_str());
    if (!shared) return shared;
    signals.async_wait([&](error_code, int) {
        error_code ignored;
        signals.clear(ignored);  // a second signal ends the program at once
        if (is_path) ::unlink(where.path().c_str());
        for (auto const& one : workers) one->end();
    });
    for (auto const& one : workers) one->served().start();

    crew(workers).start();
    return {};
}

}  // namespace milterproto
