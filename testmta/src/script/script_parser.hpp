#pragma once

#include <vector>

#include "script/settings.hpp"
#include "script/test.hpp"
#include "text/cursor.hpp"
#include "text/mistakes.hpp"
#include "text/source.hpp"

namespace testmta::run {

/// What the command line sets for every script.
class command_line_settings {
public:
    settings defaults;
    text::variables defines;  ///< from -D; override `set` at file level (TM-011)
};

/// Returns the tests of a script, whose first file this is; those that it includes are added to `files`. If
/// it adds anything to `wrong`, the tests must not be played (TM-002).
std::vector<test> parse_script(text::source file, command_line_settings const& by_command_line,
                               text::sources& files, text::mistakes& wrong);

}  // namespace testmta::run
