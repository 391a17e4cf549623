#pragma once

#include <span>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace testmta::run {

namespace core = milterproto::core;

enum class percent_form { kept, halved };

/// Which MTA is imitated. "plain" is nobody in particular: as few macros and as little of its own as can be.
struct dialect {
    std::string_view name;
    percent_form percent;  ///< of `%%` in a reply text
    core::mta_dialect mta;
};

std::span<dialect const> dialects();

}  // namespace testmta::run
