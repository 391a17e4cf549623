#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string_view>

#include "callout/doors/clock.hpp"
#include "policy/ruling.hpp"
#include "policy/subject.hpp"
#include "policy/wish.hpp"

namespace vouchd {

/// One named rule or question of a policy. It is made with all that it needs: its part of the configuration,
/// the engine. A throw out of a step is a fault of ours, and undoes the decision.
class step {
public:
    virtual ~step() = default;

    /// Returns the name that the log, the explanation and the metrics call it by.
    virtual std::string_view name() const noexcept = 0;

    /// Returns what it rules without waiting, or nothing if it has to wait. It costs no coroutine, and
    /// changes nothing: it may look several times at one subject.
    virtual std::optional<ruling> at_once(subject const& sender) const = 0;

    /// Waits for what it needs to know, and rules by `until`. It is asked where `at_once` returned nothing.
    virtual boost::asio::awaitable<ruling> in_time(subject const& sender, wish const& wanted,
                                                   callout::steady_time until) const = 0;
};

/// A step that never waits.
class rule : public step {
public:
    boost::asio::awaitable<ruling> in_time(subject const& sender, wish const& wanted,
                                           callout::steady_time until) const final;
};

}  // namespace vouchd
