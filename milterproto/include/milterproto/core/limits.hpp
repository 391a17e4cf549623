#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of the library, with its reason.
namespace milterproto::limits {

/// Bytes after the command byte, unless a larger size was agreed (mfdef.h MILTER_CHUNK_SIZE).
inline constexpr std::size_t payload = 65535;
inline constexpr std::size_t payload_256k = 256 * 1024 - 1;  // SMFIP_MDS_256K
inline constexpr std::size_t payload_1m = 1024 * 1024 - 1;   // SMFIP_MDS_1M

/// The MTA's own bound on a frame of the filter: the largest size that can be agreed, and room for its head.
inline constexpr std::size_t filter_reply = 1024 * 1024 + 64 * 1024;
/// What an MTA holds of all changes that a filter asks for at the end of one message.
inline constexpr std::size_t filter_changes = 64 * 1024 * 1024;

/// Bytes in one line of a reply text; Sendmail's libmilter refuses more (smfi_setreply).
inline constexpr std::size_t reply_line = 980;
/// Lines of one reply (smfi_setmlreply).
inline constexpr std::size_t reply_lines = 32;

/// The largest index of a header: what an int of the MTA holds.
inline constexpr std::uint32_t header_index = 0x7fffffff;
/// Bytes of a new body, which waits in memory until the verdict; no known MTA takes a larger message by
/// default.
inline constexpr std::size_t new_body = 256 * 1024 * 1024;

/// How many missing macros a server remembers, so that it reports each once.
inline constexpr std::size_t missing_macros = 64;

/// Longer than the two hours that an SMTP client may think (libmilter's default).
inline constexpr std::chrono::seconds idle{7210};

}  // namespace milterproto::limits
