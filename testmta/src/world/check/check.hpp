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
    std::string only;                 ///< the entries whose number or name matches; empty: all
    std::optional<clock_kind> clock;  ///< instead of the world's
};

/// What became of one entry.
class check_result {
public:
    std::string number;
    std::string title;
    std::vector<std::string> expected;  ///< of each question in turn
    std::vector<std::string> got;
    std::vector<std::string> problems;  ///< what was not as expected
    bool refused_innocent = false;      ///< a `fail` where none was due
    bool virtual_time = false;
    std::chrono::milliseconds took{0};  ///< on its clock

    bool passed() const noexcept { return problems.empty(); }
};

/// Throws std::runtime_error if the world's servers cannot listen.
std::vector<check_result> check(description const& what, check_options const& wanted, journal& log);

void print(std::ostream& out, std::vector<check_result> const& results);

}  // namespace testmta::world
