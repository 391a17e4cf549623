#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <ranges>

#include "callout/engine.hpp"
#include "callout/system.hpp"
#include "callout_command_line.hpp"

/// The engine as an author uses it, in one process and one thread, asking the server of the comparison. The
/// limits of politeness are lifted, because there is one peer, which tolerates any load.
///
///     --ask fresh      new addresses, the cache off
///     --ask cached     new addresses, the cache on: memory, and the store below if there is one
///     --ask known      addresses that the cache knows
///     --ask same       one new address, by all askers at once
///     --ask waiting    new addresses of a server that stays silent: how much memory each takes
///
///     --port N [--count N] [--askers N] [--reuse 1 --recipients N (of one session)] [--store FILE]
///     [--observed 1 (by an observer of the whole engine)]
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::size_t allocations = 0;

constexpr std::size_t known_addresses = 1000;
constexpr auto patience = 60s;

/// Answers at once from a table, like a route that an operator wrote.
class table_resolver final : public callout::resolver {
public:
    asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                               callout::steady_time) override {
        callout::dns_answer answer(callout::dns_outcome::ok);
        answer.ttl = 1h;
        if (type == callout::record_type::mx) {
            answer.exchanges.emplace_back(std::uint16_t(10), "mx." + name);
        } else if (type == callout::record_type::a) {
            auto const domain = std::strtoul(name.c_str() + 3, nullptr, 10);
            answer.addresses.push_back(asio::ip::make_address_v4(bench::host_of(domain)));
        } else {
            answer.outcome = callout::dns_outcome::no_data;
        }
        answer.name = std::move(name);
        co_return answer;
    }
};

/// Counts what it is told, as metrics do.
class event_counter final : public callout::engine_observer {
public:
    void on(callout::question_context const&, callout::any_event const& what, callout::steady_time) override {
        ++counts_[what.index()];
    }

private:
    std::array<std::size_t, std::variant_size_v<callout::any_event>> counts_{};
};

callout::engine_options options_for(bench::callout_command_line const& wanted) {
    callout::engine_options options;
    options.port = static_cast<std::uint16_t>(wanted.number("--port"));
    options.helo = callout::helo_name::parse("client.bench.test").value();
    options.use_ipv6 = false;
    options.limits = callout::politeness_limits::lifted();
    options.tls = callout::tls_use::never;
    options.reuse_sessions = wanted.number("--reuse", 0) != 0;
    options.max_rcpt_per_session = wanted.number("--recipients", 1);
    options.soft.greeting = patience;
    options.destinations.allow.push_back(*callout::network::parse("127.0.0.0/8"));
    return options;
}

std::unique_ptr<callout::store> store_for(asio::io_context& loop, bench::callout_command_line const& wanted) {
    auto const file = wanted.text("--store", "");
    if (file.empty()) return nullptr;
    auto made = callout::make_sqlite_store(loop.get_executor(), file, 1s, 1'000'000, callout::store_news());
    if (!made) {
        std::fprintf(stderr, "%s: %s\n", file.c_str(), made.error().message().c_str());
        std::_Exit(66);
    }
    return *std::move(made);
}

[[noreturn]] void refused(callout::verification const& v) {
    std::fprintf(stderr, "bench_callout: an address was not passed: %s/%s %s\n",
                 std::string(to_string(v.status)).c_str(), std::string(to_string(v.reason)).c_str(),
                 v.message.c_str());
    std::_Exit(1);
}

/// The engine, with all that it needs.
class measured {
public:
    explicit measured(bench::callout_command_line const& wanted)
        : count_(wanted.number("--count", 10'000)),
          askers_(wanted.number("--askers", 50)),
          clock_(callout::make_system_clock(loop_.get_executor())),
          connector_(callout::make_tcp_connector(loop_.get_executor())),
          random_(callout::make_system_random()),
          store_(store_for(loop_, wanted)),
          engine_(loop_.get_executor(),
                  callout::world{*clock_, *connector_, resolver_, *random_, store_.get()},
                  options_for(wanted), wanted.number("--observed", 0) != 0 ? &counter_ : nullptr) {}

    void rate(callout::cache_use use) {
        ask(std::min(count_ / 10, std::size_t(1000)), use);  // to warm up
        measure([&] { ask(count_, use); });
    }

    void known() {
        ask(known_addresses, callout::cache_use::normal);
        among_ = known_addresses;
        measure([&] { ask(count_, callout::cache_use::normal); });
    }

    void same() {
        among_ = 1;
        count_ = askers_;
        measure([&] { ask(count_, callout::cache_use::normal); });
    }

    /// Waits until `count` callouts are waiting. The server never answers, so each of them is an open
    /// descriptor.
    void waiting() {
        bench::allow_descriptors(count_ + 64);
        auto const before_kib = bench::resident_kib();
        auto const before = open_descriptors();
        askers_ = count_;
        for (std::size_t i = 0; i < count_; ++i) asio::co_spawn(loop_, wait(), asio::detached);
        while (open_descriptors() < before + count_) loop_.run_for(50ms);
        loop_.run_for(200ms);
        auto const kib = static_cast<double>(bench::resident_kib() - before_kib);
        std::printf("{\"waiting\": %zu, \"kib\": %.3f}\n", count_, kib / static_cast<double>(count_));
        std::fflush(stdout);
        std::_Exit(0);  // the end of the callouts is not measured
    }

private:
    static std::size_t open_descriptors() {
        return static_cast<std::size_t>(
            std::ranges::distance(std::filesystem::directory_iterator("/proc/self/fd")));
    }

    template <class Work>
    void measure(Work work) {
        auto const allocated = allocations;
        bench::stopwatch const watch;
        work();
        bench::print_rate(count_, watch);
        std::printf(", \"allocations\": %.2f}\n",
                    static_cast<double>(allocations - allocated) / static_cast<double>(count_));
    }

    void ask(std::size_t count, callout::cache_use use) {
        left_ = count;
        for (std::size_t i = 0; i < askers_; ++i) asio::co_spawn(loop_, asker(use), asio::detached);
        loop_.restart();
        while (answered_ < count) loop_.run_one();
        answered_ = 0;
    }

    callout::request next(callout::cache_use use) {
        auto const serial = among_ ? serial_++ % among_ : serial_++;
        callout::request what(*callout::mailbox::parse(bench::address_of(serial)));
        what.cache = use;
        return what;
    }

    asio::awaitable<void> asker(callout::cache_use use) {
        while (left_ > 0) {
            --left_;
            auto what = next(use);
            auto const until = clock_->now() + patience;
            auto const verdict = co_await engine_.verify(std::move(what), until);
            if (verdict.status != callout::status::pass) refused(verdict);
            ++answered_;
        }
    }

    asio::awaitable<void> wait() {
        auto what = next(callout::cache_use::normal);
        auto const until = clock_->now() + patience;
        auto const verdict = co_await engine_.verify(std::move(what), until);
        refused(verdict);
    }

    std::size_t count_, askers_;
    std::size_t among_ = 0;  ///< if not 0: the number of different addresses, used in turn
    std::size_t serial_ = 0;
    std::size_t left_ = 0;
    std::size_t answered_ = 0;
    asio::io_context loop_{1};
    std::unique_ptr<callout::clock> clock_;
    std::unique_ptr<callout::connector> connector_;
    table_resolver resolver_;
    std::unique_ptr<callout::random> random_;
    std::unique_ptr<callout::store> store_;
    event_counter counter_;
    callout::engine engine_;
};

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const made = std::malloc(size)) return made;
    throw std::bad_alloc();
}
void operator delete(void* pointer) noexcept {
    std::free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
    std::free(pointer);
}

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    auto const ask = wanted.text("--ask");
    measured engine(wanted);
    if (ask == "fresh") {
        engine.rate(callout::cache_use::none);
    } else if (ask == "cached") {
        engine.rate(callout::cache_use::normal);
    } else if (ask == "known") {
        engine.known();
    } else if (ask == "same") {
        engine.same();
    } else if (ask == "waiting") {
        engine.waiting();
    } else {
        std::fputs("--ask must be fresh, cached, known, same or waiting\n", stderr);
        return 64;
    }
}
