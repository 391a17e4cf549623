#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <exception>
#include <iostream>
#include <utility>

#include "callout/mailfromd/functions.hpp"
#include "callout/mailfromd/line.hpp"
#include "commands/commands.hpp"
#include "explain/exit_status.hpp"
#include "host/engine_host.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto time_to_open = 30s;
constexpr auto time_to_answer = 11min;  // under hard timers a server may take ten (callout.hard.total)
constexpr auto time_to_close = 5s;

using asked_result = callout::callout_result<callout::callout_answer>;

/// Returns the parameters as words of the protocol, each value in quotes.
std::string rest_of(std::vector<std::string> const& parameters) {
    std::string rest;
    for (auto const& one : parameters) {
        auto const given = callout::core::split_assignment(one);
        if (!rest.empty()) rest += ' ';
        rest += std::string(given->name) + '=' + callout::core::in_quotes(given->value);
    }
    return rest;
}

asio::awaitable<asked_result> ask_once(callout::callout_functions& functions, std::string url,
                                       std::string address, std::string rest) {
    auto const now = std::chrono::steady_clock::now();
    auto opened = co_await functions.callout_open(url, now + time_to_open);
    if (!opened) co_return opened.error();
    auto fd = *std::move(opened);
    auto const found = co_await functions.callout_do(fd, address, rest, now + time_to_answer);
    auto const leave_by = std::chrono::steady_clock::now() + time_to_close;
    // The answer is known: how the server closes changes nothing.
    if (fd.is_open()) (void)co_await functions.callout_close(fd, leave_by);
    co_return found;
}

json::object document_of(asked_result const& found) {
    if (!found) return {{"error", to_string(found.error().what)}, {"text", found.error().text}};
    auto const& poll = found->last_poll;
    return {{"status", found->word},
            {"last_poll_host", poll.host},
            {"last_poll_greeting", poll.greeting},
            {"last_poll_helo", poll.helo},
            {"last_poll_sent", poll.sent},
            {"last_poll_recv", poll.received},
            {"cache_used", found->cache_used ? 1 : 0}};
}

void print(json::object const& document, format how) {
    if (how == format::json) {
        std::cout << json::serialize(document) << '\n';
        return;
    }
    for (auto const& [name, value] : document) {
        std::cout << name << '=' << (value.is_string() ? escaped(value.as_string()) : json::serialize(value))
                  << '\n';
    }
}

int status_of(asked_result const& found) {
    if (!found) {
        switch (found.error().what) {
            case callout::callout_fault::e_callout_proto: return exit_status::protocol;
            case callout::callout_fault::e_range: return exit_status::usage;
            default: return exit_status::unavailable;
        }
    }
    switch (found->status) {
        case callout::callout_status::success: return exit_status::success;
        case callout::callout_status::e_not_found: return exit_status::undeliverable;
        default: return exit_status::undetermined;
    }
}

}  // namespace

bool needs_configuration(ask_options const& options) {
    return options.url == "-" || options.url == "local:";
}

int ask(config const& values, ask_options const& options) {
    for (auto const& one : options.parameters) {
        if (callout::core::split_assignment(one)) continue;
        std::cerr << "vouchd: " << escaped(one) << " is not NAME=VALUE (write for example MODE=hostonly)\n";
        return exit_status::usage;
    }
    asio::io_context loop(1);
    auto const url = options.url == "-" ? values.default_callout_server_url() : options.url;
    std::unique_ptr<engine_host> host;
    if (url == "local:")
        host = std::make_unique<engine_host>(loop.get_executor(), values, memory::passing,
                                             callout::store_news());
    callout::callout_functions functions(loop.get_executor(), host ? &host->engine() : nullptr,
                                         callout::callout_functions_options());
    std::optional<asked_result> found;
    std::exception_ptr failed;
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    bool interrupted = false;
    signals.async_wait([&](boost::system::error_code cancelled, int) {
        if (cancelled) return;
        interrupted = !found;
        loop.stop();
    });
    auto const done = [&](std::exception_ptr thrown, asked_result result) {
        if (interrupted) return;
        failed = std::move(thrown);
        found = std::move(result);
        loop.stop();
    };
    asio::co_spawn(loop, ask_once(functions, url, options.address, rest_of(options.parameters)), done);
    loop.run();
    if (host) host->wind_down(loop);
    if (failed) std::rethrow_exception(failed);
    if (interrupted) return exit_status::interrupted;
    print(document_of(*found), options.format);
    if (!*found) std::cerr << "vouchd: " << escaped(found->error().text) << '\n';
    return status_of(*found);
}

}  // namespace vouchd
