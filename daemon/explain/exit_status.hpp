#pragma once

/// The exit statuses of daemon.md 4, sysexits.h's numbers among them.
namespace vouchd::exit_status {

inline constexpr int success = 0;
inline constexpr int undeliverable = 1;  ///< explain, verify: at least one
inline constexpr int undetermined = 2;   ///< at least one, and none undeliverable
inline constexpr int usage = 64;
inline constexpr int bad_data = 65;
inline constexpr int no_input = 66;
inline constexpr int unavailable = 69;
inline constexpr int internal = 70;
inline constexpr int input_output = 74;
inline constexpr int protocol = 76;  ///< ask: the other side is not a callout server
inline constexpr int configuration = 78;
inline constexpr int interrupted = 130;

}  // namespace vouchd::exit_status
