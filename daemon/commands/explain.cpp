#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <exception>
#include <iostream>

#include "commands/query_client.hpp"
#include "explain/exit_status.hpp"
#include "explain/json.hpp"
#include "explain/outcome.hpp"
#include "explain/render.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;

/// Runs what a client does to its end, and returns the answer.
template <class Answer>
Answer run(config const& values, answered_by whom,
           asio::awaitable<Answer> (*ask)(query_client&, explain_options const&),
           explain_options const& options) {
    asio::io_context loop(1);
    query_clients clients(loop.get_executor(), values, whom);
    auto const client = clients.make();
    Answer answer;
    std::exception_ptr failed;
    auto const done = [&](std::exception_ptr thrown, Answer given) {
        failed = thrown;
        answer = std::move(given);
        loop.stop();
    };
    asio::co_spawn(loop, ask(*client, options), done);
    loop.run();
    clients.wind_down(loop);
    if (failed) std::rethrow_exception(failed);
    return answer;
}

asio::awaitable<explanation> explain_address(query_client& by, explain_options const& options) {
    return by.ask(options.query);
}

asio::awaitable<std::vector<logged_decision>> look_back(query_client& by, explain_options const& options) {
    return by.decisions_on(options.logged);
}

int show(explanation const& what, format how) {
    std::cout << (how == format::json ? boost::json::serialize(to_json(what)) + '\n' : render(what));
    return exit_status_of(what.outcome);
}

int show(std::vector<logged_decision> const& all, explain_options const& options) {
    if (all.empty()) {
        std::cerr << "vouchd: no message " << escaped(options.logged) << " among the last " << history::most
                  << " decisions of the daemon\n";
        return exit_status::no_input;
    }
    if (options.format == format::json) std::cout << boost::json::serialize(to_json(all)) << '\n';
    for (auto const& one : all) {
        if (options.format == format::text) std::cout << render(one);
    }
    return exit_status_of(all.back().why.outcome);
}

}  // namespace

int explain(config const& values, explain_options const& options) {
    if (!options.logged.empty()) return show(run(values, answered_by::daemon, look_back, options), options);
    if (auto const wrong = objection(options.query)) {
        std::cerr << "vouchd: the address is " << *wrong << '\n';
        return exit_status::bad_data;
    }
    return show(run(values, options.whom, explain_address, options), options.format);
}

}  // namespace vouchd
