#include "world/check/play.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "text/values.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;

/// How long a caller waits for a verdict: a queue, and an MTA whose client is waiting (smtp-callout.md 5).
constexpr std::chrono::seconds hard_time_limit{600};
constexpr std::chrono::seconds soft_time_limit{18};
/// How long peers are given to hear what the engine still says after its verdict. Anything still missing is
/// awaited again, at most `max_settle_rounds` times, so that a slow machine makes the check late and not
/// wrong.
constexpr std::chrono::milliseconds settle_time{100};
constexpr int max_settle_rounds = 100;

std::string to_string(finding const& one) {
    return one.verdict + '/' + one.reason;
}

std::string to_string(callout::verification const& v) {
    return std::string(to_string(v.status)) + '/' + std::string(to_string(v.reason));
}

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

using answer = callout::verification;

std::string code_of(answer const& v) {
    return v.message.substr(0, 3);
}

/// Returns the answer's value for a fact, in the form that `satisfies` compares.
std::string value_of(fact const& wanted, answer const& v) {
    auto const yes_or_no = [](bool is_so) { return std::string(is_so ? "yes" : "no"); };
    switch (wanted.what) {
        case fact::kind::strength: return std::string(to_string(v.strength));
        case fact::kind::exists: return std::string(to_string(v.exists));
        case fact::kind::catch_all: return std::string(to_string(v.catch_all));
        case fact::kind::rejects_null: return yes_or_no(v.rejects_null);
        case fact::kind::cached: return yes_or_no(v.cached != callout::freshness::live);
        case fact::kind::code: return code_of(v);
        case fact::kind::connections: return std::to_string(v.connections);
        case fact::kind::retry_after:
            return std::to_string(
                std::chrono::microseconds(v.retry_after.value_or(std::chrono::seconds(0))).count());
        case fact::kind::within: return std::to_string(std::chrono::microseconds(v.elapsed).count());
        case fact::kind::text: return v.message;
    }
    return {};
}

bool satisfies(fact const& wanted, std::string const& value) {
    if (wanted.what == fact::kind::within) return std::stoll(value) <= std::stoll(wanted.value);
    if (wanted.what == fact::kind::text) return value.find(wanted.value) != std::string::npos;
    return value == wanted.value;
}

std::string_view name_of(fact::kind what) {
    static constexpr std::string_view names[] = {"strength", "exists", "catch_all",   "rejects_null",
                                                 "cached",   "code",   "retry_after", "connections",
                                                 "within",   "text"};
    return names[static_cast<std::size_t>(what)];
}

/// Returns whether remote text is free of control bytes and of anything that could begin a line of ours
/// (CO-106).
bool is_clean(std::string_view message) {
    auto const control = [](unsigned char octet) {
        return (octet < ' ' && octet != '\t' && octet != '\r' && octet != '\n') || octet >= 0x7f;
    };
    if (std::ranges::any_of(message, control)) return false;
    for (std::size_t i = 0; i != message.size(); ++i) {
        auto const after = i + 1 == message.size() ? '\0' : message[i + 1];
        auto const before = i == 0 ? '\0' : message[i - 1];
        if (message[i] == '\r' && after != '\n') return false;
        if (message[i] == '\n' && before != '\r') return false;
    }
    return true;
}

class answer_check {
public:
    answer_check(question const& asked, check_result& into) : asked_(asked), into_(into) {}

    /// Compares the verdict. Without an expected finding, anything but a refusal is right.
    void compare_verdict(std::optional<finding> const& wanted, answer const& v) {
        auto const got = to_string(v);
        auto const expected = wanted ? to_string(*wanted) : std::string("unrefused");
        into_.expected.push_back(expected);
        into_.got.push_back(got);
        auto const refused = v.status == callout::status::fail;
        auto const refusal_due = wanted && wanted->verdict == "fail";
        if (refused && !refusal_due) into_.refused_innocent = true;
        if (wanted ? got != expected : refused) complain("expected " + expected + ", got " + got + why(v));
        if (!is_clean(v.message)) complain("the answer's text contains control bytes or line breaks");
    }

    void compare_facts(answer const& v) {
        for (auto const& one : asked_.facts) {
            // On sockets the time depends on the speed of the machine.
            if (one.what == fact::kind::within && !into_.virtual_time) continue;
            auto const value = value_of(one, v);
            if (satisfies(one, value)) continue;
            complain("expected " + std::string(name_of(one.what)) + ' ' + one.value + ", got " + value +
                     why(v));
        }
    }

private:
    void complain(std::string const& what) { into_.problems.push_back(asked_.address + ": " + what); }
    static std::string why(answer const& v) { return v.message.empty() ? "" : " (" + v.message + ')'; }

    question const& asked_;
    check_result& into_;
};

asio::awaitable<answer> ask(asking const& what, fixture on, callout::mode how) {
    auto const box = callout::mailbox::parse(what.address);
    if (!box) co_return callout::verification_of(box.error());
    callout::request asked(*box);
    asked.mode = how;
    if (what.refresh) asked.cache = callout::cache_use::refresh;
    if (!what.client.empty()) asked.who.client = asio::ip::make_address(what.client);
    asked.tests = on.tests;
    auto const limit = how == callout::mode::hard ? hard_time_limit : soft_time_limit;
    auto const until = on.clock.now() + limit;
    co_return co_await on.engine.verify(std::move(asked), until);
}

asio::awaitable<void> pass_time(callout::clock& clock, std::chrono::microseconds time) {
    auto const until = clock.now() + time;
    auto const alarm = clock.make_alarm();
    while (clock.now() < until) co_await alarm->wait(until);
}

asio::awaitable<void> play_step(question const& what, fixture on, check_result& into) {
    answer_check check(what, into);
    if (what.soft) {
        auto const verdict = co_await ask(what, on, callout::mode::soft);
        check.compare_verdict(what.soft, verdict);
        if (!what.hard) check.compare_facts(verdict);
        if (!what.hard) co_return;
    }
    auto const verdict = co_await ask(what, on, callout::mode::hard);
    check.compare_verdict(what.hard, verdict);
    check.compare_facts(verdict);
}

std::uint32_t count(sighting const& what, fixture const& on) {
    auto const host = std::ranges::find(on.world.peers, what.peer, &peer::name);
    auto const seen = on.seen.find(&*host);
    if (seen == on.seen.end()) return 0;
    return seen->second.times_seen(what);
}

void judge(sighting const& what, fixture const& on, check_result& into) {
    auto const times = count(what, on);
    if (times >= what.times.least && times <= what.times.most) return;
    auto const subject = what.command ? " heard " + in_quotes(what.command->text()) + ' '
                         : what.what == sighting::kind::at_once ? std::string(" had connections at once: ")
                                                                : std::string(" had connections: ");
    into.problems.push_back(what.peer + subject + std::to_string(times));
}

}  // namespace

asio::awaitable<void> play(entry const& what, fixture on, check_result& into) {
    auto const executor = co_await asio::this_coro::executor;
    auto const begin = on.clock.now();
    for (auto const& step : what.steps) {
        if (auto const* asked = std::get_if<question>(&step)) {
            co_await play_step(*asked, on, into);
        } else if (auto const* begun = std::get_if<start>(&step)) {
            asio::co_spawn(executor, ask(begun->what, on, callout::mode::hard), asio::detached);
        } else if (auto const* rest = std::get_if<pause>(&step)) {
            co_await pass_time(on.clock, rest->time);
        } else {
            auto const& wanted = std::get<sighting>(step);
            co_await pass_time(on.clock, settle_time);
            for (int more = 1; more != max_settle_rounds && count(wanted, on) < wanted.times.least; ++more)
                co_await pass_time(on.clock, settle_time);
            judge(wanted, on, into);
        }
    }
    into.took = std::chrono::duration_cast<std::chrono::milliseconds>(on.clock.now() - begin);
}

engine_settings settings_for(entry const& what, description const& world, std::uint16_t port) {
    engine_settings chosen;
    auto& options = chosen.options;
    options.port = port;
    options.helo = callout::helo_name::parse("verifier.example.net").value();
    for (auto const& host : world.peers) {
        for (auto const& address : host.addresses) {
            options.destinations.allow.push_back(callout::network::parse(address.to_string()).value());
        }
    }
    for (auto const& one : what.settings) apply(one, chosen);
    return chosen;
}

}  // namespace testmta::world
