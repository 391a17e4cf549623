#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/wire/message.hpp"

namespace testmta::run {

namespace core = milterproto::core;

/// What was tried of a filter: which event in which state got which answer, which edits came, and what was
/// negotiated (testmta.md 10).
class coverage {
public:
    using counts = std::map<std::string, std::uint64_t, std::less<>>;

    /// Takes note of what others have tried. The order does not matter (TM-104).
    void merge(coverage const& other);

    counts transitions;  ///< `STATE EVENT ANSWER NEXT-STATE`
    counts edits;
    counts declined;  ///< events that the filter did not want
    counts offered;   ///< options of the negotiation, by name
    counts asked;     ///< those of them that the filter took

    /// Returns the transitions that an MTA can make and that were not tried.
    std::vector<std::string> never_tried() const;
    std::string to_text() const;
};

/// Follows one session, and takes note.
class covered_session {
public:
    void opened() { state_ = "opened"; }
    void negotiated(core::option_set const& offered, core::option_set const& agreed);
    /// The event got this answer.
    void answered(core::command event, core::answer verdict);
    /// The event was sent, and gets no answer.
    void unanswered(core::command event);
    void declined(core::command event);
    void edited(std::string_view kind) { ++noted_.edits[std::string(kind)]; }

    coverage const& noted() const noexcept { return noted_; }

private:
    void note(core::command event, std::string_view answer, std::string_view next);

    std::string_view state_ = "opened";
    coverage noted_;
};

}  // namespace testmta::run
