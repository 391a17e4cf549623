#include "milterproto/core/negotiation.hpp"

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
constexpr chunk_size chunk_sizes[] = {{step::chunks_1m, limits::payload_1m},
                                      {step::chunks_256k, limits::payload_256k}};

}  // namespace

result<agreement> negotiate(option_set offer, filter_wishes const& wishes) noexcept {
    if (offer.version < oldest_version) return errc::version_too_old;
    if (offer.actions == 0) offer.actions = action::version_1;
    if (offer.steps == 0) offer.steps = step::version_1;
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
