#pragma once

#include <span>
#include <string_view>

#include "callout/reply.hpp"
#include "callout/stage.hpp"
#include "core/finding.hpp"
#include "core/reading.hpp"

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

/// Returns the row that a provider's rule means, or else the first that fits; the last row fits everything.
decision_row const& row_for(stage where, reply const& r, reading const& read);
fault_row const& row_for(stage where, boost::system::error_code fault);
/// Returns the row whose outcome a provider's rule means, or null. At RCPT `blocked` is a refusal of us,
/// `policy` one of this address.
decision_row const* row_of(stage where, reason means, strength how_sure) noexcept;

/// Returns the row's verdict with the reply as its evidence.
finding decide(decision_row const& row, reply const& r);
/// Reads the reply by the rules that come with Vouch.
finding decide(stage where, reply const& r, names_in_reply const& names = {});
finding decide(stage where, boost::system::error_code fault);

/// Returns whether a verdict for this reason also says that the mailbox exists, or that it does not.
known existence(status s, reason r) noexcept;

}  // namespace callout::core
