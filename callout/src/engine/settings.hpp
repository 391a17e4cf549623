#pragma once

#include <memory>

#include "callout/fence.hpp"
#include "callout/options.hpp"

namespace callout {

/// How callouts are made. Each keeps what was in force when it began.
class settings {
public:
    explicit settings(engine_options chosen)
        : options(std::move(chosen)), destinations(options.destinations) {}
    engine_options const options;
    fence const destinations;
};
using shared_settings = std::shared_ptr<settings const>;

}  // namespace callout
