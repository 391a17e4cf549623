#pragma once

#include <memory>

#include "callout/doors/clock.hpp"

namespace submission::testing {

/// A time that does not pass.
class still_clock final : public callout::clock {
public:
    callout::steady_time now() const noexcept override { return {}; }
    callout::system_time wall() const noexcept override { return {}; }
    std::unique_ptr<callout::alarm> make_alarm() override { return nullptr; }
};

}  // namespace submission::testing
