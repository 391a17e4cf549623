#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smtpserver {

/// Bounds that no option changes, with their reasons.
namespace limits {

inline constexpr std::size_t local_part = 64;      ///< RFC 5321 4.5.3.1.1
inline constexpr std::size_t domain = 255;         ///< RFC 5321 4.5.3.1.2
inline constexpr std::size_t path = 256;           ///< with its brackets: RFC 5321 4.5.3.1.3
inline constexpr std::size_t parameters = 32;      ///< of one command: four times what the extensions define
inline constexpr std::size_t envelope_id = 100;    ///< encoded: RFC 3461 4.4
inline constexpr std::size_t original_rcpt = 500;  ///< encoded: RFC 3461 4.2
inline constexpr std::size_t reply_line = 512;     ///< RFC 5321 4.5.3.1.5
inline constexpr std::size_t reply_lines = 64;     ///< of one reply of an application
inline constexpr std::size_t size_digits = 20;     ///< RFC 1870 3, RFC 3030 2
/// A chunk of fewer bytes that is not the last counts as junk: a client could go on with them for ever.
inline constexpr std::uint64_t small_chunk = 512;
/// Unread input that a session holds at most, unless options allow longer lines: it asks for more only below
/// this.
inline constexpr std::size_t input = 64 * 1024;
/// Output that a session collects before it has it written.
inline constexpr std::size_t output = 32 * 1024;

}  // namespace limits

/// What one connection may cost. The defaults are those of smtp-engine.md C.3.
struct connection_limits {
    std::size_t line = 2048;                     ///< of a command, in bytes, with its line end
    std::size_t auth_line = 12288;               ///< of a response in an exchange of AUTH: RFC 4954 4
    std::size_t content_line = 64 * 1024;        ///< of a message sent by DATA
    std::uint64_t message = 10'240'000;          ///< bytes of a message
    std::uint64_t discarded = 64 * 1024 * 1024;  ///< bytes beyond that which are still read
    std::size_t recipients = 1000;               ///< of one message; at least 100: RFC 5321 4.5.3.1.8
    std::size_t envelope = 256 * 1024;           ///< bytes that the recipients of one message take
    std::size_t errors = 20;                     ///< refused commands; with this one the connection ends
    std::size_t errors_in_haste = 10;            ///< since the last message; each further one waits
    std::size_t junk = 100;                      ///< commands since the last message that lead to none
};

/// How long a client may take.
struct time_limits {
    std::chrono::milliseconds command{300'000};          ///< to send a whole command: RFC 5321 4.5.3.2.7
    std::chrono::milliseconds content_silence{180'000};  ///< between two pieces of a message
    std::chrono::milliseconds content{600'000};          ///< for a whole message
    std::chrono::milliseconds error_pause{1'000};  ///< before an error beyond `errors_in_haste` is answered
};

}  // namespace smtpserver
