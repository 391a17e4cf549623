#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

/// What the MTA said. All are views into the received frame, valid until the callback's task ends; copy what
/// you keep.
namespace milterproto {

/// libmilter: xxfi_connect. `hostname` is what the MTA knows of the client: its name, its address in
/// brackets, or "unknown". `ip` is empty for a client without an address, or with one that the MTA does not
/// know.
using connect_event = core::connect_payload;

/// libmilter: xxfi_helo. HELO and EHLO cannot be told apart.
struct helo_event {
    std::string_view name;
};

/// libmilter: xxfi_envfrom. The path as the client wrote it, usually in angle brackets; `<>` is the null
/// sender.
struct mail_event {
    std::string_view path;
    std::span<std::string_view const> parameters;  ///< one ESMTP parameter each, as the client spelt it
};

/// libmilter: xxfi_envrcpt.
struct rcpt_event {
    std::string_view path;
    std::span<std::string_view const> parameters;
};

/// libmilter: xxfi_data.
struct data_event {};

/// libmilter: xxfi_header. Folded lines are separated by LF alone.
struct header_event {
    std::string_view name, value;
};

/// libmilter: xxfi_eoh.
struct eoh_event {};

/// libmilter: xxfi_body. At most the agreed size; a chunk may end anywhere, also inside CRLF.
struct body_event {
    std::string_view chunk;
};

/// libmilter: xxfi_eom.
struct eom_event {};

/// libmilter: xxfi_unknown. Sendmail gives the whole line, Postfix the verb alone.
struct unknown_event {
    std::string_view line;
};

}  // namespace milterproto
