#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"

namespace testmta::run {

/// The MTA of one session, without a socket: makes frames of steps as its dialect does, and keeps what was
/// agreed.
class mta_side {
public:
    explicit mta_side(dialect const& as);

    std::string make_offer(offer const& what);
    /// Takes the answer to the offer; what is wrong with it, if anything (TM-026, 027, 030).
    std::optional<std::string> agree(std::string_view payload);
    core::option_set const& agreed() const noexcept { return agreed_; }

    void remember(macros const& what);
    /// Each string is one event with its macros in front, to be sent and answered before the next.
    std::vector<std::string> make_events(action const& what);
    /// What this MTA sends unasked when the answer to the event has come.
    std::string make_sequel(core::command answered) const;
    /// After `skip` the rest of the body is not sent.
    void skip_body() noexcept { body_skipped_ = true; }

    /// The filter wants no such event, or does not know it.
    bool declined(core::command what) const;
    /// The filter answers such an event.
    bool answers(core::command what) const;
    /// `message 1, after 2 recipients`
    std::string position() const;

private:
    std::vector<std::string> make_bodies(body const& what);
    std::string with_macros(core::command what, std::string event);
    std::string macro_frame(core::command what);
    std::optional<std::string> wanted_names(core::command what) const;
    void note(words const& what);
    void note(connect const& what);

    dialect const* as_;  ///< never null
    core::option_set offered_;
    core::option_set agreed_;
    std::map<core::command, std::string> asked_macros_;  ///< by the filter's symbol lists
    std::map<core::command, std::map<std::string, std::string>> script_macros_;
    std::map<std::string, std::string, std::less<>> macro_values_;
    bool body_skipped_ = false;
    unsigned messages_ = 0;
    unsigned recipients_ = 0;
};

}  // namespace testmta::run
