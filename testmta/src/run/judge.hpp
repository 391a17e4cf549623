#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/wire/frame.hpp"
#include "script/dialect.hpp"
#include "script/expectation.hpp"

/// Judges whether a frame of the filter is what the script expects, and whether the protocol permits it.
namespace testmta::run {

/// A custom reply as the SMTP client would see it.
class smtp_text {
public:
    int code = 0;
    std::string enhanced;  ///< empty if it has none
    std::string text;      ///< lines joined by LF, without the codes
};

/// Parses the payload of a custom reply. Returns nothing, and sets `problem`, if no MTA would accept it
/// (TM-056).
std::optional<smtp_text> read_reply(std::string_view payload, percent_form percents, std::string& problem);

enum class frame_kind { answer, progress, modification, unknown };
frame_kind kind_of(char letter);

/// Returns what the protocol demands instead of this answer, whatever the script expects (TM-059, 060, 065).
/// Nothing if the protocol permits it.
std::optional<std::string> protocol_breach(core::frame const& came, core::command to,
                                           core::option_set const& agreed);

/// Returns a description of the frame if it is not what is expected.
std::optional<std::string> mismatch(expectation const& wanted, core::frame const& came, dialect const& as);

std::string describe(core::frame const& came);

}  // namespace testmta::run
