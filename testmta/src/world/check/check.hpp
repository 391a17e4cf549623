#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "world/language/model.hpp"
#include "world/peers/journal.hpp"

/// Runs the expectations of a world against the callout engine of this repository.
namespace testmta::world {

struct check_options {
    std::string only;                 ///< a pattern for the number or name of the entries; empty: all
    std::optional<clock_kind> clock;  ///< overrides the world's
};

/// The result of one entry.
class check_result {
public:
    std::string number;
    std::string title;
    std::vector<std::string> expected;  ///< for each question in turn
    std::vector<std::string> got;
    std::vector<std::string> problems;  ///< each difference from what was expected
    bool refused_innocent = false;      ///< a `fail` that the world does not expect
    bool virtual_time = false;
    std::chrono::milliseconds took{0};  ///< on the clock that the entry used

    bool passed() const noexcept { return problems.empty(); }
};

/// Runs the entries and returns their results in order. Throws std::runtime_error if the world's servers
/// cannot listen.
std::vector<check_result> check(description const& what, check_options const& wanted, journal& log);

void print(std::ostream& out, std::vector<check_result> const& results);

}  // namespace testmta::world
