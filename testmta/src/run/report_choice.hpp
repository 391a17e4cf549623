#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/report.hpp"

namespace testmta::run {

/// The options that say how results are told, as they were written.
class report_choice {
public:
    std::string transcript = "fail";
    bool tap = false;
    std::string junit;
};

/// The reports that were chosen; they write to standard output and to files.
class chosen_reports {
public:
    /// Throws `usage_error` if an option is wrong.
    explicit chosen_reports(report_choice const& wanted);

    std::vector<report*> const& all() const noexcept { return all_; }

private:
    std::vector<std::unique_ptr<report>> owned_;
    std::vector<report*> all_;
};

}  // namespace testmta::run
