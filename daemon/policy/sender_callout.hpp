#pragma once

#include "callout/engine.hpp"
#include "callout/verdict_word.hpp"
#include "config/config.hpp"
#include "policy/decision.hpp"
#include "policy/step.hpp"

namespace vouchd {

/// Returns what the default `on` table of the rule "sender-callout" makes of a verdict.
action action_for(callout::verdict_word verdict) noexcept;

/// The last step: the sender's own server is asked whether the sender exists. It borrows the engine.
class sender_callout final : public step {
public:
    sender_callout(callout::engine& engine, catch_all_probe probe) : engine_(engine), probe_(probe) {}

    std::string_view name() const noexcept override { return "sender-callout"; }
    /// Rules on what is not a valid address.
    std::optional<ruling> at_once(subject const& sender) const override;
    boost::asio::awaitable<ruling> in_time(subject const& sender, wish const& wanted,
                                           callout::steady_time until) const override;

    /// Returns what the engine is asked about a sender whose address is valid.
    callout::request question_about(subject const& sender, wish const& wanted) const;
    /// Returns what a verdict on the sender leads to.
    static ruling ruling_on(subject const& sender, callout::verification found);

private:
    callout::engine& engine_;
    catch_all_probe probe_;
};

}  // namespace vouchd
