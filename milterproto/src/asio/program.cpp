#include "milterproto/program.hpp"

#include <fcntl.h>
#include <unistd.h>

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

/// One thread: a loop and a server, which ends when it is told to and its last connection is gone.
class worker {
public:
    worker(server::factory const& make, program_options const& options, server_observer* watcher)
        : grace_(options.grace), server_(loop_.get_executor(), make, options, watcher), patience_(loop_) {}

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
    asio::io_context loop_{1};
    server server_;
    asio::steady_timer patience_;
    std::chrono::steady_clock::time_point until_;
};

/// The others accept from the first one's socket.
result<void> share_listener(milterproto::server& first, milterproto::server& other) {
    auto const duplicate = ::fcntl(first.native_listener(), F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return error_code(errno, boost::system::system_category());
    auto const listening = other.listen(socket_spec::of_descriptor(duplicate));
    if (!listening) ::close(duplicate);
    return listening;
}

}  // namespace

result<void> run(socket_spec const& where, server::factory const& make, program_options const& options,
                 server_observer* watcher) {
    std::vector<std::unique_ptr<worker>> workers;
    auto const threads = std::max<std::size_t>(options.threads, 1);
    while (workers.size() != threads) {
        auto one = std::make_unique<worker>(make, options, watcher);
        auto const listening = workers.empty() ? one->served().listen(where)
                                               : share_listener(workers.front()->served(), one->served());
        if (!listening) return listening;
        workers.push_back(std::move(one));
    }
    asio::signal_set signals(workers.front()->loop(), SIGTERM, SIGINT);
    signals.async_wait([&](error_code, int) {
        for (auto const& one : workers) one->end();
    });
    for (auto const& one : workers) one->served().start();

    std::vector<std::thread> others;
    for (std::size_t i = 1; i != workers.size(); ++i)
        others.emplace_back([one = workers[i].get()] { one->run(); });
    workers.front()->run();
    for (auto& one : others) one.join();
    return {};
}

}  // namespace milterproto
