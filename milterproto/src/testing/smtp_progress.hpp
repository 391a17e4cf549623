#pragma once

#include <optional>

#include "milterproto/core/wire/protocol_table.hpp"

namespace milterproto::detail {

/// How far an SMTP session has come and what the filter has decided in it: from this follows which commands
/// an MTA still shows the filter.
class smtp_progress {
public:
    /// The client gives a command, whether or not it is shown. std::logic_error for what no MTA would let
    /// pass now.
    void take(core::command_traits const& traits, core::option_set const& agreed);
    /// By agreement, and by what was decided.
    bool is_shown(core::command_traits const& traits, core::option_set const& agreed) const;
    /// The filter's verdict on a command.
    void settle(core::command_traits const& traits, core::answer verdict);
    /// The transaction is over; what the filter decided in it with it.
    void end_message();
    /// The MTA tells that a message or a client is over: abort, quit, or quit for the next client.
    void reset(core::command by);

private:
    core::message_stage stage_ = core::message_stage::none;  ///< of the transaction
    std::optional<core::message_stage> decided_at_;          ///< the filter has done with the message
    bool has_decided_connection_ = false;
    bool skips_body_ = false;
};

}  // namespace milterproto::detail
