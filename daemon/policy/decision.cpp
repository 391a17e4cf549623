#include "policy/decision.hpp"

namespace vouchd {

namespace {

action action_of(effect what) noexcept {
    if (what == effect::refuse) return action::reject;
    return what == effect::put_off ? action::tempfail : action::proceed;
}

}  // namespace

std::string_view to_string(action what) noexcept {
    constexpr std::string_view words[] = {"continue", "tempfail", "reject"};
    return words[static_cast<std::size_t>(what)];
}

void decision::take(std::string_view step, ruling said) {
    trace.emplace_back(step, said.effect, std::move(said.why));
    reach = said.reach;
    wanted = action_of(said.effect);
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
