#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "callout/engine.hpp"
#include "callout_clock.hpp"
#include "callout_names.hpp"
#include "callout_net.hpp"
#include "callout_random.hpp"
#include "callout_resolver.hpp"
#include "callout_stories.hpp"

namespace test {

/// A store in memory.
class callout_store final : public callout::store {
public:
    std::optional<callout::stored_record> get(std::string_view key) override;
    void put(std::string_view key, callout::stored_record const& record) override;
    void erase(std::string_view key) override;
    callout::result<void> flush() override { return {}; }

    std::map<std::string, callout::stored_record, std::less<>> records;
};

/// Fails the test if an engine has anything in hand: says what, and how many.
void expect_nothing_left(callout::engine const& asked);

/// Everything that an engine needs, in memory, and a way to run coroutines in it to their end.
class callout_world {
public:
    callout_world();
    /// Sees to its end all that goes on, and then expects that the engine has nothing left.
    ~callout_world();
    callout_world(callout_world const&) = delete;

    /// One host for one domain, which many tests need and no more.
    void serve(std::string const& domain, callout_peer peer, std::string_view address = "192.0.2.10");

    callout::engine& engine();
    /// As after a restart: only the store lives on.
    void restart() { engine_.reset(); }

    /// The verdict, when all that has to happen first has happened.
    callout::verification verify(std::string_view address,
                                 std::chrono::milliseconds budget = std::chrono::seconds(30),
                                 callout::cache_use cache = callout::cache_use::normal,
                                 callout::observer* watcher = nullptr);
    callout::verification verify(callout::request what,
                                 std::chrono::milliseconds budget = std::chrono::seconds(30));

    /// Starts to ask; the verdict will stand in `into`.
    void ask(std::string_view address, std::chrono::milliseconds budget,
             std::optional<callout::verification>& into,
             callout::cache_use cache = callout::cache_use::normal, callout::observer* watcher = nullptr);
    void ask(callout::request what, std::chrono::milliseconds budget,
             std::optional<callout::verification>& into);

    void run_until(std::function<bool()> const& done);
    void run_to_the_end();
    /// As one test of many minutes sees it: everything that is due by then happens on the way.
    void let_pass(std::chrono::milliseconds time);

    boost::asio::io_context context{1};
    callout_clock clock{context};
    callout_net net{clock};
    callout_resolver dns{clock};
    callout_random chance;
    callout_store store;
    bool use_store = false;
    callout_stories stories;            ///< of all questions; each has to end once
    callout::store* lasting = nullptr;  ///< a test's own, in the place of `store`
    callout::engine_options options;

private:
    void settle();

    std::optional<callout::engine> engine_;
};

}  // namespace test
