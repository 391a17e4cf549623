#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "milterproto/context.hpp"
#include "milterproto/eom_actions.hpp"
#include "milterproto/task.hpp"
#include "milterproto/verdict.hpp"

namespace milterproto {

/// Whether there is a message, after an event, that the filter has not decided.
enum class message_is { open, over };

/// What to do where an MTA does not offer an edit that the filter makes.
enum class missing_edits {
    refuse,       ///< end the connection; the MTA then goes on as it does when a filter fails
    run_without,  ///< the edit fails with errc::edit_not_agreed
};

/// What a callback returned: a verdict, or a task that will return one.
class [[nodiscard]] response {
public:
    response(any_verdict now) : what_(std::move(now)) {}
    template <class Verdict>
    response(task<Verdict> later) : what_(std::move(later)) {}

    any_verdict* now() noexcept { return std::get_if<any_verdict>(&what_); }
    /// Takes the task, and starts it.
    template <class Verdict>
    task<Verdict>* later() noexcept {
        return std::get_if<task<Verdict>>(&what_);
    }

private:
    std::variant<any_verdict, task<session_verdict>, task<message_verdict>, task<body_verdict>,
                 task<negotiate_verdict>, task<void>>
        what_;
};

/// A handler behind virtual calls, one for each milter connection, so that the session loop is compiled once
/// and knows no handler type. Authors write a handler and never see this; see handler.hpp.
class filter {
public:
    virtual ~filter() = default;
    virtual std::shared_ptr<core::filter_wishes const> wishes(missing_edits) const = 0;
    virtual core::negotiated_by negotiation() const = 0;
    /// Shows the filter an event. The event, and all that its views see, stay until the response is ready.
    virtual response show(connection&, core::filter_event const&, edit_sink&) = 0;
    /// Called after each event, with the verdict that took effect.
    virtual void settled(core::filter_event const&, any_verdict const&, message_is) = 0;
};

}  // namespace milterproto
