#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callout/verification.hpp"
#include "config/config.hpp"
#include "milterproto/verdict.hpp"
#include "policy/ruling.hpp"

namespace vouchd {

enum class action { proceed, tempfail, reject };
std::string_view to_string(action what) noexcept;

/// One step as it was looked at.
class trace_entry {
public:
    trace_entry(std::string_view step, vouchd::effect what, remark reason)
        : name(step), effect(what), why(std::move(reason)) {}
    bool matched() const noexcept { return effect != effect::go_on; }

    std::string name;  ///< a copy: the policy may be gone when the trace is read
    vouchd::effect effect;
    remark why;
};

/// What is done with a sender, and all that led to it.
class decision {
public:
    explicit decision(vouchd::mode in_force_) : in_force(in_force_) {}

    /// Takes the ruling of the next step. What the decision says is what the last one said.
    void take(std::string_view step, ruling said);

    /// Returns whether the step that was taken last has decided.
    bool is_final() const noexcept { return !trace.empty() && trace.back().matched(); }
    /// Returns the name of the step that decided.
    std::string_view rule() const noexcept;
    /// Returns what logs and explanations call it: "skip" where a rule spared the callout.
    std::string_view action_word() const noexcept;

    std::vector<trace_entry> trace;  ///< the step that decided, and all before it
    vouchd::reach reach = reach::message;
    std::optional<callout::verification> verified;  ///< none where a rule spared the callout
    vouchd::action wanted = vouchd::action::proceed;
    vouchd::action effective = vouchd::action::proceed;  ///< after the mode
    vouchd::mode in_force;
    std::optional<milterproto::smtp_reply> reply;  ///< what the client is told, or would be, on a refusal
};

}  // namespace vouchd
