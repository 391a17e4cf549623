#pragma once

#include <string_view>

namespace testmta::world {

/// Returns the page that shows a world and its conversations live, in a browser.
std::string_view control_page();

}  // namespace testmta::world
