#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "script/dialect.hpp"
#include "script/step.hpp"

namespace testmta::run {

/// Plays the MTA of one session as the script says: turns steps into calls of `mta_session`, and supplies the
/// macro values that a real MTA would find out.
class mta_actor {
public:
    mta_actor(dialect const& as, macros_of which);

    void make_offer(offer const& what);
    /// Returns what is wrong with the answer to the offer, if anything (TM-026, 027, 030).
    std::optional<std::string> judge_agreement(std::string_view payload) const;
    /// Goes on as if the filter had agreed to nothing in particular, if it has not answered the offer.
    void assume_agreement();
    core::option_set const& offered() const noexcept { return offered_; }
    core::option_set const& agreed() const noexcept { return mta_.agreed(); }

    /// Keeps macros, to be sent with the next event of their stage.
    void remember(macros const& what);
    /// If `forced`, sends the event whatever was negotiated and decided.
    core::issued perform(action const& what, bool forced);
    /// Returns the largest piece of a body that was agreed to.
    std::size_t largest_chunk() const noexcept;
    core::issued perform_body(std::string_view chunk, bool forced);
    /// Returns the bytes to write, once.
    std::string take_output();
    /// Takes a frame of the filter. Returns what this MTA finds wrong with it, if anything.
    std::optional<std::string> hear(core::frame const& came);

    /// Returns whether this MTA has nothing more to send, so that it closes the connection.
    bool over() const noexcept { return mta_.over(); }
    /// Returns whether the filter declined such events at negotiation, or does not know them.
    bool declined(core::command what) const;
    /// Describes how far the session has come, such as `message 1, after 2 recipients`.
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
