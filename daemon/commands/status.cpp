#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <exception>
#include <iostream>

#include "commands/query_client.hpp"
#include "explain/exit_status.hpp"

namespace vouchd {

namespace asio = boost::asio;

int status(config const& values, format how) {
    asio::io_context loop(1);
    query_clients clients(loop.get_executor(), values, answered_by::daemon);
    auto const client = clients.make();
    daemon_status found;
    std::exception_ptr failed;
    auto const done = [&](std::exception_ptr thrown, daemon_status what) {
        failed = std::move(thrown);
        found = std::move(what);
        loop.stop();
    };
    asio::co_spawn(loop, client->status(), done);
    loop.run();
    if (failed) std::rethrow_exception(failed);
    if (how == format::json) {
        std::cout << boost::json::serialize(to_json(found)) << '\n';
    } else {
        std::cout << text_of(found);
    }
    return exit_status::success;
}

}  // namespace vouchd
