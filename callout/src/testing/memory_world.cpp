#include "callout/testing/memory_world.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>

#include "callout/testing/census.hpp"

namespace callout::testing {
namespace {

boost::asio::awaitable<void> answer(callout::engine& asked, callout::request what, callout::steady_time until,
                                    std::optional<callout::verification>& into) {
    into = co_await asked.verify(std::move(what), until);
}

/// Returns the message, with what the engine has in hand.
stuck stuck_with(std::string message, std::string const& left) {
    if (!left.empty()) message += "; the engine has in hand: " + left;
    return stuck(message);
}

}  // namespace

memory_world::memory_world() {
    options.helo = callout::helo_name::parse("mail.example.net").value();
    options.destinations.deny_special_purpose = true;
    options.destinations.allow.push_back(callout::network::parse("192.0.2.0/24").value());
    options.destinations.allow.push_back(callout::network::parse("2001:db8::/32").value());
}

void memory_world::serve(std::string const& domain, scripted_peer peer, std::string_view address) {
    dns.mx(domain, 10, "mx1." + domain);
    dns.address("mx1." + domain, address);
    net.put(address, std::move(peer));
}

callout::world memory_world::doors() {
    return {clock, net, dns, chance, lasting, shared};
}

callout::engine& memory_world::engine() {
    if (!engine_) engine_.emplace(context.get_executor(), doors(), options, observed_by, news);
    return *engine_;
}

callout::verification memory_world::verify(std::string_view address, std::chrono::milliseconds budget) {
    return verify(callout::request(callout::mailbox::parse(address).value()), budget);
}

callout::verification memory_world::verify(callout::request what, std::chrono::milliseconds budget) {
    return run(engine().verify(std::move(what), clock.now() + budget));
}

void memory_world::ask(callout::request what, std::chrono::milliseconds budget,
                       std::optional<callout::verification>& into) {
    boost::asio::co_spawn(context, answer(engine(), std::move(what), clock.now() + budget, into),
                          boost::asio::detached);
}

void memory_world::run_until(std::function<bool()> const& done) {
    settle();
    for (std::size_t steps = 0; !done(); settle()) {
        if (step_to_next_alarm(steps)) continue;
        throw stuck_with("nothing can happen any more: no handler is ready, and no alarm is set", left());
    }
}

void memory_world::run_to_the_end() {
    settle();
    for (std::size_t steps = 0; step_to_next_alarm(steps);) settle();
}

void memory_world::run_until(callout::steady_time then) {
    auto const is_due = [&] {
        auto const next = clock.next_alarm();
        return next && *next <= then;
    };
    settle();
    for (std::size_t steps = 0; is_due(); settle()) (void)step_to_next_alarm(steps);
    clock.advance(std::max(then - clock.now(), callout::steady_time::duration(0)));
    settle();
}

void memory_world::settle() {
    context.restart();
    context.poll();
}

std::string memory_world::left() const {
    return engine_ ? census(engine_->numbers()) : std::string();
}

void memory_world::finish(boost::asio::awaitable<void> what) {
    auto const ended = std::make_shared<std::optional<std::exception_ptr>>();
    boost::asio::co_spawn(context, std::move(what), [ended](std::exception_ptr thrown) { *ended = thrown; });
    run_until([&] { return ended->has_value(); });
    if (**ended) std::rethrow_exception(**ended);
}

bool memory_world::step_to_next_alarm(std::size_t& steps) {
    if (!clock.next_alarm()) return false;
    if (steps++ != most_steps) return clock.advance_to_next_alarm();
    throw stuck_with("time has moved on " + std::to_string(most_steps) + " times, and there is no end",
                     left());
}

}  // namespace callout::testing
