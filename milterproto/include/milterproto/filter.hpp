#pragma once

#include "milterproto/context.hpp"
#include "milterproto/core/negotiation.hpp"
#include "milterproto/task.hpp"
#include "milterproto/verdict.hpp"

namespace milterproto {

enum class message_is { open, over };

/// A handler behind virtual calls, one for each milter connection, so that the session loop is compiled once
/// and knows no handler type. Authors write a handler and never see this; see handler.hpp.
class filter {
public:
    virtual ~filter() = default;
    virtual core::filter_wishes wishes() const = 0;
    /// After each event, with the verdict that took effect.
    virtual void settled(core::filter_event const&, any_verdict const&, message_is) = 0;

    virtual task<any_verdict> call(connection&, connect_event const&) = 0;
    virtual task<any_verdict> call(connection&, helo_event const&) = 0;
    virtual task<any_verdict> call(connection&, mail_event const&) = 0;
    virtual task<any_verdict> call(connection&, rcpt_event const&) = 0;
    virtual task<any_verdict> call(connection&, data_event const&) = 0;
    virtual task<any_verdict> call(connection&, header_event const&) = 0;
    virtual task<any_verdict> call(connection&, eoh_event const&) = 0;
    virtual task<any_verdict> call(connection&, body_event const&) = 0;
    virtual task<any_verdict> call(connection&, eom_event const&) = 0;
    virtual task<any_verdict> call(connection&, unknown_event const&) = 0;
    virtual task<any_verdict> call(connection&, core::abort_event const&) = 0;
    virtual task<any_verdict> call(connection&, core::close_event const&) = 0;
};

}  // namespace milterproto
