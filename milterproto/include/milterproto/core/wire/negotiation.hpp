#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/core/error.hpp"
#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/message.hpp"

namespace milterproto::core {

/// What "discard" for one recipient means to the message. The documents and this library: the filter has
/// finished with it. libmilter runs the abort callback if the MTA then gives the message up (MP-138).
enum class discarded_recipient : std::uint8_t { finishes_message, leaves_message_open };

/// What a filter would like of an MTA. What is required and not offered ends the negotiation; what is wanted
/// and not offered is left out of the request and emulated by the session.
class filter_wishes {
public:
    filter_wishes() {}
    std::uint32_t required_actions = 0;
    std::uint32_t wanted_actions = 0;
    std::uint32_t required_steps = 0;
    std::uint32_t wanted_steps = 0;
    std::size_t largest_payload = limits::payload;  ///< up to limits::payload_1m; agreed if the MTA can
    /// By macro_stage: unset leaves the MTA's own list in force, empty asks for none.
    std::array<std::optional<std::string>, macro_stages> macros;
    discarded_recipient after_discard = discarded_recipient::finishes_message;
};

/// What both sides hold to from here on.
class agreement {
public:
    agreement() {}
    option_set options;
    std::size_t payload_limit = limits::payload;
};

/// Makes an agreement of offer and wishes, in the filter's role. Versions 2 to 6; an offer of 0 means version
/// 1's set.
[[nodiscard]] result<agreement> negotiate(option_set offer, filter_wishes const& wishes) noexcept;

/// A negotiation that the filter decides itself, when it knows the offer (libmilter: xxfi_negotiate). It
/// holds what the callbacks say; change `wanted` to have something else. What is wanted and not offered ends
/// the negotiation, except for the steps that the library emulates: NR_*, NODATA and NOUNKNOWN.
class negotiation {
public:
    negotiation(option_set const& offer, filter_wishes by_callbacks);

    /// Returns the offer as the MTA sent it.
    option_set const& offer() const noexcept { return offer_; }
    /// Returns what can be had: the MTA's actions, and its steps with every NR_*, which the library emulates
    /// if need be. An offer of 0 is spelt out.
    option_set const& offered() const noexcept { return offered_; }
    /// Asks for every action of the MTA, for the steps that the callbacks say, and for skip (libmilter:
    /// SMFIS_ALL_OPTS).
    void take_all() noexcept;
    /// Says which macros the MTA sends with a stage, separated by blanks, in place of its own list
    /// (libmilter: smfi_setsymlist). Once for each stage: `errc::macros_set_twice`; `errc::no_such_stage` for
    /// a number above 6.
    [[nodiscard]] result<void> ask_macros(macro_stage stage, std::string names);

    std::uint32_t wanted_actions;
    std::uint32_t wanted_steps;

    // for the library
    filter_wishes wishes() const;

private:
    option_set offer_;
    option_set offered_;
    filter_wishes by_callbacks_;
    std::uint32_t implied_steps_;
    std::array<bool, macro_stages> asked_{};
};

/// Returns the symbol lists that go out with an agreement, in ascending order, or none if the MTA does not
/// know them. A list for end of message is accompanied by one for end of headers, without which Sendmail 8.17
/// ignores it (peculiarity D8). Views of `wishes`.
std::vector<symbol_list> symbol_lists(agreement const& agreed, filter_wishes const& wishes);

}  // namespace milterproto::core
