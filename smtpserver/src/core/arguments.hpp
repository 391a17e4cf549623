#pragma once

#include <cstdint>
#include <optional>

#include "smtpserver/core/command.hpp"
#include "smtpserver/core/envelope.hpp"
#include "smtpserver/core/extension.hpp"
#include "smtpserver/core/reply.hpp"

namespace smtpserver::core {

/// What parameters are judged by.
struct parameter_rules {
    extensions offered;           ///< none after HELO
    std::uint64_t most_size = 0;  ///< of a message
};

/// Reads MAIL. Returns the refusal, or nothing if `into` holds what the command says.
std::optional<reply> read_mail(command const& what, parameter_rules const& rules, mail_arguments& into);
/// Reads RCPT of a transaction whose MAIL said SMTPUTF8 or not.
std::optional<reply> read_rcpt(command const& what, parameter_rules const& rules, bool smtputf8,
                               rcpt_arguments& into);

}  // namespace smtpserver::core
