#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>

#include "asker.hpp"
#include "exit_status.hpp"
#include "explanation.hpp"
#include "logfmt.hpp"
#include "outcome.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t longest_line = 4 * 1024;

std::string trimmed(std::string const& line) {
    constexpr auto blanks = " \t\r";
    auto const first = line.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

/// Addresses go in by several workers, records come out as they are ready.
class batch {
public:
    batch(std::istream& input, verify_options const& options) : input_(input), options_(options) {}

    asio::awaitable<void> work(std::unique_ptr<asker> asker) {
        while (auto const address = next_address()) {
            question what;
            what.address = *address;
            auto const document = co_await asker->ask(what);
            report(*address, document);
        }
    }

    int status() const {
        if (counts_.contains("undeliverable")) return exit_status::undeliverable;
        return counts_.contains("undetermined") ? exit_status::undetermined : exit_status::fine;
    }

    std::string summary() const {
        std::string text = std::to_string(total_) + " addresses";
        for (auto const& [what, count] : counts_) text += ", " + std::to_string(count) + ' ' + what;
        return text;
    }

private:
    /// The next line that is an address; one that is too long gets its record here.
    std::optional<std::string> next_address() {
        for (std::string line; std::getline(input_, line);) {
            auto const address = trimmed(line);
            if (address.empty() || address.starts_with('#')) continue;
            if (address.size() <= longest_line) return address;
            ++total_;
            ++counts_["undetermined"];
            print({{"address", address.substr(0, 64) + "..."}, {"error", "a line of more than 4 KiB"}});
        }
        return std::nullopt;
    }

    void report(std::string const& address, json::object const& document) {
        ++total_;
        switch (outcome_of(document)) {
            case deliverable::yes: ++counts_["deliverable"]; break;
            case deliverable::no: ++counts_["undeliverable"]; break;
            case deliverable::unknown: ++counts_["undetermined"]; break;
        }
        print(verification_record(address, document));
    }

    void print(json::object const& record) {
        if (options_.format == format::json) {
            std::cout << json::serialize(record) << std::endl;
            return;
        }
        auto const text = [&record](std::string_view key) {
            auto const* const value = record.if_contains(key);
            return value != nullptr && value->is_string() ? escaped(value->as_string()) : std::string("-");
        };
        auto const why = record.contains("reply") ? text("reply") : text("error");
        std::cout << text("address") << '\t' << text("result") << '\t' << text("reason") << '\t' << why
                  << std::endl;
    }

    std::istream& input_;
    verify_options const& options_;
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> counts_;
};

}  // namespace

int verify(config const& values, verify_options const& options) {
    std::ifstream file;
    if (options.file != "-") {
        file.open(options.file);
        if (!file) {
            std::cerr << "vouchd: " << options.file << ": cannot be read\n";
            return exit_status::no_input;
        }
    }
    asio::io_context loop(1);
    asker_source askers(loop.get_executor(), values, options.whom);
    batch all(options.file == "-" ? std::cin : file, options);
    std::exception_ptr failed;
    bool interrupted = false;
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code cancelled, int) {
        if (cancelled) return;
        interrupted = true;
        loop.stop();
    });
    auto workers = options.jobs;
    auto const done = [&](std::exception_ptr thrown) {
        if (thrown && !failed) failed = thrown;
        if (--workers == 0 || failed) loop.stop();
    };
    for (std::size_t i = 0; i != options.jobs; ++i) asio::co_spawn(loop, all.work(askers.make()), done);
    loop.run();
    askers.stop();
    if (failed) std::rethrow_exception(failed);
    if (!options.quiet) std::cerr << all.summary() << '\n';
    return interrupted ? exit_status::interrupted : all.status();
}

}  // namespace vouchd
