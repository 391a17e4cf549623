#pragma once

#include <string>
#include <vector>

#include "run/report.hpp"

namespace testmta::run {

/// Collects results, and writes them as JUnit's XML when all tests have ended: a suite for each script.
class junit_report : public report {
public:
    explicit junit_report(std::string file) : file_(std::move(file)) {}

    void plan(std::size_t) override {}
    void add(scripted_test const& which, outcome const& how, secrets const& hidden) override;
    void add(std::size_t number, std::string const& name, std::optional<std::string> const& problem) override;
    void bail_out(std::string const& why) override;
    /// Throws `std::runtime_error` if the file cannot be written.
    void end() override;

private:
    struct counts {
        std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
        std::chrono::microseconds took{};
    };
    struct suite {
        std::string name;
        std::string cases;
        counts of;
    };
    suite& suite_of(std::string const& name);

    std::string file_;
    std::vector<suite> suites_;
};

}  // namespace testmta::run
