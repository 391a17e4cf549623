#pragma once

#include <vector>

#include "script/script.hpp"

namespace testmta::run {

/// Follows the steps of a test and finds the one that stands where no MTA would send it (TM-024). Missing
/// steps are named, not invented; only `open` and `negotiate` are implied.
class order {
public:
    /// What the first step of a session implies.
    std::vector<action> implied_before(action const& what) const;
    /// Throws `text::mistake` unless the step is forced, and goes on behind it.
    void follow(step const& what);

private:
    enum class phase { unopened, opened, negotiated, connected, mail, rcpt, data, content, refused, closed };
    struct row;
    static row const* row_of(action const& what);
    std::string objection(row const& of) const;
    phase after(row const& of, step const& what) const;

    phase phase_ = phase::unopened;
};

}  // namespace testmta::run
