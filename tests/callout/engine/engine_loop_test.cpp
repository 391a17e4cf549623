// Two verifiers that face each other (smtp-callout.md 7.4).

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using namespace std::chrono_literals;

namespace {

/// A mail server with an engine of its own: it takes no bounces, and verifies every other sender at RCPT.
class verifying_server {
public:
    verifying_server(std::string domain_, std::string_view address_)
        : domain(std::move(domain_)), address(test::ip(address_)) {}
    std::string domain;
    ip_address address;
    callout::engine* engine = nullptr;
    unsigned connections = 0;
};

/// One session at it. The answer to RCPT waits for its engine's verdict.
class verifying_stream final : public stream {
public:
    verifying_stream(verifying_server& at, ip_address client, callout::clock& time)
        : server_(at), client_(client), time_(time) {}

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into, steady_time) override {
        if (reply_.empty() && !sender_.empty()) {
            request what(mailbox::parse(sender_).value());
            what.who.client = client_;
            auto const v = co_await server_.engine->verify(std::move(what), time_.now() + 5s);
            reply_ =
                v.status == status::transient ? "451 4.1.8 cannot verify the sender yet\r\n" : "250 ok\r\n";
            sender_.clear();
        }
        auto const size = std::min(into.size(), reply_.size());
        std::copy_n(reply_.begin(), size, into.begin());
        reply_.erase(0, size);
        if (size == 0) co_return errc::closed;
        co_return size;
    }
    boost::asio::awaitable<result<void>> write(std::string_view bytes, steady_time) override {
        if (bytes.starts_with("MAIL FROM:<>")) {
            reply_ = "550 no bounces\r\n";
        } else if (bytes.starts_with("MAIL")) {
            claimed_ = bytes.substr(10, bytes.find('>') - 9);
            reply_ = "250 ok\r\n";
        } else if (bytes.starts_with("RCPT")) {
            sender_ = claimed_;
        } else {
            reply_ = "250 ok\r\n";
        }
        co_return result<void>();
    }
    boost::asio::awaitable<result<tls_session>> start_tls(tls_wish, steady_time) override {
        co_return errc::tls_handshake;
    }
    unread pending() noexcept override { return unread::nothing; }
    endpoint local() const noexcept override { return {}; }
    void close() noexcept override {}

private:
    verifying_server& server_;
    ip_address client_;
    callout::clock& time_;
    std::string claimed_, sender_;
    std::string reply_ = "220 hello\r\n";
};

/// What one of the two sees of the net: the other.
class net_to final : public connector {
public:
    net_to(verifying_server& from, verifying_server& to, callout::clock& time)
        : from_(from), to_(to), time_(time) {}
    boost::asio::awaitable<result<std::unique_ptr<stream>>> connect(endpoint, std::optional<ip_address>,
                                                                    steady_time) override {
        ++to_.connections;
        co_return std::make_unique<verifying_stream>(to_, from_.address, time_);
    }

private:
    verifying_server& from_;
    verifying_server& to_;
    callout::clock& time_;
};

boost::asio::awaitable<void> ask(engine& asked, request what, steady_time until,
                                 std::optional<verification>& into) {
    into = co_await asked.verify(std::move(what), until);
}

}  // namespace

TEST(engine_loop, two_that_call_each_other_back_settle_after_one_probe_each) {  // CO-162, Z041
    test::callout_world w;
    verifying_server a("a.example", "192.0.2.1"), b("b.example", "192.0.2.2");
    net_to a_to_b(a, b, w.clock), b_to_a(b, a, w.clock);
    for (auto const* one : {&a, &b}) {
        w.dns.mx(one->domain, 10, "mx." + one->domain);
        w.dns.address("mx." + one->domain, one->address.to_string());
    }
    auto options = w.options;
    options.fallback_sender = test::box("verify@a.example");
    engine first(w.context.get_executor(), world{w.clock, a_to_b, w.dns, w.chance, nullptr}, options);
    options.fallback_sender = test::box("verify@b.example");
    engine second(w.context.get_executor(), world{w.clock, b_to_a, w.dns, w.chance, nullptr}, options);
    a.engine = &first;
    b.engine = &second;

    std::optional<verification> v;
    request what(mailbox::parse("ann@b.example").value());
    what.who.client = test::ip("198.51.100.7");
    boost::asio::co_spawn(w.context, ask(first, std::move(what), w.clock.now() + 8s, v),
                          boost::asio::detached);
    auto const begun = w.clock.now();
    w.run_until([&] { return v.has_value(); });
    EXPECT_EQ(v->status, status::pass);
    EXPECT_EQ(w.clock.now(), begun);  // nobody waited for anybody's deadline
    w.run_to_the_end();
    EXPECT_EQ(a.connections, 1u);
    EXPECT_EQ(b.connections, 1u);
    test::expect_nothing_left(first);
    test::expect_nothing_left(second);
}
