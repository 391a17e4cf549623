#pragma once

#include <iosfwd>

#include "submission/events.hpp"

namespace testmta::submit {

/// Writes each event as a line of JSON.
class json_lines final : public submission::observer {
public:
    explicit json_lines(std::ostream& to) : to_(to) {}
    void on(submission::any_event const& what, callout::steady_time when) override;

private:
    std::ostream& to_;
};

}  // namespace testmta::submit
