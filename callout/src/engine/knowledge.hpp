#pragma once

#include <boost/asio/awaitable.hpp>
#include <set>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/world.hpp"
#include "callout/options.hpp"
#include "core/absent_keys.hpp"
#include "core/cache.hpp"
#include "core/cache_keys.hpp"
#include "core/facts.hpp"
#include "core/finding.hpp"
#include "core/lru.hpp"
#include "core/repeated_refusals.hpp"
#include "engine/dns_trust.hpp"
#include "engine/memory_time.hpp"
#include "engine/reporter.hpp"
#include "engine/retrieval.hpp"
#include "engine/shared_fetch.hpp"

namespace callout {

constexpr bool reads_cache(cache_use use) {
    return use == cache_use::normal || use == cache_use::only;
}
constexpr bool writes_cache(cache_use use) {
    return use == cache_use::normal || use == cache_use::refresh;
}

/// What is known already: the memory cache. What the lasting store knows is brought into memory before it is
/// needed (`recall`), and so is what the shared store knows (`shared_fetches`); what is learnt goes to both.
/// Nothing here waits for a store but what says so.
class knowledge {
public:
    knowledge(world const& w, engine_options const& options, engine_news news = engine_news())
        : world_(w),
          time_(w.clock),
          names_(w.clock, std::move(news)),
          lifetimes_(options.lifetimes),
          memory_({options.memory_entries, options.memory_bytes}),
          facts_(options.memory_entries) {}

    /// Changes how long is kept what is learnt from now on.
    void keep_for(cache_lifetimes const& lifetimes) { lifetimes_ = lifetimes; }

    /// A verdict that holds still, with its age.
    class recollection {
    public:
        recollection(verification v, bool old) : answer(std::move(v)), wants_refresh(old) {}
        verification answer;
        bool wants_refresh;
    };
    /// What is known of an address or of its domain. `recalled` is what the lasting store was asked for
    /// before, and `fetched` what the shared store was; null if it was not.
    std::optional<recollection> of_address(core::cache_keys const& keys, retrieval const& recalled,
                                           shared_fetch const* fetched, reporter const& report,
                                           steady_time asked_at);
    /// Does this remote address refuse us, as the question's options make us known to it, whatever it is
    /// asked or where it is asked about this domain?
    std::optional<verification> of_remote(endpoint const& to, core::cache_keys const& keys,
                                          engine_options const& options);

    /// Keeps what is worth keeping, where it belongs, and no longer than `longest`.
    void learn(mailbox const& box, core::cache_keys const& keys, verification const& v,
               std::chrono::seconds longest);
    void learn_remote(endpoint const& to, core::cache_keys const& keys, engine_options const& options,
                      verification const& v);

    /// Notes what a host said of the asked address. True if it refuses one address after the other in the
    /// same words, so that they are about us.
    bool is_said_to_several(endpoint const& to, mailbox const& asked, core::cache_keys const& keys,
                            engine_options const& options, verification const& v);

    /// What is believed of the name system.
    dns_trust& names() noexcept { return names_; }
    dns_trust const& names() const noexcept { return names_; }

    /// Drops records from every layer, those of the lasting store before it returns. Returns how many.
    boost::asio::awaitable<std::size_t> forget(core::erasure which);

    /// What a host could not do, of late.
    core::host_traits traits_of(endpoint const& to);
    void learn_traits(endpoint const& to, core::host_traits learnt);

    /// Adds to a pass what is known of its domain, as far as it was asked for. False if a test has no answer
    /// yet.
    bool complete(verification& v, extra_tests const& wanted, core::cache_keys const& keys);

    /// Returns the keys of what memory lacks to answer this.
    std::vector<std::string> lacking(core::cache_keys const& keys, extra_tests const& wanted) const;
    /// Takes what a store answered into memory, unless something newer is known. An answer with another
    /// number of entries than keys is none.
    void take_in(retrieval& asked, std::vector<std::optional<stored_record>> const& found);

    /// How long a question waits for the lasting store at a time. A disk that works needs microseconds.
    static constexpr std::chrono::milliseconds time_to_recall{50};
    /// Returns the keys of what memory lacks and the lasting store may have: to answer a question; to learn
    /// from a callout; and to know what hosts have shown before.
    std::vector<std::string> to_recall(core::cache_keys const& keys, extra_tests const& wanted) const;
    std::vector<std::string> to_recall(core::cache_keys const& keys) const;
    std::vector<std::string> to_recall(std::vector<endpoint> const& hosts, core::cache_keys const& keys,
                                       engine_options const& options) const;
    /// Brings into memory what the lasting store has of these keys, if it answers in time.
    boost::asio::awaitable<void> recall(retrieval& what, steady_time until);

    /// How much is kept; of DNS nothing.
    memory_numbers numbers() const noexcept;
    /// Adds what strangers can fill here, and in the lasting store.
    void tell(ledger& to) const;

    known fact_of(std::string const& key, core::fact what);
    void learn_fact(std::string const& key, core::fact what, known value);

private:
    std::optional<core::kept_verification> remembered(std::string const& key);
    bool is_remembered(std::string const& key) const;
    bool may_be_stored(std::string const& key) const;
    bool may_be_in_store(std::string const& key) const;
    std::optional<core::kept_verification> read(stored_record const& record) const;
    std::optional<recollection> look_up(kept_for what, std::string const& key, std::uint64_t asked,
                                        retrieval const& recalled, shared_fetch const* fetched,
                                        reporter const& report, system_time now);
    bool take_in(std::string const& key, stored_record const& record);
    bool take_in_facts(std::string const& key, stored_record const& record);
    void publish(std::string const& key, stored_record const& record);
    void keep(std::string const& key, verification const& v, std::uint64_t asked,
              std::chrono::seconds longest);
    void doubt(core::cache_keys const& keys, verification const& v);
    void put(std::string const& key, core::kept_verification kept);
    static void move_by(core::kept_verification& kept, system_time::duration step) noexcept;
    core::facts facts_at(std::string const& key);
    boost::asio::awaitable<void> find_stored(core::erasure const& which, std::set<std::string>& found) const;
    boost::asio::awaitable<void> find_stored_remotes(core::erasure const& which,
                                                     std::vector<std::string> keys,
                                                     std::set<std::string>& found) const;
    boost::asio::awaitable<void> erase_stored(std::set<std::string> const& keys);

    world world_;
    memory_time time_;  ///< of all that memory holds
    dns_trust names_;
    cache_lifetimes lifetimes_;
    core::cache memory_;
    core::lru<std::string, core::facts> facts_;
    core::absent_keys not_stored_;    ///< of what memory and the lasting store have nothing
    std::uint64_t times_forgot_ = 0;  ///< what was asked of a store before somebody forgot is not believed
    core::repeated_refusals repeated_;
};

}  // namespace callout
