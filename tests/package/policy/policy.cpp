// A program outside of Vouch that tests its own policy in a world in memory. It links with nothing that asks
// the real world.
#include <callout/testing/memory_world.hpp>
#include <callout/testing/stream_pair.hpp>
#include <iostream>

#if __has_include(<testing/scripted_stream.hpp>) || __has_include(<callout/testing/scripted_stream.hpp>)
#error "a private header was installed"
#endif

namespace asio = boost::asio;

/// Only who certainly does not exist may not send.
asio::awaitable<bool> may_send(callout::engine& engine, callout::mailbox sender, callout::steady_time until) {
    callout::request question(std::move(sender));
    auto const found = co_await engine.verify(question, until);
    co_return found.status != callout::status::fail || found.strength == callout::strength::weak;
}

class policy_test {
public:
    policy_test() {
        world.serve("example.org", callout::testing::scripted_peer()
                                       .on("RCPT TO:<ghost", "550 5.1.1 no such user\r\n")
                                       .on("RCPT TO:<grey", "450 4.7.1 greylisted\r\n")
                                       .delay("RCPT TO:<slow", std::chrono::hours(1)));
    }
    bool lets_in(std::string_view address) {
        auto const box = callout::mailbox::parse(address).value();
        return world.run(may_send(world.engine(), box, world.clock.now() + std::chrono::seconds(20)));
    }

    callout::testing::memory_world world;
};

int main() {
    policy_test test;
    bool const is_right = test.lets_in("ann@example.org") && !test.lets_in("ghost@example.org") &&
                          test.lets_in("grey@example.org") && test.lets_in("slow@example.org");
    test.world.run_to_the_end();
    std::cout << test.world.net.connects.size() << " connections, left: " << test.world.left() << '\n';
    auto const ends = callout::testing::make_stream_pair(test.world.clock);
    return is_right && ends.first && test.world.left().empty() ? 0 : 1;
}
