#pragma once

#include <iosfwd>

#include "run/report.hpp"

namespace testmta::run {

/// Writes TAP 14: a YAML block explains a failure, and the sessions of a test are its subtests.
class tap_report : public report {
public:
    tap_report(std::ostream& out, show_frames when) : out_(out), when_(when) {}

    void plan(std::size_t tests) override;
    void add(scripted_test const& which, outcome const& how, secrets const& hidden) override;
    void add(std::size_t number, std::string const& name, std::optional<std::string> const& problem) override;
    void bail_out(std::string const& why) override;

private:
    void add_subtests(outcome const& how);
    void explain_in_yaml(scripted_test const& which, outcome const& how, secrets const& hidden);

    std::ostream& out_;
    show_frames when_;
};

}  // namespace testmta::run
