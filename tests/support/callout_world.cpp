#include "callout_world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace test {
namespace {

using callout::request;
using callout::steady_time;
using callout::verification;

request question(std::string_view address, callout::cache_use cache, callout::observer* watcher) {
    request what(callout::mailbox::parse(address).value());
    what.cache = cache;
    what.watcher = watcher;
    return what;
}

boost::asio::awaitable<void> answer(callout::engine& asked, request what, steady_time until,
                                    std::optional<verification>& into) {
    into = co_await asked.verify(std::move(what), until);
}

boost::asio::awaitable<void> wait(callout::alarm& bell, steady_time until, bool& over) {
    co_await bell.wait(until);
    over = true;
}

std::size_t waiting_by_limit(callout::waiting_numbers const& n) {
    return n.for_connections + n.for_domain + n.for_organisation + n.for_address + n.for_asker + n.for_chain;
}

/// Returns "callouts under way: 2, retries: 1", or nothing if nothing is left.
std::string what_is_left(callout::engine_numbers const& n) {
    std::string all;
    auto const count = [&](std::size_t how_many, std::string_view of_what) {
        if (how_many == 0) return;
        if (!all.empty()) all += ", ";
        all.append(of_what).append(": ").append(std::to_string(how_many));
    };
    count(n.callouts, "callouts under way");
    count(n.in_background, "callouts in the background");
    count(n.retries, "retries");
    count(n.running, "callouts and connections that run");
    count(n.waiting, "callouts and connections that wait");
    if (n.waiting == 0) count(waiting_by_limit(n.waiting_by_limit), "waiting by limit");
    count(n.calls, "connections over which somebody is asked");
    count(n.dns_questions, "questions to the name system");
    count(n.sessions, "sessions");
    return all;
}

}  // namespace

std::optional<callout::stored_record> callout_store::get(std::string_view key) {
    auto const found = records.find(key);
    if (found == records.end()) return std::nullopt;
    return found->second;
}

void callout_store::put(std::string_view key, callout::stored_record const& record) {
    records.insert_or_assign(std::string(key), record);
}

void callout_store::erase(std::string_view key) {
    if (auto const found = records.find(key); found != records.end()) records.erase(found);
}

void expect_nothing_left(callout::engine const& asked) {
    EXPECT_EQ(what_is_left(asked.numbers()), "") << "the engine has this left at the end";
}

callout_world::callout_world() {
    options.helo = test::helo("mail.example.net");
    options.reuse_sessions = false;  // so that connections can be counted
    options.destinations.deny_special_purpose = true;
    options.destinations.allow.push_back(callout::network::parse("192.0.2.0/24").value());
    options.destinations.allow.push_back(callout::network::parse("2001:db8::/32").value());
}

callout_world::~callout_world() {
    run_to_the_end();
    if (engine_) expect_nothing_left(*engine_);
    stories.expect_ended();
    engine_.reset();
    run_to_the_end();  // so that nothing is left that refers to this world
}

void callout_world::serve(std::string const& domain, callout_peer peer, std::string_view address) {
    dns.mx(domain, 10, "mx1." + domain);
    dns.address("mx1." + domain, address);
    net.put(address, std::move(peer));
}

callout::engine& callout_world::engine() {
    if (!engine_) {
        stories.begin_anew();
        callout::world const w{clock, net, dns, chance, use_store ? &store : lasting};
        engine_.emplace(context.get_executor(), w, options, &stories);
    }
    return *engine_;
}

verification callout_world::verify(std::string_view address, std::chrono::milliseconds budget,
                                   callout::cache_use cache, callout::observer* watcher) {
    return verify(question(address, cache, watcher), budget);
}

verification callout_world::verify(request what, std::chrono::milliseconds budget) {
    std::optional<verification> verdict;
    ask(std::move(what), budget, verdict);
    run_until([&] { return verdict.has_value(); });
    return verdict.value_or(verification());
}

void callout_world::ask(std::string_view address, std::chrono::milliseconds budget,
                        std::optional<verification>& into, callout::cache_use cache,
                        callout::observer* watcher) {
    ask(question(address, cache, watcher), budget, into);
}

void callout_world::ask(request what, std::chrono::milliseconds budget, std::optional<verification>& into) {
    boost::asio::co_spawn(context, answer(engine(), std::move(what), clock.now() + budget, into),
                          boost::asio::detached);
}

void callout_world::run_until(std::function<bool()> const& done) {
    settle();
    while (!done() && clock.advance_to_next_alarm()) settle();
}

void callout_world::run_to_the_end() {
    run_until([] { return false; });
}

void callout_world::let_pass(std::chrono::milliseconds time) {
    auto const bell = clock.make_alarm();
    bool over = false;
    boost::asio::co_spawn(context, wait(*bell, clock.now() + time, over), boost::asio::detached);
    run_until([&] { return over; });
}

void callout_world::settle() {
    context.restart();
    context.poll();
}

}  // namespace test
