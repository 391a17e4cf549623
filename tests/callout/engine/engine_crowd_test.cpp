// Very many questions at once, over real sockets; and very many that are answered already.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "callout/engine.hpp"
#include "callout/system.hpp"
#include "support/callout_names.hpp"
#include "support/cannot_run.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t crowd = 10000;

/// Everything is at home.
class home final : public resolver {
public:
    asio::awaitable<dns_answer> query(std::string, record_type type, steady_time) override {
        dns_answer answer(dns_outcome::ok);
        answer.ttl = 1h;
        if (type == record_type::mx) answer.exchanges.emplace_back(std::uint16_t(10), "mx.example.org");
        if (type == record_type::a) answer.addresses.emplace_back(asio::ip::address_v4::loopback());
        co_return answer;
    }
};

class counter final : public observer {
public:
    void on(any_event const& what, steady_time) override {
        connected += std::holds_alternative<event::connected>(what);
    }
    std::size_t connected = 0;
};

/// Another process, so that its memory is not ours: takes connections and never says a word.
class silent_server {
public:
    silent_server() {
        asio::io_context context{1};
        tcp::acceptor listener(context, endpoint(asio::ip::address_v4::loopback(), 0));
        listener.listen(4096);
        port = listener.local_endpoint().port();
        int const fd = listener.native_handle();
        child_ = ::fork();
        while (child_ == 0) ::accept(fd, nullptr, nullptr);
    }
    ~silent_server() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    std::uint16_t port;

private:
    pid_t child_;
};

/// One that knows every mailbox.
class friendly_stream final : public stream {
public:
    asio::awaitable<result<std::size_t>> read_some(std::span<char> into, steady_time) override {
        std::string_view const reply = "250 ok\r\n";
        auto const text = std::exchange(greeted_, true) ? reply : std::string_view("220 hello\r\n");
        std::ranges::copy(text, into.begin());
        co_return text.size();
    }
    asio::awaitable<result<void>> write(std::string_view, steady_time) override { co_return result<void>(); }
    asio::awaitable<result<tls_session>> start_tls(tls_wish, steady_time) override {
        co_return errc::tls_handshake;
    }
    unread pending() noexcept override { return unread::nothing; }
    endpoint local() const noexcept override { return {}; }
    void close() noexcept override {}

private:
    bool greeted_ = false;
};

class friendly_net final : public connector {
public:
    asio::awaitable<result<std::unique_ptr<stream>>> connect(endpoint, std::optional<ip_address>,
                                                             steady_time) override {
        ++connects;
        co_return std::make_unique<friendly_stream>();
    }
    std::size_t connects = 0;
};

std::size_t resident() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

engine_options options_for(std::uint16_t port) {
    engine_options options;
    options.port = port;
    options.helo = test::helo("mail.example.net");
    options.use_ipv6 = false;
    options.limits = politeness_limits::lifted();
    options.destinations.allow.push_back(network::parse("127.0.0.0/8").value());
    return options;
}

asio::awaitable<void> ask(engine& e, std::string address, observer& seen, std::size_t& answered) {
    request what(mailbox::parse(address).value());
    what.watcher = &seen;
    auto const v = co_await e.verify(std::move(what), std::chrono::steady_clock::now() + 1h);
    answered += v.status == status::transient;
}

asio::awaitable<void> ask_again_and_again(engine& e, std::size_t times, std::size_t& cached) {
    auto const box = mailbox::parse("ann@example.org").value();
    for (std::size_t i = 0; i < times; ++i) {
        request what(box);
        auto const v = co_await e.verify(std::move(what), std::chrono::steady_clock::now() + 1h);
        cached += v.cached == freshness::cached;
    }
}

}  // namespace

// A sanitizer keeps bytes of its own beside ours: the bound is not about them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VOUCH_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VOUCH_SANITIZED
#endif
#endif

TEST(engine_crowd, ten_thousand_questions_to_silent_hosts) {  // CO-178
    rlimit const many{crowd + 1000, crowd + 1000};
    rlimit held{};
    ::getrlimit(RLIMIT_NOFILE, &held);
    if (held.rlim_cur < many.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &many) != 0) {
        CANNOT_RUN("needs " + std::to_string(many.rlim_cur) + " descriptors");
    }
    silent_server const server;
    asio::io_context context{1};
    auto const time = make_system_clock(context.get_executor());
    auto const net = make_tcp_connector(context.get_executor());
    auto const chance = make_system_random();
    home names;
    auto options = options_for(server.port);
    // Nobody leaves while memory is measured.
    options.dns_total = options.soft.connect = options.soft.greeting = 1h;
    options.limits.background_limit = 0;
    counter seen;
    std::size_t answered = 0;
    engine asked(context.get_executor(), world{*time, *net, names, *chance, nullptr}, options);
    auto const before = resident();
    for (std::size_t i = 0; i < crowd; ++i) {
        asio::co_spawn(context, ask(asked, "a" + std::to_string(i) + "@example.org", seen, answered),
                       asio::detached);
    }
    while (seen.connected < crowd && context.run_one() > 0) {
    }
    auto const each = (resident() - before) / crowd;
    ASSERT_EQ(seen.connected, crowd);
    std::printf("%zu bytes of resident memory for each of %zu\n", each, crowd);
#ifndef VOUCH_SANITIZED
    EXPECT_LE(each, 64u * 1024);
#endif
    asked.stop();
    context.run();
    EXPECT_EQ(answered, crowd);
}

TEST(engine_crowd, what_is_known_needs_no_network_and_shows_its_speed) {  // CO-139
    asio::io_context context{1};
    auto const time = make_system_clock(context.get_executor());
    auto const chance = make_system_random();
    friendly_net net;
    home names;
    engine asked(context.get_executor(), world{*time, net, names, *chance, nullptr}, options_for(25));
    constexpr std::size_t times = 100000;
    std::size_t cached = 0;
    auto const begun = std::chrono::steady_clock::now();
    asio::co_spawn(context, ask_again_and_again(asked, times, cached), asio::detached);
    context.run();
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(cached, times - 1);
    EXPECT_EQ(net.connects, 1u);
    std::printf("%.0f answers a second from the cache\n", double(times) / took.count());
}
