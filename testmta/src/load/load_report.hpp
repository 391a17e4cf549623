#pragma once

#include <string>
#include <vector>

#include "load/load_run.hpp"
#include "load/plan.hpp"

namespace testmta::load {

/// Tells how a load went.
class load_report {
public:
    load_report(plan const& what, load_result const& how);

    int exit_status() const;
    std::string text() const;
    std::string json() const;

private:
    std::uint64_t lost() const;
    histogram const& whole() const;
    std::string summary() const;
    std::string rates() const;
    std::string costs() const;
    std::string errors() const;
    double per_message(double of_all) const;

    plan const& plan_;
    load_result const& result_;
    double seconds_;                ///< that the rate is taken over
    double rate_;                   ///< messages that ended per second
    std::optional<double> wanted_;  ///< the rate of the schedule over the same time
    std::vector<std::string> unmet_;
};

}  // namespace testmta::load
