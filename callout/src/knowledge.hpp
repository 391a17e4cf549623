#pragma once

#include "callout/core/cache.hpp"
#include "callout/core/cache_keys.hpp"
#include "callout/core/retention.hpp"
#include "callout/engine.hpp"
#include "reporter.hpp"

namespace callout {

constexpr bool reads_cache(cache_use use) {
    return use == cache_use::normal || use == cache_use::only;
}
constexpr bool writes_cache(cache_use use) {
    return use == cache_use::normal || use == cache_use::refresh;
}

/// What is known already: the memory cache, and the lasting store behind it.
class knowledge {
public:
    knowledge(world const& w, engine_options const& options)
        : world_(w), options_(options), memory_({options.memory_entries, options.memory_bytes}) {}

    /// What is known of an address or of its domain, with its age.
    std::optional<verification> of_address(core::cache_keys const& keys, reporter const& report);
    /// Does this remote address refuse us?
    std::optional<verification> of_remote(ip_address const& to);

    /// Keeps what is worth keeping, where it belongs, and no longer than `longest`.
    void learn(core::cache_keys const& keys, verification const& v, std::chrono::seconds longest);
    void learn_remote(ip_address const& to, verification const& v);

private:
    std::optional<core::kept_verification> recall(std::string const& key);
    std::optional<core::kept_verification> recall_stored(std::string const& key);
    std::optional<verification> look_up(std::string_view about, std::string const& key,
                                        reporter const& report);
    void keep(std::string const& key, verification const& v, std::chrono::seconds longest);

    world world_;
    engine_options const& options_;
    core::cache memory_;
};

}  // namespace callout
