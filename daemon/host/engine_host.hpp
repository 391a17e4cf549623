#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "callout/engine.hpp"
#include "callout/system.hpp"
#include "config/config.hpp"

namespace vouchd {

/// Whether the cache outlives the process.
enum class memory { lasting, passing };

/// The engine and the world that it lives in, as the configuration wants them.
class engine_host {
public:
    /// Throws std::runtime_error with a remedy where the state cannot be opened.
    engine_host(boost::asio::any_io_executor executor, config const& values, memory kind,
                callout::store_news store = callout::store_news(),
                callout::resolver_news names = callout::resolver_news(),
                callout::engine_news verdicts = callout::engine_news());
    ~engine_host();

    callout::clock& clock() noexcept { return *clock_; }
    callout::random& chance() noexcept { return *random_; }
    callout::engine& engine() noexcept { return *engine_; }
    callout::engine const& engine() const noexcept { return *engine_; }
    /// Ends callouts. What the cache has not written yet is written when the host is destroyed.
    void stop();
    /// Stops, and runs `loop` until servers have been told QUIT, at most for `time_to_quit`. After that the
    /// host may be destroyed.
    void wind_down(boost::asio::io_context& loop);

    static constexpr std::chrono::milliseconds time_to_quit{500};

private:
    std::unique_ptr<callout::clock> clock_;
    std::unique_ptr<callout::connector> connector_;
    std::unique_ptr<callout::resolver> resolver_;
    std::unique_ptr<callout::random> random_;
    std::unique_ptr<callout::store> store_;
    std::unique_ptr<callout::engine> engine_;
};

}  // namespace vouchd
