#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "callout/options.hpp"
#include "callout/verification.hpp"

namespace callout::core {

/// What is known about a domain or a host besides verdicts (smtp-callout.md 6.1). Each fact has a lifetime of
/// its own.
enum class fact {
    // about a domain
    catch_all,     ///< a made-up recipient is accepted
    postmaster,    ///< RFC 5321 4.5.1's mailbox exists
    rejects_null,  ///< bounces are refused
    // about a host
    tls_broken,     ///< offers STARTTLS, and the handshake fails
    no_pipelining,  ///< offers PIPELINING, and loses commands
};
inline constexpr std::size_t fact_count = 5;

/// Returns how long a fact holds.
std::chrono::seconds lifetime_of(fact what, known value, cache_lifetimes const& lifetimes) noexcept;

/// The facts of one domain or one host.
class facts {
public:
    known get(fact what, system_time now) const noexcept;
    void set(fact what, known value, system_time until) noexcept;
    /// Takes over each fact that was learnt later there, as its lifetime tells. None holds longer than if it
    /// were learnt now.
    void take_newer(facts const& other, cache_lifetimes const& lifetimes, system_time now) noexcept;
    /// Returns when the last of them expires.
    system_time expires() const noexcept;

    /// Moves the end of each fact.
    void move_by(system_time::duration step) noexcept;

    /// Returns one line of logfmt: `v=1 catch_all=no catch_all_until=1700000000 ... t=1690000000`; the last
    /// is when it was written, if that is told.
    std::string to_record(std::optional<system_time> written = std::nullopt) const;
    /// Reads whatever anybody may have written, as `core::from_record` does. What was written after `latest`
    /// is nothing.
    static std::optional<facts> from_record(std::string_view text, system_time latest = system_time::max());

private:
    struct entry {
        known value = known::unknown;
        system_time until{};
    };
    std::array<entry, fact_count> all_;
};

}  // namespace callout::core
