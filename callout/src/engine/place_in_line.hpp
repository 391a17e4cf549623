#pragma once

#include <algorithm>

namespace callout {

/// A coroutine that waits. It may be cancelled at any wait, and must not leave a bell that would be rung.
template <class Line, class Bell>
class place_in_line {
public:
    place_in_line(Line& line, Bell& bell) : line_(line), bell_(&bell) { line_.push_back(bell_); }
    ~place_in_line() { line_.erase(std::ranges::find(line_, bell_)); }
    place_in_line(place_in_line const&) = delete;

private:
    Line& line_;
    Bell* bell_;
};

}  // namespace callout
