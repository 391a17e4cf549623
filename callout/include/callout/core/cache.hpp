#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callout/core/record.hpp"
#include "callout/mailbox.hpp"
#include "callout/options.hpp"
#include "callout/random.hpp"

namespace callout::core {

/// What a verdict is known of.
enum class subject {
    nothing,  ///< it is not kept
    address,
    domain,
    remote,  ///< the address that we connected to, which refuses us
};

/// Our own listing must not become a negative cache of innocent senders (smtp-callout.md 6.2 rule 6): what
/// speaks of us is kept for the remote address only.
subject subject_of(verification const& v) noexcept;

/// How long a verdict holds; zero if it is not kept (daemon.md 5).
std::chrono::seconds lifetime_of(verification const& v, cache_lifetimes const& lifetimes) noexcept;

/// Spreads what expires together (CO-153).
std::chrono::seconds jittered(std::chrono::seconds life, unsigned percent, random& chance);

/// A verdict by which something is known; an undetermined one never takes its place (reliability.md I15).
bool is_determined(verification const& v) noexcept;

/// The keys of every layer (daemon.md 14): each holds all that changes the answer.
class cache_keys {
public:
    cache_keys(mailbox const& box, engine_options const& options);
    std::string address;
    std::string domain;
    static std::string remote(boost::asio::ip::address const& to, engine_options const& options);
};

/// What is known, in memory; bounded, and the least recently used goes first.
class cache {
public:
    explicit cache(std::size_t most) : most_(most) {}

    std::optional<kept_verification> find(std::string_view key, system_time now);
    void put(std::string const& key, kept_verification kept);
    std::size_t size() const noexcept { return order_.size(); }

private:
    using entry = std::pair<std::string, kept_verification>;
    using order = std::list<entry>;

    void erase(order::iterator which);

    std::size_t most_;
    order order_;                                                  ///< the most recently used first
    std::unordered_map<std::string_view, order::iterator> index_;  ///< views of the keys in `order_`
};

}  // namespace callout::core
