#pragma once

#include <optional>
#include <utility>

#include "callout/verification.hpp"
#include "milterproto/verdict.hpp"
#include "policy/remark.hpp"

namespace vouchd {

/// What a step does to the walk through the steps.
enum class effect {
    go_on,     ///< the next step looks
    spare,     ///< the mail passes, and no step after this one is asked
    let_pass,  ///< the mail passes after what the step has found
    put_off,   ///< the client is told to come again
    refuse,
};

/// What a ruling holds for: the message with all its recipients, or the one recipient that was looked at.
enum class reach { message, recipient };

/// What one step says of a subject.
class ruling {
public:
    static ruling go_on(remark why) { return {effect::go_on, std::move(why)}; }
    static ruling spare(remark why, vouchd::reach over = reach::message) {
        ruling made(effect::spare, std::move(why));
        made.reach = over;
        return made;
    }
    static ruling let_pass(remark why) { return {effect::let_pass, std::move(why)}; }
    /// `told` is what the SMTP client hears in enforce mode.
    static ruling refuse(remark why, milterproto::smtp_reply told) {
        ruling made(effect::refuse, std::move(why));
        made.reply = std::move(told);
        return made;
    }

    /// As `refuse`, with a reply that is not for good.
    static ruling put_off(remark why, milterproto::smtp_reply told) {
        ruling made(effect::put_off, std::move(why));
        made.reply = std::move(told);
        return made;
    }

    bool ends() const noexcept { return effect != effect::go_on; }

    vouchd::effect effect;
    vouchd::reach reach = reach::message;
    remark why;
    std::optional<callout::verification> verified;  ///< if the step has asked about the address
    std::optional<milterproto::smtp_reply> reply;   ///< of `refuse` and `put_off`

private:
    ruling(vouchd::effect what, remark reason) : effect(what), why(std::move(reason)) {}
};

}  // namespace vouchd
