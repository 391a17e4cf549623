#include "load/worker.hpp"

#include <boost/asio/co_spawn.hpp>

namespace testmta::load {

namespace asio = boost::asio;

namespace {

/// One timer looks at all connections. Limits are seconds, so nothing is gained by a timer for each, which
/// would cost more than the rest of an event.
constexpr std::chrono::milliseconds tick_time{100};

}  // namespace

template <class Loader>
void worker::start(Loader& one) {
    ++running_;
    ++with.connections;
    asio::co_spawn(io_, one.run(), [this](std::exception_ptr thrown) {
        if (thrown) {
            thrown_ = thrown;
            io_.stop();
        }
        if (--running_ == 0) ticks_.cancel();
    });
}

worker::worker(assignment const& all, content const& of, std::size_t number) : with(all), ticks_(io_) {
    for (auto i = number; i < with.what.connections; i += with.what.threads) {
        if (of.script != nullptr) {
            start(script_loaders_.emplace_back(io_.get_executor(), with, *of.script, i));
        } else {
            start(loaders_.emplace_back(io_.get_executor(), with, of.built_in, i));
        }
    }
    tick();
}

void worker::tick() {
    if (running_ == 0) return;
    ticks_.expires_after(tick_time);
    ticks_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        auto const now = std::chrono::steady_clock::now();
        for (auto& one : loaders_) one.check_time(now);
        tick();
    });
}

void worker::run() {
    io_.run();
    if (thrown_) std::rethrow_exception(thrown_);
}

}  // namespace testmta::load
