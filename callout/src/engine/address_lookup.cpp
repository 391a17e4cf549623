#include "engine/address_lookup.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace callout {
namespace {

namespace asio = boost::asio;

/// How long IPv6 addresses may take once those of IPv4 are known. RFC 8305 3 waits 50 ms, for a person who
/// looks at a page; five times that is still little of a budget of seconds, and lets a name server answer
/// that asks others first. The other way round there is no such limit: IPv4 reaches nearly every mail server,
/// and IPv6 may not even leave this machine.
constexpr std::chrono::milliseconds grace_of_ipv6{250};

/// Shared by the two questions and by the coroutine that waits for them, which may leave first.
class pending_lookup {
public:
    explicit pending_lookup(callout::clock& clock) : changed(clock.make_alarm()) {}
    both_families answers;
    int outstanding = 0;
    std::unique_ptr<alarm> changed;
};
using shared_lookup = std::shared_ptr<pending_lookup>;

/// Detached, and yet with a reference: the resolver is the world's, which outlives the engine and all that
/// the engine has set going (engine.hpp). Everything else is owned.
asio::awaitable<void> ask(resolver& dns, shared_lookup lookup, dns_answer both_families::* into,
                          std::string name, record_type type, steady_time until) {
    auto answer = co_await dns.query(name, type, until);
    lookup->answers.*into = std::move(answer);
    --lookup->outstanding;
    lookup->changed->ring();
}

}  // namespace

asio::awaitable<both_families> look_up_addresses(world const& w, engine_options const& options,
                                                 std::string name, steady_time until) {
    if (options.use_ipv4 != options.use_ipv6) {
        both_families answers;
        auto& wanted = options.use_ipv4 ? answers.ipv4 : answers.ipv6;
        auto const type = options.use_ipv4 ? record_type::a : record_type::aaaa;
        wanted = co_await w.resolver.query(std::move(name), type, until);
        co_return std::move(answers);
    }
    auto const executor = co_await asio::this_coro::executor;
    auto const lookup = std::make_shared<pending_lookup>(w.clock);
    auto const start = [&](dns_answer both_families::* into, record_type type) {
        ++lookup->outstanding;
        lookup->answers.*into = dns_answer(dns_outcome::timed_out);
        asio::co_spawn(executor, ask(w.resolver, lookup, into, name, type, until), asio::detached);
    };
    start(&both_families::ipv4, record_type::a);
    start(&both_families::ipv6, record_type::aaaa);
    auto end = until;
    while (lookup->outstanding > 0 && w.clock.now() < end) {
        co_await lookup->changed->wait(end);
        if (lookup->answers.ipv4.ok()) end = std::min(end, w.clock.now() + grace_of_ipv6);
    }
    if (lookup->answers.ipv4.ok() && lookup->outstanding > 0)
        lookup->answers.ipv6.detail = "not waited for any longer";
    co_return std::move(lookup->answers);
}

}  // namespace callout
