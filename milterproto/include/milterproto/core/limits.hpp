#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

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

// What one connection may make this program hold is at most `session`, whatever its MTA, or a stranger in its
// place, sends; a larger payload that was agreed comes on top.

/// Bytes of the macros that are kept, of all stages together; the rest is dropped. MTAs send some hundreds.
inline constexpr std::size_t macros = 16 * 1024;
/// Macros of one stage; Postfix and Sendmail know less than a hundred in all.
inline constexpr std::size_t macros_of_stage = 128;
/// Bytes of a client's name, and of its greeting, that are kept.
inline constexpr std::size_t name = 2 * 1024;
/// Parameters of one MAIL or RCPT, with the path. Both MTAs limit the command's line to 2048 bytes.
inline constexpr std::size_t parameters = 512;
/// Bytes that were read and not dealt with. It is nearly what a unix socket holds.
inline constexpr std::size_t read_ahead = 176 * 1024;
/// Bytes of answers that may wait for the MTA before the next command is looked at.
inline constexpr std::size_t answers = 4 * 1024;
/// Bytes of the recipients of one message, with the memory that each takes: about 1,700 of the usual length.
/// Postfix takes 1000 by default; a client sends the rest again, in a message of its own.
inline constexpr std::size_t recipients = 128 * 1024;
inline constexpr std::size_t session = 384 * 1024;
static_assert(read_ahead + 2 * macros + 2 * name + parameters * sizeof(std::string_view) + answers +
                  reply_lines * reply_line + recipients <=
              session);

/// Commands that are looked at before the other connections have their turn, and how many of them a filter
/// may be shown: a message with its header fields passes in one turn, a flood does not delay anybody.
inline constexpr std::size_t commands_in_a_turn = 256;
inline constexpr std::size_t events_in_a_turn = 64;

/// Longer than the two hours that an SMTP client may think (libmilter's default).
inline constexpr std::chrono::seconds idle{7210};

}  // namespace milterproto::limits
