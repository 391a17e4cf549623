#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "callout/engine.hpp"
#include "callout/testing/memory_net.hpp"
#include "callout/testing/memory_shared_store.hpp"
#include "callout/testing/memory_store.hpp"
#include "callout/testing/seeded_random.hpp"
#include "callout/testing/virtual_clock.hpp"
#include "callout/testing/zone.hpp"

namespace callout::testing {

/// A test waits for what cannot happen any more, or has waited too long: see `memory_world::most_steps`.
class stuck : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// All that an engine needs, in memory, and a loop to run it: time, names, servers, chance, and a store.
///
/// Nothing in it sleeps. Handlers run until all of them wait; then time leaps to the next alarm. So an hour
/// of waiting costs nothing, and two runs are the same, to the byte.
class memory_world {
public:
    memory_world();
    memory_world(memory_world const&) = delete;

    /// Makes a mail server for a domain: an MX record for mx1.DOMAIN, its address, and a server there.
    void serve(std::string const& domain, scripted_peer peer, std::string_view address = "192.0.2.10");

    /// Returns what an engine of your own is made with. `engine()` is made with it, too.
    callout::world doors();
    /// Returns the engine of this world. It is made at the first call, with the `options` of that moment.
    callout::engine& engine();
    /// Ends the engine, as when a program ends. The next call of `engine` makes another one: only what is in
    /// `lasting` has survived.
    void restart() { engine_.reset(); }

    /// Asks the engine, with this much time for the answer, and runs until it is there.
    callout::verification verify(std::string_view address,
                                 std::chrono::milliseconds budget = std::chrono::seconds(30));
    callout::verification verify(callout::request what,
                                 std::chrono::milliseconds budget = std::chrono::seconds(30));
    /// Starts to ask. The answer will be in `into`, which must live until then.
    void ask(callout::request what, std::chrono::milliseconds budget,
             std::optional<callout::verification>& into);

    /// Runs a coroutine to its end. Returns what it returned, or throws what it threw.
    template <class T>
    T run(boost::asio::awaitable<T> what);
    /// Runs until the condition holds. Throws `stuck` if it does not and nothing else can happen.
    void run_until(std::function<bool()> const& done);
    /// Runs up to this time: all that becomes due on the way happens at its own.
    void run_until(callout::steady_time then);
    /// Runs for so long.
    void let_pass(std::chrono::milliseconds time) { run_until(clock.now() + time); }
    /// Runs until nothing else can happen, whatever time that takes. Throws `stuck` if there is no end.
    void run_to_the_end();
    /// Runs what can run without time passing.
    void settle();

    /// Returns what the engine has in hand, as `census` says it; an empty text if nothing. A test that ends
    /// so has left no callout, retry, session or place in a queue.
    std::string left() const;

    // Declared before `context`, because what it destroys at its end still refers to them.
    virtual_clock clock{context};
    memory_net net{clock};
    zone dns{clock};
    seeded_random chance;
    memory_store store;
    callout::store* lasting = nullptr;  ///< what the engine keeps answers in: `&store`, one of yours, or none
    memory_shared_store remote_store{clock};
    callout::shared_store* shared = nullptr;  ///< what it shares with others: `&remote_store`, yours, or none
    callout::engine_observer* observed_by = nullptr;  ///< of the engine that will be made; borrowed
    callout::engine_news news;                        ///< of the same
    /// Of the engine. At first its name is mail.example.net, and of the special-purpose networks it may
    /// connect to 192.0.2.0/24 and 2001:db8::/32 alone.
    callout::engine_options options;
    boost::asio::io_context context{1};
    /// How often one wait lets time move on, so that a world without an end does not hang a test.
    std::size_t most_steps = 1'000'000;

private:
    template <class T>
    static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> what,
                                             std::shared_ptr<std::optional<T>> into);
    void finish(boost::asio::awaitable<void> what);
    /// Throws `stuck` if the steps are used up.
    bool step_to_next_alarm(std::size_t& steps);

    std::optional<callout::engine> engine_;
};

template <class T>
T memory_world::run(boost::asio::awaitable<T> what) {
    if constexpr (std::is_void_v<T>) {
        finish(std::move(what));
    } else {
        auto const result = std::make_shared<std::optional<T>>();
        finish(keep(std::move(what), result));
        return *std::move(*result);
    }
}

template <class T>
boost::asio::awaitable<void> memory_world::keep(boost::asio::awaitable<T> what,
                                                std::shared_ptr<std::optional<T>> into) {
    auto value = co_await std::move(what);
    into->emplace(std::move(value));
}

}  // namespace callout::testing
