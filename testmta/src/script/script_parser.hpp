#pragma once

#include <vector>

#include "script/script.hpp"
#include "script/settings.hpp"
#include "text/cursor.hpp"
#include "text/mistakes.hpp"
#include "text/source.hpp"

namespace testmta::run {

/// What the command line says about every script.
class given {
public:
    settings defaults;
    text::variables defines;  ///< -D: beats `set` at file level (TM-011)
};

/// The tests of a script; what is wrong with it stands in `wrong`, and then they must not be played (TM-002).
std::vector<test> parse_script(text::source const& file, given const& by_command_line, text::mistakes& wrong);

}  // namespace testmta::run
