#pragma once

#include <cstddef>
#include <iosfwd>

#include "run/player.hpp"
#include "text/source.hpp"

namespace testmta::run {

enum class show_frames { never, on_failure, always };

/// Writes one `ok` or `not ok` line as each test ends, with what is needed to understand it (testmta.md 8).
class report {
public:
    report(std::ostream& out, show_frames when) : out_(out), when_(when) {}

    void plan(std::size_t tests);
    void add(text::source const& file, test const& what, outcome const& how);
    void bail_out(std::string const& why);
    std::size_t failed() const noexcept { return failed_; }

private:
    void explain(text::source const& file, outcome const& how);

    std::ostream& out_;
    show_frames when_;
    std::size_t number_ = 0;
    std::size_t failed_ = 0;
};

}  // namespace testmta::run
