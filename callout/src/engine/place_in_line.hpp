#pragma once

#include <vector>

namespace callout {

/// A coroutine that waits. It may be cancelled at any wait, and must not leave a bell that would be rung.
template <class Bell>
class place_in_line {
public:
    place_in_line(std::vector<Bell*>& line, Bell& bell) : line_(line), bell_(&bell) {
        line_.push_back(bell_);
    }
    ~place_in_line() { std::erase(line_, bell_); }
    place_in_line(place_in_line const&) = delete;

private:
    std::vector<Bell*>& line_;
    Bell* bell_;
};

}  // namespace callout
