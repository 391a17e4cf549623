#include "milterproto/core/macros.hpp"

#include <string>

#include "milterproto/core/codec.hpp"

namespace milterproto::core {

namespace {

/// The stages in the order of the protocol, as the letters of their commands.
constexpr std::string_view stages = "CHMRTNE";

/// Commands from which on later sets are void; content commands clear nothing.
constexpr std::string_view clearing = "CHMR";

}  // namespace

void macro_store::set(std::string_view payload) {
    auto const stage = stages.find(payload.front());
    payload.remove_prefix(1);
    // An empty set does not clear the earlier one (MP-106).
    if (stage == std::string_view::npos || payload.empty()) return;
    sets_[stage] = payload;
}

void macro_store::begin(command what) noexcept {
    if (what == command::negotiate) return clear();
    auto const stage = clearing.find(static_cast<char>(what));
    if (stage == std::string_view::npos) return;
    for (auto later = stage + 1; later != sets_.size(); ++later) sets_[later].clear();
}

void macro_store::clear() noexcept {
    for (auto& set : sets_) set.clear();
}

std::optional<std::string_view> macro_store::find(std::string_view name) const noexcept {
    for (auto set = sets_.rbegin(); set != sets_.rend(); ++set) {
        if (auto const value = find_macro(*set, name)) return value;
    }
    return std::nullopt;
}

}  // namespace milterproto::core
