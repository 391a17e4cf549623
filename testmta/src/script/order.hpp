#pragma once

#include <vector>

#include "script/script.hpp"

namespace testmta::run {

/// Follows the steps of a test and finds a step that no MTA would send at this point (TM-024). A missing step
/// is named in the mistake, not added; only `open` and `negotiate` are implied.
class order {
public:
    /// Returns the steps that the first step of a session implies.
    std::vector<action> implied_before(action const& what) const;
    /// Takes the next step. Throws `text::mistake` if it is out of order and not forced.
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
