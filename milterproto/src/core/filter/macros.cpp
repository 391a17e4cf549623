#include "milterproto/core/filter/macros.hpp"

#include <string>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// The stages in the order of the protocol, as the letters of their commands.
constexpr std::string_view stages = "CHMRTNE";

/// Commands that clear later sets; commands of the content clear nothing.
constexpr std::string_view clearing = "CHMR";

}  // namespace

void macro_store::set(std::string_view payload) {
    auto const stage = stages.find(payload.front());
    payload.remove_prefix(1);
    // An empty set does not clear the earlier one (MP-106).
    if (stage == std::string_view::npos || payload.empty()) return;
    auto const begin = begin_of(stage);
    auto const former = ends_[stage] - begin;
    sets_.replace(begin, former, payload);
    auto const change = static_cast<std::uint32_t>(payload.size() - former);  // modulo 2^32 if it shrank
    for (auto at = stage; at != ends_.size(); ++at) ends_[at] += change;
}

void macro_store::begin(command what) noexcept {
    if (what == command::negotiate) return clear();
    auto const stage = clearing.find(static_cast<char>(what));
    if (stage != std::string_view::npos) forget_after(stage);
}

void macro_store::forget_after(std::size_t stage) noexcept {
    auto const end = ends_[stage];
    for (auto later = stage + 1; later != ends_.size(); ++later) ends_[later] = end;
    sets_.resize(end);
}

void macro_store::clear() noexcept {
    sets_.clear();
    ends_.fill(0);
}

std::optional<std::string_view> macro_store::find(std::string_view name) const noexcept {
    for (auto stage = ends_.size(); stage-- != 0;) {
        auto const begin = begin_of(stage);
        auto const set = std::string_view(sets_).substr(begin, ends_[stage] - begin);
        if (auto const found = find_macro(set, name); found.is_there) return found.value;
    }
    return std::nullopt;
}

}  // namespace milterproto::core
