// The engine against a server that speaks TLS for real, well or badly.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "callout/engine.hpp"
#include "callout/system.hpp"
#include "support/callout_dns_server.hpp"
#include "support/callout_names.hpp"
#include "support/callout_tls_server.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> ask(engine& e, request what, verification& into, asio::io_context& context) {
    into = co_await e.verify(std::move(what), std::chrono::steady_clock::now() + 1min);
    context.stop();
}

/// Notes the events of TLS, and refuses certificates if it is told to.
class tls_watch : public observer, public decides<event::certificate_verdict> {
public:
    void on(any_event const& what, steady_time) override {
        names.emplace_back(name_of(what));
        if (auto const* up = std::get_if<event::tls_up>(&what)) session = up->session;
        if (auto const* end = std::get_if<event::disconnected>(&what)) causes.push_back(end->why);
    }
    event::certificate_verdict::decision decide(event::certificate_verdict const& e) override {
        ++asked;
        session = e.session;
        return answer;
    }
    std::size_t count(std::string_view name) const { return std::size_t(std::ranges::count(names, name)); }

    event::certificate_verdict::decision answer = event::certificate_verdict::decision::accept;
    tls_session session;
    int asked = 0;
    std::vector<std::string> names;
    std::vector<event::disconnected::cause> causes;
};

struct starttls : ::testing::Test {
    asio::io_context context{1};
    test::callout_dns_server dns{
        context, [](test::octets const& q, bool) {
            if (test::question_type(q) == 15)
                return test::callout_dns_message(q).mx("example.org", 60, 10, "mx.example.org").bytes();
            return test::callout_dns_message(q).a("mx.example.org", 60, {127, 0, 0, 1}).bytes();
        }};
    std::unique_ptr<callout::clock> time = make_system_clock(context.get_executor());
    std::unique_ptr<connector> net = make_tcp_connector(context.get_executor());
    std::unique_ptr<callout::random> chance = make_system_random();
    std::unique_ptr<resolver> names;
    engine_options options = with_long_timeouts();
    tls_watch watch;

    /// No phase ends because the machine is slow.
    static engine_options with_long_timeouts() {
        engine_options long_ones;
        long_ones.soft = long_ones.hard;
        return long_ones;
    }

    verification verify(test::callout_tls_server& server, std::string_view address = "ann@example.org",
                        tls_use use = tls_use::may) {
        resolver_options servers;
        servers.servers.push_back(dns.endpoint());
        names = make_cares_resolver(context.get_executor(), servers);
        options.port = server.listener.local_endpoint().port();
        options.helo = test::helo("mail.example.net");
        options.use_ipv6 = false;
        options.dns_total = 1min;
        options.destinations.allow.push_back(network::parse("127.0.0.0/8").value());
        engine asked(context.get_executor(), world{*time, *net, *names, *chance, nullptr}, options);
        asio::co_spawn(context, server.serve(), asio::detached);
        verification v;
        request what(mailbox::parse(address).value());
        what.tls = use;
        what.watcher = &watch;
        asio::co_spawn(context, ask(asked, std::move(what), v, context), asio::detached);
        context.restart();
        context.run();
        return v;
    }
};

}  // namespace

TEST_F(starttls, hides_the_question) {  // CO-047, CO-054, SE-046, SE-071
    test::callout_tls_server server(context);
    EXPECT_EQ(verify(server).status, status::pass);
    EXPECT_EQ(watch.session.version, "TLSv1.3");  // whose tickets come before the EHLO reply
    EXPECT_EQ(server.server_name, "mx.example.org");
    EXPECT_TRUE(server.heard_in_tls.starts_with(
        "EHLO mail.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.org>"));
    EXPECT_EQ(server.connections, 1);
}

TEST_F(starttls, with_tls_1_2) {  // SE-071
    test::callout_tls_server server(context);
    SSL_CTX_set_max_proto_version(server.tls.native_handle(), TLS1_2_VERSION);
    EXPECT_EQ(verify(server, "nobody@example.org").reason, reason::no_mailbox);
    EXPECT_EQ(watch.session.version, "TLSv1.2");
}

TEST_F(starttls, old_versions_alone_lead_to_clear_text) {  // Z035, CO-050, SE-066
    test::callout_tls_server server(context);
    SSL_CTX_set_security_level(server.tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(server.tls.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server.tls.native_handle(), TLS1_VERSION);
    EXPECT_EQ(verify(server).status, status::pass);
    EXPECT_EQ(server.connections, 2);
    EXPECT_EQ(watch.count("tls_failed"), 1u);
    EXPECT_EQ(watch.causes.front(), event::disconnected::cause::tls);
}

TEST_F(starttls, junk_leads_to_clear_text) {  // Z032, CO-050
    test::callout_tls_server server(context);
    server.speaks_tls = false;
    EXPECT_EQ(verify(server).status, status::pass);
    EXPECT_EQ(server.connections, 2);
}

namespace {

/// Says STARTTLS and waits for a handshake until a deadline that nothing before it has.
asio::awaitable<void> begin_tls(connector& net, endpoint to, std::chrono::milliseconds timeout,
                                boost::system::error_code& error, asio::io_context& context) {
    auto const soon = std::chrono::steady_clock::now() + 1min;
    auto connected = co_await net.connect(to, std::nullopt, soon);
    auto const peer = *std::move(connected);
    std::array<char, 100> buffer;
    std::span<char> const into(buffer);
    co_await peer->read_some(into, soon);
    co_await peer->write("STARTTLS\r\n", soon);
    co_await peer->read_some(into, soon);
    tls_wish const wish("mx.example.org", tls_version::v1_2);
    auto const until = std::chrono::steady_clock::now() + timeout;
    auto const session = co_await peer->start_tls(wish, until);
    EXPECT_GE(std::chrono::steady_clock::now(), until);
    if (!session) error = session.error();
    context.stop();
}

}  // namespace

// What follows from it is tested without a socket: client.handshake_that_never_ends_leads_to_clear_text.
TEST_F(starttls, handshake_that_never_ends_ends_at_the_deadline) {  // Z033
    test::callout_tls_server server(context);
    server.hangs_in_handshake = true;
    asio::co_spawn(context, server.serve(), asio::detached);
    boost::system::error_code error;
    auto const to = server.listener.local_endpoint();
    asio::co_spawn(context, begin_tls(*net, to, 50ms, error, context), asio::detached);
    context.run();
    EXPECT_EQ(error, make_error_code(errc::timed_out));
}

TEST_F(starttls,
       certificate_of_another_name_that_expired_is_reported_and_does_not_matter) {  // CO-054, SE-069, Z034
    test::callout_tls_server server(context, {"DNS:other.example.org", -20, -10});
    EXPECT_EQ(verify(server).status, status::pass);
    EXPECT_EQ(watch.asked, 1);
    EXPECT_EQ(watch.count("certificate_verdict"), 1u);
    EXPECT_TRUE(includes(watch.session.problems, certificate_problem::expired));
    EXPECT_TRUE(includes(watch.session.problems, certificate_problem::wrong_name));
    EXPECT_EQ(watch.session.names, std::vector<std::string>{"other.example.org"});
}

TEST_F(starttls, self_signed_for_the_right_name_is_invalid_only) {
    test::callout_tls_server server(context);
    verify(server);
    EXPECT_EQ(watch.session.problems, certificate_problem::invalid);
}

TEST_F(starttls, literal_is_compared_with_addresses) {  // SE-070
    options.allow_address_literals = true;
    test::callout_tls_server right(context, {"IP:127.0.0.1"});
    EXPECT_EQ(verify(right, "ann@[127.0.0.1]").status, status::pass);
    EXPECT_FALSE(includes(watch.session.problems, certificate_problem::wrong_name));
    EXPECT_EQ(right.server_name, "");  // no SNI for an address (RFC 6066 3)
    test::callout_tls_server wrong(context, {"IP:127.0.0.2"});
    verify(wrong, "ann@[127.0.0.1]");
    EXPECT_TRUE(includes(watch.session.problems, certificate_problem::wrong_name));
}

TEST_F(starttls, observer_may_refuse_a_certificate) {
    test::callout_tls_server server(context);
    watch.answer = event::certificate_verdict::decision::refuse;
    EXPECT_EQ(verify(server, "ann@example.org", tls_use::require).reason, reason::tls_policy);
    EXPECT_EQ(server.heard_in_tls, "");
    EXPECT_EQ(server.connections, 1);
    EXPECT_EQ(watch.causes, std::vector{event::disconnected::cause::decision});
}

TEST_F(starttls, bytes_after_the_220_are_never_used) {  // CO-048, SE-067, Z036
    test::callout_tls_server server(context);
    server.after_220 = "250-mx\r\n250 ok\r\n250 ok\r\n250 ok\r\n";
    auto const v = verify(server);
    EXPECT_EQ(v.status, status::error);
    EXPECT_EQ(v.reason, reason::protocol);
    EXPECT_EQ(server.connections, 1);
    EXPECT_EQ(watch.count("protocol_error"), 1u);
}

TEST_F(starttls, without_authorities_nothing_changes) {  // SE-068
    ASSERT_EQ(setenv("SSL_CERT_FILE", "/dev/null", 1), 0);
    net = make_tcp_connector(context.get_executor());
    unsetenv("SSL_CERT_FILE");
    test::callout_tls_server server(context);
    EXPECT_EQ(verify(server).status, status::pass);
    EXPECT_NE(server.heard_in_tls, "");
    EXPECT_EQ(server.connections, 1);
}
