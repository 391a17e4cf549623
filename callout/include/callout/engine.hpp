#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/world.hpp"
#include "callout/engine_news.hpp"
#include "callout/engine_numbers.hpp"
#include "callout/engine_observer.hpp"
#include "callout/events.hpp"
#include "callout/options.hpp"
#include "callout/request.hpp"
#include "callout/verification.hpp"

namespace callout {

/// Verifies addresses. Belongs to one executor; use it from there only. The context of the executor outlives
/// the engine, whose kept sessions are sockets and timers of it.
class engine {
public:
    /// `watcher` is borrowed as long as the engine lives, and may be null.
    engine(boost::asio::any_io_executor executor, world w, engine_options options,
           engine_observer* watcher = nullptr, engine_news news = engine_news());
    ~engine();
    engine(engine const&) = delete;

    /// Answers by `until`, whatever the peers do. Equal questions at the same time cause one callout; each
    /// asker keeps its own deadline, and a callout goes on to fill the cache when its askers have left.
    [[nodiscard]] boost::asio::awaitable<verification> verify(request what, steady_time until);

    /// Puts other options in force for the questions that begin afterwards; one that is under way keeps those
    /// with which it began. Limits, and how long is kept what is learnt, change for all. What is known is
    /// kept, and the memories keep their sizes: memory_entries, memory_bytes, dns_cache_entries and
    /// dns_cache_bytes change nothing here.
    void reconfigure(engine_options options);

    /// Forgets what would answer a question about an address without asking: the verdicts on it and on its
    /// domain, and what servers have said against us when its domain was asked about. Returns how many
    /// records that were. It may take a while, and a callout that is under way may bring the same again.
    [[nodiscard]] boost::asio::awaitable<std::size_t> forget(mailbox address);
    /// Forgets what keeps us away from a server, known by its name or by its address: what it has said
    /// against us, and that it complained or could not be reached. Returns how many records that were.
    [[nodiscard]] boost::asio::awaitable<std::size_t> forget(host_name server);

    /// Ends what is under way; askers get transient/in_progress.
    void stop();

    /// No callout is under way, of askers or in the background, nothing is being fetched from a store, and no
    /// session is kept for another question or takes its leave. After `stop` that is soon so,
    /// and the world may end.
    bool idle() const noexcept;

    /// Returns when the engine is `idle`, and at once if it is. Any number may wait at the same time, and
    /// each may be cancelled. It waits on although the engine is destroyed meanwhile.
    [[nodiscard]] boost::asio::awaitable<void> ended();

    /// Returns what is under way now, and how much is kept in memory.
    engine_numbers numbers() const noexcept;
    /// Returns everything that strangers can fill, with its bound: memories, lines and what is under way.
    ledger bounds() const;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace callout
