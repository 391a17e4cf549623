#pragma once

#include <string_view>

#include "callout/verification.hpp"
#include "core/synthetic.hpp"

/// Verdicts that the engine makes itself, while the network has not answered.
namespace callout {

inline verification in_progress(std::string_view detail) {
    return core::verdict_by_fact(status::transient, reason::in_progress, scope::self, detail);
}

inline verification broken_off() {
    return core::verdict_by_fact(status::error, reason::local, scope::self, "the callout was broken off");
}

}  // namespace callout
