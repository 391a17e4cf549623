#pragma once

#include <array>
#include <cstdint>

#include "milterproto/core/wire/message.hpp"

/// What is true of a filter's packet for the MTA and the filter alike (milter-protocol.md 2.2).
namespace milterproto::core {

enum class reply_kind : std::uint8_t { verdict, progress, modification, agreement };

struct reply_traits {
    core::answer answer;
    reply_kind kind;
    bool has_payload;
    std::uint32_t permitted_by;  ///< the SMFIF_* bit; 0: needs none
};

// clang-format off
inline constexpr std::array reply_table = [] {
    using a = answer;
    using k = reply_kind;
    using row = reply_traits;
    return std::array{
        row{a::proceed,            k::verdict,      false, 0},
        row{a::accept,             k::verdict,      false, 0},
        row{a::reject,             k::verdict,      false, 0},
        row{a::tempfail,           k::verdict,      false, 0},
        row{a::discard,            k::verdict,      false, 0},
        row{a::skip,               k::verdict,      false, 0},
        row{a::reply_code,         k::verdict,      true,  0},
        row{a::shutdown,           k::verdict,      false, 0},
        row{a::conn_fail,          k::verdict,      false, 0},
        row{a::progress,           k::progress,     false, 0},
        row{a::add_recipient,      k::modification, true,  action::add_recipients},
        row{a::add_recipient_args, k::modification, true,  action::add_recipient_args},
        row{a::delete_recipient,   k::modification, true,  action::delete_recipients},
        row{a::change_sender,      k::modification, true,  action::change_sender},
        row{a::add_header,         k::modification, true,  action::add_headers},
        row{a::insert_header,      k::modification, true,  action::add_headers},
        row{a::change_header,      k::modification, true,  action::change_headers},
        row{a::replace_body,       k::modification, true,  action::change_body},
        row{a::quarantine,         k::modification, true,  action::quarantine},
        row{a::negotiate,          k::agreement,    true,  0},
    };
}();
// clang-format on

/// The row of each letter, counted from 1; 0: the letter is not a reply.
inline constexpr std::array reply_rows = [] {
    std::array<std::uint8_t, 256> rows{};
    for (std::size_t i = 0; i != reply_table.size(); ++i)
        rows[static_cast<unsigned char>(reply_table[i].answer)] = static_cast<std::uint8_t>(i + 1);
    return rows;
}();

/// Returns null for a letter that is not a reply.
constexpr reply_traits const* find_reply(char letter) noexcept {
    auto const row = reply_rows[static_cast<unsigned char>(letter)];
    return row != 0 ? &reply_table[row - 1U] : nullptr;
}

}  // namespace milterproto::core
