#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callout/verification.hpp"

namespace callout::core {

/// A verification that is kept, with the times that bound it.
class kept_verification {
public:
    kept_verification(verification v, system_time since, system_time until)
        : answer(std::move(v)), stored(since), expires(until) {}
    verification answer;
    system_time stored;
    system_time expires;
    std::optional<system_time> doubted;  ///< when the pass was contradicted once
    /// The fingerprint of the address that was asked about; none in records of older versions.
    std::optional<std::uint64_t> asked;
};

/// How far ahead the clock may have been that a record is from: machines that share records keep time to
/// seconds, and a record from further in the future would live longer than it may (reliability.md 8).
inline constexpr std::chrono::minutes most_clock_skew{1};

/// The most bytes of a stored record that are read (daemon.md 14).
inline constexpr std::size_t max_record = 1024;

/// Returns one line of logfmt: `v=1 r=not_found s=fail why=no_mailbox ... t=1700000000 ttl=3600 code=550
/// enh=5.1.1 msg="..."`.
std::string to_record(kept_verification const& kept);

/// Reads what anybody may have written: unknown keys are skipped; an unknown version, or anything that is not
/// a record of ours, gives nothing.
std::optional<kept_verification> from_record(std::string_view text);

}  // namespace callout::core
