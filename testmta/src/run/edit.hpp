#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "milterproto/core/mta/modification.hpp"
#include "script/expectation.hpp"

namespace testmta::run {

/// What a filter asked for at the end of a message.
class edit {
public:
    explicit edit(core::modification const& asked);

    edit_kind what;
    std::uint32_t index;
    std::string subject;  ///< a field's name, an address, a reason, or bytes of a body
    std::string value;    ///< a field's value, or the arguments of an address

    bool fits(edit_is const& wanted) const;
    /// Returns it as a script writes it.
    std::string describe() const;
};

/// Returns what is wrong if the edits are not as wanted, all of these together: each that is wanted must be
/// an edit of its own (TM-066).
class edit_problem {
public:
    std::size_t which;  ///< of the wanted ones
    std::string got;
};
std::optional<edit_problem> judge_edits(std::vector<edit_is> const& wanted, std::vector<edit> const& asked);

/// Lists edits, those first that are nearest to what is wanted (TM-068).
std::string list_nearest(edit_is const& wanted, std::vector<edit> const& asked);

}  // namespace testmta::run
