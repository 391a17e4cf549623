#include "callout_world.hpp"

#include <gtest/gtest.h>

#include "callout/testing/census.hpp"

namespace test {
namespace {

callout::request question(std::string_view address, callout::cache_use cache, callout::observer* watcher) {
    callout::request what(box(address));
    what.cache = cache;
    what.watcher = watcher;
    return what;
}

/// Runs a world to its end from a destructor.
void see_out(callout_world& ending) {
    try {
        ending.run_to_the_end();
    } catch (callout::testing::stuck const& why) {
        ADD_FAILURE() << why.what();
    }
}

}  // namespace

void expect_nothing_left(callout::engine const& asked) {
    EXPECT_EQ(callout::testing::census(asked.numbers()), "") << "the engine has this left at the end";
}

callout_world::callout_world() {
    options.reuse_sessions = false;  // so that connections can be counted
    observed_by = &stories;
}

callout_world::~callout_world() {
    see_out(*this);
    EXPECT_EQ(left(), "") << "the engine has this left at the end";
    stories.expect_ended();
    restart();
    see_out(*this);  // so that nothing is left that refers to this world
}

void callout_world::restart() {
    memory_world::restart();
    stories.end();
}

callout::verification callout_world::verify(std::string_view address, std::chrono::milliseconds budget,
                                            callout::cache_use cache, callout::observer* watcher) {
    return memory_world::verify(question(address, cache, watcher), budget);
}

void callout_world::ask(std::string_view address, std::chrono::milliseconds budget,
                        std::optional<callout::verification>& into, callout::cache_use cache,
                        callout::observer* watcher) {
    memory_world::ask(question(address, cache, watcher), budget, into);
}

}  // namespace test
