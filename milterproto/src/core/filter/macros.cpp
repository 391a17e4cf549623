#include "milterproto/core/filter/macros.hpp"

#include <algorithm>
#include <cstring>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// The stages in the order of the protocol, as the letters of their commands.
constexpr std::string_view stages = "CHMRTNE";

/// Commands that clear later sets; commands of the content clear nothing.
constexpr std::string_view clearing = "CHMR";

/// With less than this left behind, squeezing is not worth its work.
constexpr std::size_t least_waste = 1024;

/// The shortest macro is an empty name, its NUL, and the NUL of an empty value.
constexpr std::size_t shortest_macro = 2;

/// Returns how many macros the strings are, with a last name that has no value.
std::size_t macros_in(std::string_view set) noexcept {
    auto const strings = static_cast<std::size_t>(std::ranges::count(set, '\0'));
    return (strings + 1) / 2;
}

/// Returns the whole macros at the beginning of a set: at most `most`, in at most `room` bytes.
std::string_view first_macros(std::string_view set, std::size_t most, std::size_t room) noexcept {
    std::size_t taken = 0;
    for (auto rest = set; most != 0; --most) {
        if (!take_string(rest)) break;
        (void)take_string(rest);
        auto const end = set.size() - rest.size();
        if (end > room) break;
        taken = end;
    }
    return set.substr(0, taken);
}

}  // namespace

void macro_store::set(std::string_view payload) {
    auto const stage = stages.find(payload.front());
    payload.remove_prefix(1);
    // An empty set does not clear the earlier one (MP-106).
    if (stage == std::string_view::npos || payload.empty()) return;
    forget(places_[stage]);
    auto const taken = fitting(payload);
    if (taken.empty()) return;
    make_room(taken.size());
    places_[stage] = {static_cast<std::uint16_t>(bytes_.size()), static_cast<std::uint16_t>(taken.size())};
    bytes_.insert(bytes_.end(), taken.begin(), taken.end());
    kept_ += taken.size();
}

/// Returns what there is room for, and counts what is dropped.
std::string_view macro_store::fitting(std::string_view set) {
    auto const room = limits::macros - kept_;
    bool const is_small = set.size() <= room && set.size() / shortest_macro <= limits::macros_of_stage;
    if (is_small) return set;
    auto const taken = first_macros(set, limits::macros_of_stage, room);
    dropped_ += macros_in(set.substr(taken.size()));
    return taken;
}

/// Squeezes where that has been paid for by the bytes that came: at least as many are left behind as are
/// moved.
void macro_store::make_room(std::size_t size) {
    auto const waste = bytes_.size() - kept_;
    bool const is_full = bytes_.size() + size > most_bytes;
    if (is_full || waste >= std::max(kept_, least_waste)) squeeze();
    if (bytes_.size() + size > limits::macros) bytes_.reserve(most_bytes);  // and not by doubling
}

void macro_store::begin(command what) noexcept {
    if (what == command::negotiate) return clear();
    auto const stage = clearing.find(static_cast<char>(what));
    if (stage != std::string_view::npos) forget_after(stage);
}

void macro_store::forget(place& which) noexcept {
    kept_ -= which.size;
    bool const is_last = std::size_t{which.begin} + which.size == bytes_.size();
    if (is_last) bytes_.resize(which.begin);
    if (kept_ == 0) bytes_.clear();
    which = {};
}

void macro_store::forget_after(std::size_t stage) noexcept {
    for (auto later = places_.size(); --later > stage;) forget(places_[later]);
}

void macro_store::clear() noexcept {
    bytes_.clear();
    places_.fill({});
    kept_ = 0;
}

void macro_store::shrink() {
    squeeze();
    bytes_.shrink_to_fit();
}

/// Moves the sets together.
void macro_store::squeeze() noexcept {
    std::array<place*, macro_stages> by_place;
    std::ranges::transform(places_, by_place.begin(), [](auto& one) { return &one; });
    std::ranges::sort(by_place, {}, &place::begin);
    std::size_t end = 0;
    for (auto* const one : by_place) {
        if (one->size == 0) continue;
        std::memmove(bytes_.data() + end, bytes_.data() + one->begin, one->size);
        one->begin = static_cast<std::uint16_t>(end);
        end += one->size;
    }
    bytes_.resize(end);
}

std::optional<std::string_view> macro_store::find(std::string_view name) const noexcept {
    for (auto stage = places_.size(); stage-- != 0;) {
        auto const& where = places_[stage];
        std::string_view const set(bytes_.data() + where.begin, where.size);
        if (auto const found = find_macro(set, name); found.is_there) return found.value;
    }
    return std::nullopt;
}

}  // namespace milterproto::core
