#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace vouchd {

enum class severity { error, warning };

/// Where a value of the configuration was written; line 0 means that it stands in no file.
struct place {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend auto operator<=>(place const&, place const&) = default;
};

/// What is wrong with a value, and what would be right.
struct remedy {
    std::string code;  ///< E107, W02: daemon.md 3.3
    std::string text;
};

/// One thing that is wrong with a configuration.
struct problem {
    vouchd::severity severity = vouchd::severity::error;
    vouchd::remedy remedy;
    std::string key;  ///< milter.reply_budget
    place where;
    /// `FILE:LINE:COLUMN: error E107 milter.reply_budget: ...`
    std::string to_string() const;
};

/// Returns the problems as lines in the order of the source; at most `most_problems`, then a count of the
/// rest.
std::string report(std::vector<problem> const& problems);
inline constexpr std::size_t most_problems = 100;

bool any_error(std::vector<problem> const& problems);

}  // namespace vouchd
