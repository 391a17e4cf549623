#include "milterproto/core/wire/negotiation.hpp"

#include <algorithm>

namespace milterproto::core {

namespace {

bool asks_for_macros(filter_wishes const& wishes) noexcept {
    return std::ranges::any_of(wishes.macros, [](auto const& list) { return list.has_value(); });
}

struct chunk_size {
    std::uint32_t bit;
    std::size_t payload;
};
/// Returns the offer with each 0, which means the set of version 1, spelt out.
option_set spelt_out(option_set offer) noexcept {
    if (offer.actions == 0) offer.actions = action::version_1;
    if (offer.steps == 0) offer.steps = step::version_1;
    return offer;
}

/// Steps that the session emulates where the MTA lacks them.
constexpr std::uint32_t emulated = step::all_no_reply | step::no_data | step::no_unknown;

constexpr chunk_size chunk_sizes[] = {{step::chunks_1m, limits::payload_1m},
                                      {step::chunks_256k, limits::payload_256k}};

}  // namespace

result<agreement> negotiate(option_set offer, filter_wishes const& wishes) noexcept {
    if (offer.version < oldest_version) return errc::version_too_old;
    offer = spelt_out(offer);
    auto const required_steps = wishes.required_steps & ~step::internal;
    if ((wishes.required_actions & ~offer.actions) != 0) return errc::negotiation_refused;
    if ((required_steps & ~offer.steps) != 0) return errc::negotiation_refused;

    auto wanted_actions = wishes.wanted_actions;
    if (asks_for_macros(wishes)) wanted_actions |= action::symbol_lists;
    agreement agreed;
    agreed.options.version = std::min(offer.version, newest_version);
    agreed.options.actions = wishes.required_actions | (wanted_actions & offer.actions);
    agreed.options.steps = required_steps | (wishes.wanted_steps & ~step::internal & offer.steps);
    for (auto const& size : chunk_sizes) {
        if (size.payload <= wishes.largest_payload && (offer.steps & size.bit) != 0) {
            agreed.options.steps |= size.bit;
            agreed.payload_limit = size.payload;
            break;
        }
    }
    return agreed;
}

negotiation::negotiation(option_set const& offer, filter_wishes by_callbacks)
    : offer_(offer), offered_(spelt_out(offer)), by_callbacks_(std::move(by_callbacks)) {
    implied_steps_ = by_callbacks_.required_steps | by_callbacks_.wanted_steps;
    implied_steps_ = (implied_steps_ & ~step::skip) | (offered_.steps & step::skip);
    offered_.steps = (offered_.steps & ~step::internal) | step::all_no_reply;
    wanted_steps = implied_steps_;
    wanted_actions = by_callbacks_.required_actions | (by_callbacks_.wanted_actions & offered_.actions);
}

void negotiation::take_all() noexcept {
    wanted_actions = offered_.actions;
    wanted_steps = implied_steps_;
}

result<void> negotiation::ask_macros(macro_stage stage, std::string names) {
    auto const index = static_cast<std::size_t>(stage);
    if (index >= macro_stages) return errc::no_such_stage;
    if (asked_[index]) return errc::macros_set_twice;
    asked_[index] = true;
    by_callbacks_.macros[index] = std::move(names);
    return {};
}

filter_wishes negotiation::wishes() const {
    auto decided = by_callbacks_;
    decided.required_actions = wanted_actions;
    decided.wanted_actions = 0;
    auto const can_do_without = emulated | implied_steps_;
    decided.required_steps = wanted_steps & ~can_do_without;
    decided.wanted_steps = wanted_steps & can_do_without;
    return decided;
}

std::vector<symbol_list> symbol_lists(agreement const& agreed, filter_wishes const& wishes) {
    std::vector<symbol_list> lists;
    if ((agreed.options.actions & action::symbol_lists) == 0) return lists;
    for (std::uint32_t stage = 0; stage != macro_stages; ++stage) {
        auto const* names = &wishes.macros[stage];
        auto const& at_end = wishes.macros[static_cast<std::size_t>(macro_stage::end_of_message)];
        if (stage == static_cast<std::uint32_t>(macro_stage::end_of_headers) && !*names) names = &at_end;
        if (*names) lists.push_back({stage, **names});
    }
    return lists;
}

}  // namespace milterproto::core
