#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "run/outcome.hpp"
#include "run/secrets.hpp"
#include "script/test.hpp"
#include "text/source.hpp"

namespace testmta::run {

enum class show_frames { never, on_failure, always };

/// How many frames are shown of a failed test: enough to see what led to the failure.
inline constexpr std::size_t last_frames = 8;

/// A test of a script, with the files that its places are in.
struct scripted_test {
    text::sources const* files;
    test const* what;
    std::size_t number;  ///< from 1, among all that are played
};

/// Tells how the tests went, in the order of the scripts, one after the other.
class report {
public:
    virtual ~report() = default;

    virtual void plan(std::size_t tests) = 0;
    virtual void add(scripted_test const& which, outcome const& how, secrets const& hidden) = 0;
    /// Adds something that is judged and is not a test of a script.
    virtual void add(std::size_t number, std::string const& name,
                     std::optional<std::string> const& problem) = 0;
    virtual void bail_out(std::string const& why) = 0;
    virtual void end() {}
};

/// Tells all reports how a test went. The values of the hidden macros are not shown.
void tell(std::vector<report*> const& all, scripted_test const& which, outcome const& how,
          std::vector<std::string> const& hidden_macros);

/// Returns a failure with the line of the script, a caret, what calls it, and how far the session had come
/// (testmta.md 8).
std::string explain(text::sources const& files, failure const& what);
std::string explain(text::sources const& files, doubt const& what);

}  // namespace testmta::run
