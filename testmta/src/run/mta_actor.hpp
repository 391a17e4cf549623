#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "script/script.hpp"

namespace testmta::run {

/// Plays the MTA of one session as the script says: turns steps into what happens to `mta_session`, and knows
/// the values of macros that a real MTA would find out.
class mta_actor {
public:
    explicit mta_actor(dialect const& as);

    void make_offer(offer const& what);
    /// What is wrong with the answer to the offer, if anything (TM-026, 027, 030).
    std::optional<std::string> judge_agreement(std::string_view payload) const;
    core::option_set const& agreed() const noexcept { return mta_.agreed(); }

    /// To be sent with the next event of their stage.
    void remember(macros const& what);
    /// `forced`: whatever was agreed and decided.
    core::issued perform(action const& what, bool forced);
    core::issued perform_body(std::string_view chunk, bool forced);
    /// What is to be written.
    std::string take_output();
    /// A frame of the filter; what this MTA finds wrong with it, if anything.
    std::optional<std::string> hear(core::frame const& came);

    /// Has this MTA nothing to say any more, so that it closes the connection?
    bool over() const noexcept { return mta_.over(); }
    /// The filter wants no such event, or does not know it.
    bool declined(core::command what) const;
    /// `message 1, after 2 recipients`
    std::string position() const;

private:
    core::issued perform(connect const& what);
    core::issued perform(words const& what);
    core::issued perform(plain const& what);
    void note_sender(std::string_view path);
    void note_recipient(std::string_view path);

    core::mta_session mta_;
    core::option_set offered_;
    unsigned messages_ = 0;
    unsigned recipients_ = 0;
};

}  // namespace testmta::run
