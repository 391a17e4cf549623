#include "submission/client.hpp"

#include "callout/system.hpp"
#include "shell/run.hpp"

namespace submission {

class client::system_doors {
public:
    system_doors(boost::asio::any_io_executor const& executor, callout::tls_files const& files)
        : clock(callout::make_system_clock(executor)),
          connector(callout::make_tcp_connector(executor, files)),
          resolver(callout::make_cares_resolver(executor, {})),
          random(callout::make_system_random()) {}
    std::unique_ptr<callout::clock> clock;
    std::unique_ptr<callout::connector> connector;
    std::unique_ptr<callout::resolver> resolver;
    std::unique_ptr<callout::random> random;
};

client::client(boost::asio::any_io_executor executor, client_options options, callout::tls_files const& files)
    : own_(std::make_unique<system_doors>(executor, files)),
      world_{*own_->clock, *own_->connector, *own_->resolver, *own_->random},
      options_(std::move(options)) {
    for (auto& fault : callout::check_tls_files(files)) options_.tls_faults.push_back(std::move(fault));
}

client::client(callout::world const& doors, client_options options)
    : world_(doors), options_(std::move(options)) {}

client::~client() = default;

boost::asio::awaitable<result<void>> client::send(batch& what, destination to, observer* watcher) {
    shell::run run(world_, options_, what, std::move(to), watcher);
    auto const error = co_await run.go();
    if (error) co_return error;
    co_return result<void>();
}

}  // namespace submission
