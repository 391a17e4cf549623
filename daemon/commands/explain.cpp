#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <exception>
#include <iostream>

#include "commands/asker.hpp"
#include "explain/exit_status.hpp"
#include "explain/explanation.hpp"
#include "explain/outcome.hpp"

namespace vouchd {

namespace asio = boost::asio;

int explain(config const& values, explain_options const& options) {
    if (auto const wrong = objection(options.question)) {
        std::cerr << "vouchd: the address is " << *wrong << '\n';
        return exit_status::bad_data;
    }
    asio::io_context loop(1);
    asker_source askers(loop.get_executor(), values, options.whom);
    auto const asker = askers.make();
    boost::json::object document;
    std::exception_ptr failed;
    auto const done = [&](std::exception_ptr thrown, boost::json::object answer) {
        failed = thrown;
        document = std::move(answer);
        loop.stop();
    };
    asio::co_spawn(loop, asker->ask(options.question), done);
    loop.run();
    askers.wind_down(loop);
    if (failed) std::rethrow_exception(failed);
    std::cout << (options.format == format::json ? boost::json::serialize(document) + '\n'
                                                 : render(document));
    return exit_status_of(outcome_of(document));
}

}  // namespace vouchd
