#pragma once

#include <iosfwd>

#include "run/report.hpp"

namespace testmta::run {

enum class colours { none, of_terminal };

/// Writes one `ok` or `not ok` line as each test ends, with what is needed to understand it.
class plain_report : public report {
public:
    plain_report(std::ostream& out, show_frames when, colours which)
        : out_(out), when_(when), colours_(which) {}

    void plan(std::size_t tests) override;
    void add(scripted_test const& which, outcome const& how, secrets const& hidden) override;
    void add(std::size_t number, std::string const& name, std::optional<std::string> const& problem) override;
    void bail_out(std::string const& why) override;

private:
    void head(bool is_good, std::size_t number, std::string const& name);
    bool shows_frames(bool is_good) const;

    std::ostream& out_;
    show_frames when_;
    colours colours_;
};

}  // namespace testmta::run
