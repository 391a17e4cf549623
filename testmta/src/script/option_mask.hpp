#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The bits of a negotiation under the names that scripts give them (milter-protocol.md 2).
namespace testmta::run {

struct option_name {
    std::string_view name;
    std::uint32_t bits;
};
std::span<option_name const> action_names();
std::span<option_name const> step_names();

/// Returns the names of all bits, separated by blanks; what has no name is a number.
std::string name_bits(std::uint32_t bits, std::span<option_name const> names);

/// Which bits are offered, or must have been agreed to: an exact value, or some that are and some that are
/// not.
class option_mask {
public:
    std::optional<std::uint32_t> exact;
    std::uint32_t with = 0;
    std::uint32_t without = 0;

    /// Returns the offer that this changes, or replaces.
    std::uint32_t applied_to(std::uint32_t usual) const { return (exact.value_or(usual) | with) & ~without; }
    bool allows(std::uint32_t agreed) const {
        return exact.value_or(agreed) == agreed && (agreed & with) == with && (agreed & without) == 0;
    }
};

}  // namespace testmta::run
