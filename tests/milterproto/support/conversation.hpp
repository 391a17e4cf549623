#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/filter/filter_session.hpp"

namespace milterproto::test {

/// Plays a conversation of an MTA with a filter session, written as text with arrows, and expects that what
/// happens is what is written. Four times: line by line, all bytes in one piece, byte by byte, and in
/// random pieces; the result must be the same.
///
/// It must be the same, too, where the session has a past: after a message in which everything happens that a
/// filter can do, and after the conversation itself, as the next message, as the next message after an abort,
/// and by the next client (`> K`). So whatever leaks from one message into another shows, whichever
/// conversation it leaks into. In a conversation that ends the session, the first round leaves the end out.
///
///     > C client.example.org 4 25 192.0.2.1       the MTA sends
///     ! connect client.example.org 4 25 192.0.2.1 => r    the filter sees, and says (nothing written: c)
///     ? j mx.example.org                          a macro that it looks up then; no value: there is none
///     + add_header X-Seen yes                     an edit that it makes then
///     < r                                         the MTA gets
///     = M <a@example.org>       short for: > M <a@example.org>   ! mail <a@example.org>   < c
///
/// What the MTA sends:
///
///     > O 6 1ff 1fffff            version, actions, protocol (the last two in hexadecimal)
///     > C host U   > C host 4 port address
///     > D M i=QID {mail_addr}=a   macros for M
///     > M <a> SIZE=1   > R <b>    strings separated by blanks
///     > H rest  > U rest          one string
///     > L name rest               two strings, the second may be empty
///     > B bytes  > E bytes  > A  > K  > N  > Q  > T      bytes as they stand
///     > frame X bytes            any letter, any payload
///     > bytes \x00\x00           no frame at all
///     > end of file   > time-out   > stop
///
/// Escapes: \r \n \t \0 \\ \xHH; \x20 is a blank that parts nothing.
///
/// Edits: add_header NAME VALUE, insert_header INDEX NAME VALUE, change_header INDEX NAME VALUE,
/// remove_header INDEX NAME, change_sender PATH, add_recipient PATH, remove_recipient PATH,
/// replace_body BYTES, quarantine REASON, progress. After one that fails stands why: => the reason.
///
/// After the verdict of `!` may stand what became of it, in brackets: (suppressed), (converted).
void converse(std::string_view script, core::filter_wishes const& wishes = {});

/// The same after a negotiation with an MTA that offers everything.
void converse_agreed(std::string_view script, core::filter_wishes const& wishes = {});

/// The wishes of a filter that wants these steps and nothing else.
inline core::filter_wishes wanting(std::uint32_t steps) {
    core::filter_wishes wishes;
    wishes.wanted_steps = steps;
    return wishes;
}

}  // namespace milterproto::test
