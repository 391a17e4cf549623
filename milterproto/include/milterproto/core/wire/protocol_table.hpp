#pragma once

#include <array>
#include <cstdint>

#include "milterproto/core/wire/message.hpp"

/// What is true of a command for the MTA and the filter alike. Both machines read this one table.
///
/// A message is a walk through stages: mail, rcpt, data, header, end of headers, body, end of message. Steps
/// may be missing (declined at negotiation, or unknown to an old MTA), so a command is judged by how far the
/// message may have come before it, not by its predecessor alone. A recipient may follow DATA, because a
/// refused DATA leaves the transaction open (milter-protocol.md 10, peculiarity D1).
namespace milterproto::core {

enum class message_stage : std::uint8_t {
    none,
    mail,
    rcpt,
    data,
    header,
    end_of_headers,
    body,
    end_of_message
};

enum class payload_rule : std::uint8_t { ignored, required };

struct command_traits {
    core::command command;
    message_stage stage;          ///< none: it does not belong to a message
    message_stage latest_before;  ///< the furthest stage that the message may have reached
    payload_rule payload;
    std::uint32_t declined_by;    ///< the SMFIP_NO* bit; 0: always sent
    std::uint32_t unanswered_by;  ///< the SMFIP_NR_* bit; 0: always answered, if it is answered at all
    std::uint32_t since_version;
};

// clang-format off
inline constexpr std::array command_table = [] {
    using c = command;
    using s = message_stage;
    using p = payload_rule;
    using row = command_traits;
    return std::array{
        //  command            stage               latest before  payload      declined by              unanswered by            since
        row{c::connect,         s::none,            s::none,       p::required, step::no_connect,         step::no_reply_connect,         1},
        row{c::helo,            s::none,            s::none,       p::required, step::no_helo,            step::no_reply_helo,            1},
        row{c::mail,            s::mail,            s::none,       p::required, step::no_mail,            step::no_reply_mail,            1},
        row{c::rcpt,            s::rcpt,            s::data,       p::required, step::no_rcpt,            step::no_reply_rcpt,            1},
        row{c::data,            s::data,            s::data,       p::ignored,  step::no_data,            step::no_reply_data,            4},
        row{c::header,          s::header,          s::header,     p::required, step::no_headers,         step::no_reply_header,          1},
        row{c::end_of_headers,  s::end_of_headers,  s::header,     p::ignored,  step::no_end_of_headers,  step::no_reply_end_of_headers,  1},
        row{c::body,            s::body,            s::body,       p::required, step::no_body,            step::no_reply_body,            1},
        row{c::end_of_message,  s::end_of_message,  s::body,       p::ignored,  0,                        0,                              1},
        row{c::unknown,         s::none,            s::none,       p::required, step::no_unknown,         step::no_reply_unknown,         3},
        row{c::negotiate,       s::none,            s::none,       p::required, 0,                        0,                              1},
        row{c::macro,           s::none,            s::none,       p::required, 0,                        0,                              1},
        row{c::abort,           s::none,            s::none,       p::ignored,  0,                        0,                              1},
        row{c::quit,            s::none,            s::none,       p::ignored,  0,                        0,                              1},
        row{c::quit_nc,         s::none,            s::none,       p::ignored,  0,                        0,                              6},
    };
}();
// clang-format on

namespace detail {
/// The row of each letter, counted from 1; 0: the letter is not a command.
inline constexpr auto row_of_letter = [] {
    std::array<std::uint8_t, 256> rows{};
    std::uint8_t next = 0;
    for (auto const& one : command_table) rows[static_cast<unsigned char>(one.command)] = ++next;
    return rows;
}();
}  // namespace detail

/// Returns null for a letter that is not a command.
constexpr command_traits const* find_command(char letter) noexcept {
    auto const row = detail::row_of_letter[static_cast<unsigned char>(letter)];
    return row == 0 ? nullptr : &command_table[row - 1U];
}
constexpr command_traits const& traits_of(command which) noexcept {
    return *find_command(static_cast<char>(which));
}

/// Returns whether every step before this one would be missing from the stream, so that it is the first sign
/// of a new message.
constexpr bool may_open_message(command_traits const& traits, option_set const& agreed) noexcept {
    if (traits.stage == message_stage::none) return false;
    for (auto const& earlier : command_table) {
        bool const precedes = earlier.stage != message_stage::none && earlier.stage < traits.stage;
        bool const is_sent =
            (agreed.steps & earlier.declined_by) == 0 && earlier.since_version <= agreed.version;
        // There may be no headers and no body, and all recipients may be refused before us; only MAIL is
        // always there.
        if (precedes && is_sent && earlier.stage <= message_stage::rcpt) return false;
    }
    return true;
}

}  // namespace milterproto::core
