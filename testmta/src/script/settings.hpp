#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "script/dialect.hpp"
#include "script/step.hpp"

namespace testmta::run {

/// Whose part a script plays.
enum class role { mta, filter };

/// The settings in force for the steps that follow.
class settings {
public:
    dialect const* as = &dialects().front();
    std::string milter;
    std::string folder;  ///< of the script; `file` is relative to it
    role plays = role::mta;
    implied expected = implied::proceed;
    macros_of macros = macros_of::dialect;
    std::optional<std::uint32_t> fuzz_seed;  ///< in place of the one in the script

    duration limit(core::command what) const {
        auto const found = limits.find(what);
        return found != limits.end() ? found->second : default_limit;
    }

    std::map<core::command, duration> limits{{core::command::end_of_message, std::chrono::seconds(60)}};
    duration connection_limit = std::chrono::seconds(10);
    duration default_limit = std::chrono::seconds(10);
};

}  // namespace testmta::run
