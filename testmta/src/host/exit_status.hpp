#pragma once

namespace testmta::exit_status {

// testmta.md 2
inline constexpr int passed = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;      ///< also for a mistake in a file
inline constexpr int no_filter = 3;  ///< nothing accepts a connection there, or it is not a milter
inline constexpr int internal = 4;
inline constexpr int skipped = 77;

}  // namespace testmta::exit_status
