#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <vector>

#include "commands/query_client.hpp"
#include "explain/exit_status.hpp"
#include "explain/json.hpp"
#include "explain/outcome.hpp"
#include "host/line_source.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t shown_of_a_bad_line = 64;

std::string trimmed(std::string const& line) {
    constexpr auto blanks = " \t\r";
    auto const first = line.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

/// The results so far: prints a record for each address, and counts them.
class tally {
public:
    explicit tally(verify_options const& options) : options_(options) {}

    void report(std::string const& address, explanation const& what) {
        count(what.outcome);
        print(record_of(address, what));
    }

    void report_bad(std::string const& line, std::string_view why) {
        count(deliverable::unknown);
        verification_record bad;
        bad.address = escaped(line.substr(0, shown_of_a_bad_line));
        bad.error = why;
        print(bad);
    }

    int status() const {
        if (counts_.contains("undeliverable")) return exit_status::undeliverable;
        return counts_.contains("undetermined") ? exit_status::undetermined : exit_status::success;
    }

    std::string summary() const {
        std::string text = std::to_string(total_) + (total_ == 1 ? " address" : " addresses");
        for (auto const& [what, number] : counts_) text += ", " + std::to_string(number) + ' ' + what;
        return text;
    }

private:
    void count(deliverable what) {
        ++total_;
        ++counts_[what == deliverable::yes  ? "deliverable"
                  : what == deliverable::no ? "undeliverable"
                                            : "undetermined"];
    }

    void print(verification_record const& record) {
        if (options_.format == format::json) {
            std::cout << json::serialize(to_json(record)) << std::endl;
            return;
        }
        auto const why = record.reply ? record.reply : record.error;
        std::cout << escaped(record.address) << '\t' << record.result.value_or("-") << '\t'
                  << record.reason.value_or("-") << '\t' << escaped(why.value_or("-")) << std::endl;
    }

    verify_options const& options_;
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> counts_;
};

/// One reader hands addresses to as many clients as there are jobs; each record is printed when it is ready.
class batch {
public:
    batch(asio::io_context& loop, line_source& input, query_clients& clients, tally& results,
          std::size_t jobs)
        : loop_(loop), input_(input), results_(results), changed_(loop) {
        for (std::size_t i = 0; i != jobs; ++i) idle_.push_back(clients.make());
        jobs_ = jobs;
    }

    asio::awaitable<void> run() {
        while (auto const line = co_await input_.next()) {
            if (abandoned_) co_return;
            auto const address = trimmed(*line);
            if (address.empty() || address.starts_with('#')) continue;
            query put;
            put.address = address;
            if (auto const wrong = objection(put)) {
                results_.report_bad(address, *wrong);
                continue;
            }
            co_await until_idle(1);
            if (failed_) break;
            auto client = std::move(idle_.back());
            idle_.pop_back();
            asio::co_spawn(loop_, ask(std::move(client), std::move(put)), asio::detached);
        }
        co_await until_idle(jobs_);
        if (failed_) std::rethrow_exception(failed_);
    }

    /// Reports nothing from now on.
    void abandon() { abandoned_ = true; }

private:
    asio::awaitable<void> ask(std::unique_ptr<query_client> by, query put) {
        try {
            auto const explained = co_await by->ask(put);
            if (!abandoned_) results_.report(put.address, explained);
        } catch (...) {
            failed_ = std::current_exception();
        }
        idle_.push_back(std::move(by));
        changed_.cancel();
    }

    asio::awaitable<void> until_idle(std::size_t count) {
        while (idle_.size() < count) {
            changed_.expires_at(asio::steady_timer::time_point::max());
            co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

    asio::io_context& loop_;
    line_source& input_;
    tally& results_;
    asio::steady_timer changed_;
    std::vector<std::unique_ptr<query_client>> idle_;
    std::size_t jobs_ = 0;
    std::exception_ptr failed_;
    bool abandoned_ = false;
};

}  // namespace

int verify(config const& values, verify_options const& options) {
    asio::io_context loop(1);
    auto input = line_source::open(loop.get_executor(), options.file);
    if (input.has_error()) {
        std::cerr << "vouchd: " << options.file << " cannot be read: " << input.error().message() << '\n';
        return exit_status::no_input;
    }
    query_clients clients(loop.get_executor(), values, options.whom);
    tally results(options);
    batch all(loop, *input, clients, results, options.jobs);
    std::exception_ptr failed;
    bool interrupted = false;
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code cancelled, int) {
        interrupted = !cancelled;
        if (!interrupted) return;
        all.abandon();
        loop.stop();
    });
    asio::co_spawn(loop, all.run(), [&](std::exception_ptr thrown) {
        if (interrupted) return;
        failed = thrown;
        loop.stop();
    });
    loop.run();
    clients.wind_down(loop);
    if (!options.quiet) std::cerr << results.summary() << '\n';
    if (failed) std::rethrow_exception(failed);
    return interrupted ? exit_status::interrupted : results.status();
}

}  // namespace vouchd
