// Verifies an address as an author's program does, with the real world for the engine: c-ares, TCP, the
// system's clock. Prints the verdict, the poll details and the dialogue as one JSON document.
//
//     callout_driver --dns HOST:PORT [--helo NAME] [--fallback-sender ADDRESS] [--dns-total MILLISECONDS]
//     ADDRESS
//
// Loopback addresses may be connected to; other special-purpose ones may not.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string>

#include "callout/engine.hpp"
#include "callout/system.hpp"

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

[[noreturn]] void refuse(std::string const& why) {
    std::cerr << "callout_driver: " << why << '\n';
    std::_Exit(64);
}

class command_line {
public:
    command_line(int argc, char** argv) {
        engine.reuse_sessions = false;  // there is one question
        engine.destinations.allow.push_back(*callout::network::parse("127.0.0.0/8"));
        if (argc % 2 != 0) refuse("expected options with a value each, and the address at the end");
        for (int i = 1; i + 1 < argc; i += 2) set(argv[i], argv[i + 1]);
        if (resolver.servers.empty()) refuse("--dns HOST:PORT is missing");
        address = argv[argc - 1];
    }

    callout::engine_options engine;
    callout::resolver_options resolver;
    std::string address;

private:
    void set(std::string_view name, std::string const& value) {
        if (name == "--dns") {
            auto const colon = value.rfind(':');
            if (colon == std::string::npos) refuse("--dns: expected HOST:PORT");
            auto const port = number<std::uint16_t>(value.substr(colon + 1));
            resolver.servers.emplace_back(asio::ip::make_address(value.substr(0, colon)), port);
        } else if (name == "--helo") {
            auto const helo = callout::helo_name::parse(value);
            if (!helo) refuse("--helo: " + helo.error().message());
            engine.helo = *helo;
        } else if (name == "--fallback-sender") {
            auto const sender = callout::mailbox::parse(value);
            if (!sender) refuse("--fallback-sender: " + sender.error().message());
            engine.fallback_sender = *sender;
        } else if (name == "--tls") {
            engine.tls = tls_use(value);
        } else if (name == "--dns-total") {
            engine.dns_total = std::chrono::milliseconds(number<unsigned>(value));
        } else {
            refuse(std::string(name) + " is not an option");
        }
    }

    static callout::tls_use tls_use(std::string_view word) {
        if (word == "never") return callout::tls_use::never;
        if (word == "may") return callout::tls_use::may;
        if (word == "ondemand") return callout::tls_use::ondemand;
        if (word == "require") return callout::tls_use::require;
        refuse("--tls must be never, may, ondemand or require");
    }

    template <class Number>
    static Number number(std::string const& text) {
        Number value = 0;
        auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed != std::errc() || end != text.data() + text.size()) refuse("no number: " + text);
        return value;
    }
};

/// Records the dialogue, each line as "> RCPT TO:<...>" or "< 250 ok", and the names that were asked.
class transcript final : public callout::observer {
public:
    void on(callout::any_event const& what, callout::steady_time) override {
        if (auto const* e = std::get_if<callout::event::sent>(&what)) line("> ", e->command);
        if (auto const* e = std::get_if<callout::event::received>(&what)) line("< ", e->reply.text());
        if (auto const* e = std::get_if<callout::event::reply_failed>(&what)) line("! ", e->error.message());
        if (auto const* e = std::get_if<callout::event::dns_answered>(&what)) {
            asked.push_back(json::string(e->question));
        }
        if (auto const* e = std::get_if<callout::event::tls_up>(&what)) tls = e->session.version;
    }

    json::array dialogue;
    json::array asked;
    std::string tls;  ///< "TLSv1.3", or nothing

private:
    void line(std::string_view direction, std::string_view text) {
        dialogue.push_back(json::string(std::string(direction) + std::string(text)));
    }
};

json::object document_of(callout::verification const& v) {
    json::object all;
    all["status"] = to_string(v.status);
    all["reason"] = to_string(v.reason);
    all["scope"] = to_string(v.scope);
    all["strength"] = to_string(v.strength);
    all["exists"] = to_string(v.exists);
    all["rejects_null"] = v.rejects_null;
    all["message"] = v.message;
    all["host"] = v.host;
    all["ip"] = v.ip;
    all["connections"] = v.connections;
    all["elapsed_ms"] = v.elapsed.count();
    if (v.retry_after) all["retry_after"] = v.retry_after->count();
    all["poll"] = json::object{{"host", v.poll.host},
                               {"greeting", v.poll.greeting},
                               {"helo", v.poll.helo},
                               {"sent", v.poll.sent},
                               {"received", v.poll.received}};
    return all;
}

constexpr auto patience = 20s;

asio::awaitable<json::object> judge(callout::engine& engine, callout::clock& clock, std::string address) {
    auto const box = callout::mailbox::parse(address);
    if (!box) co_return document_of(callout::verification_of(box.error()));
    transcript seen;
    callout::request what(*box);
    what.cache = callout::cache_use::none;
    what.watcher = &seen;
    auto const until = clock.now() + patience;
    auto const verdict = co_await engine.verify(std::move(what), until);
    auto document = document_of(verdict);
    document["dialogue"] = std::move(seen.dialogue);
    document["asked"] = std::move(seen.asked);
    document["tls"] = seen.tls;
    co_return document;
}

}  // namespace

int main(int argc, char** argv) {
    command_line const wanted(argc, argv);
    asio::io_context loop(1);
    auto const clock = callout::make_system_clock(loop.get_executor());
    auto const connector = callout::make_tcp_connector(loop.get_executor());
    auto const resolver = callout::make_cares_resolver(loop.get_executor(), wanted.resolver);
    auto const chance = callout::make_system_random();
    callout::engine engine(loop.get_executor(), callout::world{*clock, *connector, *resolver, *chance},
                           wanted.engine);
    std::exception_ptr failed;
    auto const print = [&failed](std::exception_ptr thrown, json::object document) {
        failed = thrown;
        if (!failed) std::cout << json::serialize(document) << std::endl;
    };
    asio::co_spawn(loop, judge(engine, *clock, wanted.address), print);
    loop.run();  // until QUIT has been sent, too
    if (failed) std::rethrow_exception(failed);
}
