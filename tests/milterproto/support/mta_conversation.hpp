#pragma once

#include <string_view>

#include "milterproto/core/mta/mta_session.hpp"

namespace milterproto::test {

/// Plays a conversation of an MTA session with a filter, written as text with arrows, and expects that what
/// happens is what is written. Twice: with each packet of the filter whole, and byte by byte. And on
/// sessions with a past: after a message in which the filter does all that it may do, after a sender that it
/// skipped (if the dialect forgives that), and after the conversation itself, as the next message and by the
/// next client.
///
///     $ mail <a@example.org> SIZE=1    what happens in SMTP; after => what becomes of it, unless an answer
///                                      is awaited: unanswered, withheld, too early
///     > M <a@example.org> SIZE=1       the filter gets
///     < r                              the filter says
///     ! M r                            the outcome: the command, the verdict, its text
///     = mail <a@example.org>           short for: $ mail ...  > M ...  < c  ! M c  (strings only)
///
/// What happens in SMTP (escapes as in conversation.hpp):
///
///     $ begin   $ connect host 4 port address   $ connect host U   $ helo name   $ mail ...   $ rcpt ...
///     $ refused 5.1.1|text <path>   $ data   $ header name value   $ eoh   $ body bytes   $ eom
///     $ content   (with every "field Name: value" and "text bytes" that stood before it)
///     $ unknown line   $ reset   $ starttls   $ quit   $ gone   $ end of file
///     $ force mail ...      insists on the command after it
///     $ raw X bytes        any frame
///     $ macro name=value    $ forget name    $ id QUEUE-ID    $ field Name: value    $ text bytes
///
/// Frames of the filter: a letter and its bytes as they stand; `y`, `h` and other strings end in NUL of
/// themselves with `\0` between them; `m 1 name\0value`, `i 0 name\0value`; `O 6 1ff 400 5:"i {msg_id}"`;
/// `bytes ...` for what is not a frame.
///
/// Other outcomes: `! agreed`, `! change h name value`, `! progress E`, `! failed: ...`, and `! over` when
/// the socket is to be closed.
void mta_converse(core::mta_dialect const& as, std::string_view script);

/// The same after a negotiation in which the filter agreed to the steps that are named.
void mta_converse_agreed(core::mta_dialect const& as, std::string_view script, std::uint32_t steps = 0,
                         std::uint32_t actions = core::action::all);

}  // namespace milterproto::test
