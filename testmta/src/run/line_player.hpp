#pragma once

#include <vector>

#include "run/step_player.hpp"

namespace testmta::run {

/// Plays the lines of a test: decides each `if`, and parses lines whose values were captured.
class line_player {
public:
    using proceeds = step_player::proceeds;

    proceeds play_lines(std::vector<node> const& lines, step_player& on);

protected:
    ~line_player() = default;

private:
    virtual proceeds play(on_session const& what, step_player& from) = 0;
    virtual proceeds play(parallel const& what, step_player& from) = 0;
    proceeds play(node const& line, step_player& on);
    proceeds play_late(node const& line, step_player& on);
    proceeds choose(node const& line, step_player& on);
};

}  // namespace testmta::run
