#pragma once

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/verdict.hpp"

namespace milterproto::detail {

/// Turns a callback's verdict, or its exception, into an answer.
///
/// An exception is a temporary failure. Where its event is not answered, the failure is owed: to the message,
/// and given with its next answer; or, from connect and helo, to the connection, because the filter has not
/// judged the client then.
class answering {
public:
    enum class outcome {
        as_given,
        in_ascii,   ///< a reply with `?` in place of each letter that the client cannot read
        misplaced,  ///< a verdict that has no effect at its stage; the author may want to know
    };

    explicit answering(core::filter_session& machine) noexcept : machine_(machine) {}

    /// Returns whether the event is answered: abort and close are not.
    static bool is_answered(core::filter_event const& event) noexcept {
        return !std::holds_alternative<core::abort_event>(event) &&
               !std::holds_alternative<core::close_event>(event);
    }
    /// Returns the answer for a callback that threw because it was cancelled: that is how it ends, and not a
    /// decision. The message is still there to be aborted.
    static core::answer of_cancelled(core::filter_event const& event) noexcept {
        return std::holds_alternative<eom_event>(event) ? core::answer::tempfail : core::answer::proceed;
    }

    /// Answers the event, and makes `verdict` the one that took effect.
    outcome answer(core::filter_event const& event, any_verdict& verdict);
    /// Answers the event of a callback that threw, and returns the verdict that took effect.
    any_verdict answer_exception(core::filter_event const& event);
    /// Called when the event is dealt with.
    void settled() noexcept { owed_to_message_ = owed_to_message_ && machine_.in_message(); }
    /// Called when another SMTP connection begins.
    void forget() noexcept { owed_to_connection_ = owed_to_message_ = false; }

private:
    core::answered send(any_verdict const& verdict);
    reply_charset charset() const noexcept {
        return machine_.is_smtputf8() ? reply_charset::utf8 : reply_charset::ascii;
    }
    bool owes() const noexcept { return owed_to_message_ || owed_to_connection_; }

    core::filter_session& machine_;
    bool owed_to_message_ = false;
    bool owed_to_connection_ = false;
};

}  // namespace milterproto::detail
