#include "policy/judge.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace vouchd {

namespace {

decision open_decision(policy const& by) {
    decision made(by.values().server.mode);
    made.trace.reserve(by.in_order().size());
    return made;
}

/// A wait may end without a word when the MTA has given up: then nobody wants the decision.
void expect_that_somebody_waits(boost::asio::cancellation_state const& state) {
    bool const is_given_up = state.cancelled() != boost::asio::cancellation_type::none;
    if (is_given_up) throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace

std::optional<decision> judge::at_once(subject const& sender) const {
    auto made = open_decision(*policy_);
    for (auto const& one : policy_->in_order()) {
        auto said = one->at_once(sender);
        if (!said) return std::nullopt;
        made.take(one->name(), std::move(*said));
        if (made.is_final()) break;
    }
    return made;
}

boost::asio::awaitable<decision> judge::decide(subject const& sender, wish wanted,
                                               callout::steady_time until) const {
    auto const policy = policy_;  // the judge may go while a step waits
    auto made = open_decision(*policy);
    for (auto const& one : policy->in_order()) {
        auto said = one->at_once(sender);
        if (!said) {
            auto late = co_await one->in_time(sender, wanted, until);
            auto const state = co_await boost::asio::this_coro::cancellation_state;
            expect_that_somebody_waits(state);
            said = std::move(late);
        }
        made.take(one->name(), std::move(*said));
        if (made.is_final()) break;
    }
    co_return made;
}

}  // namespace vouchd
