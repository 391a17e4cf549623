// A program outside of Vouch that uses the installed library: it asks one question, of a DNS and a mail
// server in memory, and links with what asks the real ones.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <callout/callout.hpp>
#include <callout/mailfromd/functions.hpp>
#include <iostream>
#include <span>

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_NO_DEPRECATED)
#error "compiled in another way than the library"
#endif
#if __has_include(<core/dialogue.hpp>) || __has_include(<callout/core/dialogue.hpp>)
#error "a private header was installed"
#endif

namespace asio = boost::asio;

/// Every domain has one exchange, and that has one address.
class one_server_dns : public callout::resolver {
    asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                               callout::steady_time) override {
        callout::dns_answer answer(callout::dns_outcome::ok);
        answer.ttl = std::chrono::hours(1);
        if (type == callout::record_type::mx) {
            answer.exchanges.emplace_back(std::uint16_t(10), "mx." + name);
        } else if (type == callout::record_type::a) {
            answer.addresses.push_back(asio::ip::make_address("192.0.2.25"));
        } else {
            answer.outcome = callout::dns_outcome::no_data;
        }
        co_return answer;
    }
};

/// Knows nobody but ann, and hangs up when it has nothing to say.
class mail_server : public callout::stream {
    asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                            callout::steady_time) override {
        if (said_.empty()) co_return callout::errc::closed;
        auto const size = said_.copy(into.data(), into.size());
        said_.erase(0, size);
        co_return size;
    }
    asio::awaitable<callout::result<void>> write(std::string_view line, callout::steady_time) override {
        bool const refused = line.starts_with("RCPT") && line.find("<ann@") == line.npos;
        said_ += refused ? "550 5.1.1 no such user\r\n" : "250 mx.example.org\r\n";
        co_return callout::result<void>();
    }
    asio::awaitable<callout::result<callout::tls_session>> start_tls(callout::tls_wish,
                                                                     callout::steady_time) override {
        co_return callout::errc::tls_handshake;
    }
    callout::unread pending() noexcept override { return callout::unread::nothing; }
    callout::endpoint local() const noexcept override { return {}; }
    void close() noexcept override {}

    std::string said_ = "220 mx.example.org ESMTP\r\n";
};

class one_server_net : public callout::connector {
    asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> connect(
        callout::endpoint, std::optional<callout::ip_address>, callout::steady_time) override {
        std::unique_ptr<callout::stream> peer = std::make_unique<mail_server>();
        co_return std::move(peer);
    }
};

std::string status_of(callout::engine& engine, asio::io_context& loop, std::string_view address) {
    callout::verification found;
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    callout::request question(*callout::mailbox::parse(address));
    asio::co_spawn(loop, engine.verify(question, until),
                   [&](std::exception_ptr, callout::verification answer) { found = std::move(answer); });
    loop.restart();
    loop.run();
    return std::string(to_string(found.status)) + ' ' + found.message;
}

/// What is not used here must link all the same.
bool has_the_real_world(asio::io_context& loop, callout::engine& engine) {
    auto const here = loop.get_executor();
    auto const store = callout::make_sqlite_store(here, "/nowhere/kept", std::chrono::seconds(1), 10, {});
    callout::callout_functions const filter(here, &engine, callout::callout_functions_options());
    return callout::make_tcp_connector(here) && callout::make_cares_resolver(here, {}) && !store;
}

int main() {
    asio::io_context loop;
    auto const clock = callout::make_system_clock(loop.get_executor());
    auto const random = callout::make_system_random();
    one_server_net net;
    one_server_dns dns;
    callout::engine_options options;
    options.destinations.deny_special_purpose = false;
    options.reuse_sessions = false;
    callout::engine engine(loop.get_executor(), callout::world{*clock, net, dns, *random}, options);

    auto const known = status_of(engine, loop, "ann@example.org");
    auto const unknown = status_of(engine, loop, "bob@example.org");
    std::cout << known << '\n' << unknown << '\n';
    bool const is_right = known.starts_with("pass ") && unknown == "fail 550 5.1.1 no such user";
    return is_right && has_the_real_world(loop, engine) ? 0 : 1;
}
