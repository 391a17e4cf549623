#pragma once

#include "core/rule_book.hpp"

namespace callout::core {

/// The rules that come with Vouch: callout/rules/.
rule_book const& built_in_rules();

}  // namespace callout::core
