#include "policy/decision.hpp"

namespace vouchd {

std::string_view to_string(action what) noexcept {
    return what == action::reject ? "reject" : "continue";
}

void decision::take(std::string_view step, ruling said) {
    trace.emplace_back(step, said.effect, std::move(said.why));
    reach = said.reach;
    wanted = said.effect == effect::refuse ? action::reject : action::proceed;
    effective = in_force == mode::enforce ? wanted : action::proceed;
    reply = std::move(said.reply);
    if (said.verified) verified = std::move(said.verified);
}

std::string_view decision::rule() const noexcept {
    return trace.empty() ? std::string_view() : trace.back().name;
}

std::string_view decision::action_word() const noexcept {
    bool const is_spared = !trace.empty() && trace.back().effect == effect::spare;
    return is_spared ? "skip" : to_string(wanted);
}

}  // namespace vouchd
