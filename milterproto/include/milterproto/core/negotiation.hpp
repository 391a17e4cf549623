#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/core/message.hpp"
#include "milterproto/error.hpp"
#include "milterproto/limits.hpp"

namespace milterproto::core {

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
};

/// What both sides hold to from here on.
class agreement {
public:
    agreement() {}
    option_set options;
    std::size_t payload_limit = limits::payload;
};

/// Offer and wishes make an agreement, in the filter's role. Versions 2 to 6; an offer of 0 means version 1's
/// set.
result<agreement> negotiate(option_set offer, filter_wishes const& wishes) noexcept;

/// The symbol lists that go out with an agreement: in ascending order, none unless the MTA knows them. A list
/// for end of message is accompanied by one for end of headers, without which Sendmail 8.17 ignores it (D8).
/// Views of `wishes`.
std::vector<symbol_list> symbol_lists(agreement const& agreed, filter_wishes const& wishes);

}  // namespace milterproto::core
