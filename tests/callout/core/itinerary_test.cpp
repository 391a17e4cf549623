// Walks as conversations: `>` is what the machine wants, `<` is what comes of it, `=` is how it ends.

#include "core/itinerary.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "support/callout_address.hpp"

using namespace callout;
using namespace callout::core;

namespace {

using kind = itinerary::step::kind;

struct outcome {
    reason why;
    status what;
    next_step then;
};
constexpr auto outcomes = std::to_array<outcome>({
    {reason::accepted, status::pass, next_step::stop},
    {reason::no_mailbox, status::fail, next_step::stop},
    {reason::relay_denied, status::fail, next_step::next_host},
    {reason::mx_unresolvable, status::fail, next_step::next_host},
    {reason::blocked, status::error, next_step::next_host},
    {reason::temporary, status::transient, next_step::one_more_host},
    {reason::refused, status::transient, next_step::next_address},
    {reason::timeout, status::transient, next_step::next_address},
});

finding found(std::string const& word) {
    auto const which = std::ranges::find(outcomes, reason_from(word), &outcome::why);
    EXPECT_NE(which, outcomes.end()) << word;
    return {verification(which->what, which->why), which->then};
}

std::vector<std::string> words_of(std::string const& line) {
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

std::string shown(itinerary::step const& next) {
    auto const at = [&] { return next.host->name + ' ' + next.address.to_string(); };
    switch (next.what) {
        case kind::look_up: return "> look up " + next.host->name + '\n';
        case kind::check: return "> check " + at() + '\n';
        case kind::connect: return "> connect " + at() + '\n';
        case kind::leave_out: return "> leave out " + next.host->name + ": " + std::string(next.why) + '\n';
        case kind::done: break;
    }
    return {};
}

class walk {
public:
    walk(std::string const& transcript, engine_options const& options, mode pace)
        : script_(transcript), machine_(options, pace) {}

    std::string play(host_plan plan) {
        for (auto next = machine_.start(std::move(plan)); !next.finished();) {
            out_ += shown(next);
            next = next.what == kind::leave_out ? machine_.resume() : answered(next.what);
        }
        auto const v = machine_.take_verdict();
        out_ += "= " + std::string(to_string(v.status)) + '/' + std::string(to_string(v.reason));
        return out_ + ", connections: " + std::to_string(machine_.connections()) + '\n';
    }

private:
    std::string next_line() {
        std::string line;
        while (std::getline(script_, line)) {
            if (!line.starts_with("< ")) continue;
            out_ += line + '\n';
            return line.substr(2);
        }
        ADD_FAILURE() << "the transcript ends too early:\n" << out_;
        return "time is up";
    }
    itinerary::step answered(kind asked) {
        auto const line = next_line();
        auto const words = words_of(line);
        if (line == "time is up") return machine_.give_up(reason::timeout);
        if (asked == kind::check) return checked(line);
        if (asked == kind::look_up && !reason_from(words[0])) return machine_.resume(addresses(words));
        if (asked == kind::look_up || words[0] == "not:") return machine_.resume(found(words.back()));
        bool const both = words.size() == 3;  // "refused also 2001:db8::1"
        auto const rival = both ? std::optional(test::ip(words[2])) : std::nullopt;
        return machine_.resume(found(words[0]), both ? 2 : 1, rival);
    }
    itinerary::step checked(std::string const& line) {
        fence_verdict verdict(line == "allowed", line);
        verdict.own = line == "own";
        return machine_.resume(verdict);
    }
    static std::vector<ip_address> addresses(std::vector<std::string> const& words) {
        std::vector<ip_address> all;
        for (auto const& word : words) all.push_back(test::ip(word));
        return all;
    }

    std::istringstream script_;
    itinerary machine_;
    std::string out_;
};

host_plan hosts(std::initializer_list<std::pair<unsigned, char const*>> wanted) {
    host_plan plan;
    for (auto const& [preference, name] : wanted) plan.hosts.emplace_back(name, std::uint16_t(preference));
    return plan;
}

void expect_walk(std::string const& transcript, host_plan plan, engine_options const& options = {},
                 mode pace = mode::soft) {
    auto const expected = transcript.substr(1);
    EXPECT_EQ(walk(expected, options, pace).play(std::move(plan)), expected);
}

}  // namespace

TEST(itinerary, ends_at_the_first_host_that_settles_the_matter) {
    expect_walk(R"(
> look up mx1
< 192.0.2.1 192.0.2.2
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< no_mailbox
= fail/no_mailbox, connections: 1
)",
                hosts({{10, "mx1"}, {20, "mx2"}}));
}

TEST(itinerary, goes_on_to_the_next_address_where_nobody_answered_and_else_to_the_next_host) {
    expect_walk(R"(
> look up mx1
< 192.0.2.1 192.0.2.2 192.0.2.3
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< refused
> check mx1 192.0.2.2
< allowed
> connect mx1 192.0.2.2
< blocked
> look up mx2
< mx_unresolvable
> look up mx3
< 192.0.2.9
> check mx3 192.0.2.9
< allowed
> connect mx3 192.0.2.9
< accepted
= pass/via_backup, connections: 3
)",
                hosts({{10, "mx1"}, {10, "mx2"}, {20, "mx3"}}));
}

TEST(itinerary, asks_one_more_host_when_MAIL_is_deferred) {
    expect_walk(R"(
> look up mx1
< 192.0.2.1
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< temporary
> look up mx2
< 192.0.2.2
> check mx2 192.0.2.2
< allowed
> connect mx2 192.0.2.2
< temporary
= transient/temporary, connections: 2
)",
                hosts({{10, "mx1"}, {20, "mx2"}, {30, "mx3"}}));
}

TEST(itinerary, connects_to_no_address_that_the_fence_refuses) {  // CO-032
    expect_walk(R"(
> look up mx1
< 10.0.0.1 192.0.2.2
> check mx1 10.0.0.1
< special-purpose
> check mx1 192.0.2.2
< allowed
> connect mx1 192.0.2.2
< not: refused
= transient/refused, connections: 0
)",
                hosts({{10, "mx1"}}));
    expect_walk(R"(
> look up mx1
< 127.0.0.1
> check mx1 127.0.0.1
< special-purpose
= error/forbidden_target, connections: 0
)",
                hosts({{10, "mx1"}}));
}

TEST(itinerary, takes_a_domain_at_home_for_one_that_wants_no_mail_if_it_shall) {
    engine_options options;
    options.loopback_mx = loopback_mx::fail;
    expect_walk(R"(
> look up mx1
< 127.0.0.1 0.0.0.0
> check mx1 127.0.0.1
< special-purpose
> check mx1 0.0.0.0
< special-purpose
= fail/no_service, connections: 0
)",
                hosts({{10, "mx1"}}), options);
}

TEST(itinerary, leaves_out_ourselves_and_all_that_are_not_preferred_to_us) {  // RFC 5321 5.1
    expect_walk(R"(
> look up mx1
< 192.0.2.1
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< refused
> look up mx2
< 192.0.2.2 192.0.2.3
> check mx2 192.0.2.2
< own
> leave out mx3: not preferred to ourselves
> leave out mx4: not preferred to ourselves
= transient/refused, connections: 1
)",
                hosts({{10, "mx1"}, {20, "mx2"}, {20, "mx3"}, {30, "mx4"}}));
}

TEST(itinerary, opens_no_more_connections_than_the_limit) {
    engine_options options;
    options.max_connects_soft = 1;
    auto const two_addresses = R"(
> look up mx1
< 192.0.2.1 192.0.2.2
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< refused
> check mx1 192.0.2.2
< allowed
> leave out mx1: enough connections for one question
> leave out mx2: enough connections for one question
= transient/refused, connections: 1
)";
    expect_walk(two_addresses, hosts({{10, "mx1"}, {20, "mx2"}, {30, "mx3"}}), options);
    options.max_connects_soft = 3;
    options.max_connects_hard = 1;
    expect_walk(two_addresses, hosts({{10, "mx1"}, {20, "mx2"}, {30, "mx3"}}), options, mode::hard);
}

TEST(itinerary, tries_no_more_addresses_of_a_host_than_the_limit) {
    engine_options options;
    options.max_addresses_per_mx = 1;
    expect_walk(R"(
> look up mx1
< 192.0.2.1 192.0.2.2
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< relay_denied
> look up mx2
< 192.0.2.3 192.0.2.4
> check mx2 192.0.2.3
< allowed
> connect mx2 192.0.2.3
< refused
> check mx2 192.0.2.4
< allowed
> leave out mx2: beyond max_addresses_per_mx
= transient/refused, connections: 2
)",
                hosts({{10, "mx1"}, {20, "mx2"}}), options);
}

TEST(itinerary, asks_no_address_again_that_had_its_turn_early) {
    engine_options options;
    options.max_addresses_per_mx = 2;
    expect_walk(R"(
> look up mx1
< 192.0.2.1 2001:db8::1 192.0.2.2
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< refused also 2001:db8::1
> check mx1 192.0.2.2
< allowed
> leave out mx1: beyond max_addresses_per_mx
= transient/refused, connections: 2
)",
                hosts({{10, "mx1"}}), options);
}

TEST(itinerary, ends_wherever_time_is_up) {
    expect_walk(R"(
> look up mx1
< time is up
= transient/timeout, connections: 0
)",
                hosts({{10, "mx1"}, {20, "mx2"}}));
    expect_walk(R"(
> look up mx1
< 192.0.2.1
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< relay_denied
> look up mx2
< time is up
= transient/timeout, connections: 1
)",
                hosts({{10, "mx1"}, {20, "mx2"}}));
}

TEST(itinerary, does_not_check_a_host_of_a_route_nor_look_up_an_address) {
    auto plan = hosts({{0, "store.example.net"}, {0, "[192.0.2.7]"}});
    for (auto& host : plan.hosts) host.is_routed = true;
    expect_walk(R"(
> look up store.example.net
< 10.0.0.1
> connect store.example.net 10.0.0.1
< refused
> connect [192.0.2.7] 192.0.2.7
< accepted
= pass/accepted, connections: 2
)",
                std::move(plan));
}

TEST(itinerary, speaks_for_no_host_that_a_limit_left_out_of_the_plan) {  // CO-090
    auto plan = hosts({{10, "mx1"}});
    plan.beyond_limits = 1;
    expect_walk(R"(
> look up mx1
< 192.0.2.1
> check mx1 192.0.2.1
< allowed
> connect mx1 192.0.2.1
< relay_denied
= transient/unreachable, connections: 1
)",
                std::move(plan));
}

TEST(itinerary, names_the_addresses_whose_turn_has_not_come) {
    itinerary machine(engine_options(), mode::soft);
    machine.start(hosts({{10, "mx1"}}));
    machine.resume(std::vector{test::ip("192.0.2.1"), test::ip("2001:db8::1")});
    ASSERT_EQ(machine.untried().size(), 1u);
    EXPECT_EQ(machine.untried().front(), test::ip("2001:db8::1"));
}
