#pragma once

#include <optional>

#include "milterproto/core/wire/protocol_table.hpp"

namespace milterproto::detail {

/// Knows how far an SMTP session has come and what the filter has decided in it, and so which commands an MTA
/// still shows the filter.
class smtp_progress {
public:
    /// Takes a command of the client, whether or not it is shown. std::logic_error for a command that no MTA
    /// would accept now.
    void take(core::command_traits const& traits, core::option_set const& agreed);
    /// Returns whether the command is shown, by the agreement and by what was decided.
    bool is_shown(core::command_traits const& traits, core::option_set const& agreed) const;
    /// Takes the filter's verdict on a command.
    void settle(core::command_traits const& traits, core::answer verdict);
    /// Ends the transaction, and with it what the filter decided in it.
    void end_message();
    /// Ends what the MTA ends, a message or a client: by abort, quit, or quit for the next client.
    void reset(core::command by);

private:
    core::message_stage stage_ = core::message_stage::none;  ///< of the transaction
    std::optional<core::message_stage> decided_at_;          ///< the filter has done with the message
    bool has_decided_connection_ = false;
    bool skips_body_ = false;
};

}  // namespace milterproto::detail
