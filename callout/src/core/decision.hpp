#pragma once

#include <span>

#include "callout/reply.hpp"
#include "callout/stage.hpp"
#include "core/finding.hpp"
#include "core/phrases.hpp"

namespace callout::core {

/// One row of smtp-callout.md 3.9. The first row that fits decides.
struct decision_row {
    stage where;
    std::string_view code;      ///< "550", "5xx", "50x 555": any of them; x is any digit
    std::string_view enhanced;  ///< subject and detail: "1.1", "7.x", several; "-" is none; "" is any or none
    topic words;                ///< topic::none is any text
    callout::status status;
    callout::reason reason;
    callout::scope scope;
    callout::strength strength;
    next_step then;
};

/// The same for what is not a reply.
struct fault_row {
    stage where;
    errc cause;
    callout::status status;
    callout::reason reason;
    callout::scope scope;
    next_step then;
};

std::span<decision_row const> decision_table() noexcept;
std::span<fault_row const> fault_table() noexcept;

/// Returns the first row that fits; the last row fits everything. `asked` is the recipient, whose name in the
/// text says nothing.
decision_row const& row_for(stage where, reply const& r, std::string_view asked = {});
fault_row const& row_for(stage where, boost::system::error_code fault);

/// Returns the row's verdict with the reply as its evidence.
finding decide(decision_row const& row, reply const& r);
finding decide(stage where, reply const& r, std::string_view asked = {});
finding decide(stage where, boost::system::error_code fault);

/// Returns whether a verdict for this reason also says that the mailbox exists, or that it does not.
known existence(status s, reason r) noexcept;

}  // namespace callout::core
