#include "smtp_progress.hpp"

#include <stdexcept>

namespace milterproto::detail {

using core::command;
using stage = core::message_stage;

void smtp_progress::take(core::command_traits const& traits, core::option_set const& agreed) {
    bool const has_predecessors = traits.stage != stage::none && traits.stage != stage::mail;
    if (has_predecessors && stage_ == stage::none && !core::may_open_message(traits, agreed))
        throw std::logic_error("rehearsal: there is no MAIL before this");
    if (has_predecessors && stage_ > traits.latest_before)
        throw std::logic_error("rehearsal: it is too late for this");
    if (traits.command == command::mail || traits.command == command::helo) end_message();
    if (traits.stage != stage::none) stage_ = traits.stage;
}

bool smtp_progress::is_shown(core::command_traits const& traits, core::option_set const& agreed) const {
    if ((agreed.steps & traits.declined_by) != 0 || agreed.version < traits.since_version) return false;
    if (has_decided_connection_) return false;
    if (traits.command == command::body && skips_body_) return false;
    if (traits.stage <= stage::mail || !decided_at_) return true;
    // A filter that refuses DATA leaves the transaction as it is (milter-protocol.md 10, peculiarity D1).
    return decided_at_ == stage::data && traits.stage <= stage::data;
}

void smtp_progress::settle(core::command_traits const& traits, core::answer verdict) {
    if (verdict == core::answer::skip) skips_body_ = true;
    if (verdict == core::answer::proceed || verdict == core::answer::skip) return;
    bool const refuses = verdict != core::answer::accept && verdict != core::answer::discard;
    bool const of_recipient = traits.command == command::rcpt;
    if (traits.command == command::connect || traits.command == command::helo) {
        has_decided_connection_ = true;
    } else if (traits.stage != stage::none && !(of_recipient && refuses)) {
        decided_at_ = traits.stage;
    }
}

void smtp_progress::end_message() {
    stage_ = stage::none;
    decided_at_.reset();
    skips_body_ = false;
}

void smtp_progress::reset(command by) {
    end_message();
    if (by != command::abort) has_decided_connection_ = false;
}

}  // namespace milterproto::detail
