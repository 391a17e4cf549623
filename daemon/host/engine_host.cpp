#include "host/engine_host.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <stdexcept>

namespace vouchd {

namespace {

std::unique_ptr<callout::store> open_store(boost::asio::any_io_executor const& executor,
                                           store_options const& wanted, callout::store_news news) {
    auto opened = callout::make_sqlite_store(executor, wanted.file, wanted.flush_interval, wanted.max_entries,
                                             std::move(news));
    if (opened.has_error()) {
        throw std::runtime_error(wanted.file.string() + ": " + opened.error().message() +
                                 " (server.state_dir must have room, and vouchd's account must be able to "
                                 "write to it; or set cache.backend = \"memory\")");
    }
    return *std::move(opened);
}

}  // namespace

engine_host::engine_host(boost::asio::any_io_executor executor, config const& values, memory kind,
                         callout::store_news store, callout::resolver_news names,
                         callout::engine_news verdicts)
    : clock_(callout::make_system_clock(executor)),
      connector_(callout::make_tcp_connector(executor)),
      resolver_(callout::make_cares_resolver(executor, values.resolver, std::move(names))),
      random_(callout::make_system_random()) {
    auto const wanted = values.store_options();
    if (kind == memory::lasting && wanted) store_ = open_store(executor, *wanted, std::move(store));
    callout::world const world{*clock_, *connector_, *resolver_, *random_, store_.get()};
    engine_ = std::make_unique<callout::engine>(executor, world, values.engine_options(), nullptr,
                                                std::move(verdicts));
}

engine_host::~engine_host() = default;

void engine_host::stop() {
    engine_->stop();
}

void engine_host::wind_down(boost::asio::io_context& loop) {
    stop();
    auto const over = std::make_shared<bool>(false);
    boost::asio::co_spawn(loop, engine_->ended(), [over](std::exception_ptr const&) { *over = true; });
    loop.restart();
    loop.poll();  // every QUIT is on its way after this
    auto const until = std::chrono::steady_clock::now() + time_to_quit;
    while (!*over && loop.run_one_until(until) > 0) {
    }
}

}  // namespace vouchd
