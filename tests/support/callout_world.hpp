#pragma once

#include "callout/testing/memory_world.hpp"
#include "callout_address.hpp"
#include "callout_names.hpp"
#include "callout_stories.hpp"

namespace test {

using callout::testing::handshake;
using callout_peer = callout::testing::scripted_peer;

/// Fails the test if an engine has anything in hand: says what, and how many.
void expect_nothing_left(callout::engine const& asked);

/// A world whose engine must have nothing left at the end, and must have told of each question that it ended.
class callout_world : public callout::testing::memory_world {
public:
    callout_world();
    /// Sees to its end all that goes on, and then expects that the engine has nothing left.
    ~callout_world();

    void restart();

    callout_stories stories;  ///< of all questions; each has to end once

    using memory_world::ask;
    using memory_world::verify;
    callout::verification verify(std::string_view address, std::chrono::milliseconds budget,
                                 callout::cache_use cache, callout::observer* watcher = nullptr);
    void ask(std::string_view address, std::chrono::milliseconds budget,
             std::optional<callout::verification>& into,
             callout::cache_use cache = callout::cache_use::normal, callout::observer* watcher = nullptr);
};

}  // namespace test
