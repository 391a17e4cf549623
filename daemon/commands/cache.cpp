#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "commands/query_client.hpp"
#include "control/forgetting.hpp"
#include "explain/exit_status.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace asio = boost::asio;

int delete_from_cache(config const& values, std::string const& what) {
    if (auto const wrong = objection_to_forgetting(what)) {
        std::cerr << "vouchd: " << escaped(*wrong) << '\n';
        return exit_status::bad_data;
    }
    asio::io_context loop(1);
    query_clients clients(loop.get_executor(), values, answered_by::daemon);
    auto const client = clients.make();
    std::size_t count = 0;
    std::exception_ptr failed;
    auto const done = [&](std::exception_ptr thrown, std::size_t records) {
        failed = std::move(thrown);
        count = records;
        loop.stop();
    };
    asio::co_spawn(loop, client->forget(what), done);
    loop.run();
    if (failed) std::rethrow_exception(failed);
    std::cout << count << (count == 1 ? " record" : " records") << " deleted\n";
    return exit_status::success;
}

}  // namespace vouchd
