#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

namespace milterproto::core {

/// The macros of a connection, kept as they came and read when somebody asks: they are half of all packets,
/// and most filters look at few of them.
///
/// A set lives until the next one of its stage, or until a command of an earlier stage begins anew
/// (milter-protocol.md 4.2): those of connect and helo last as long as the connection. All sets lie one after
/// the other in one piece of memory, because there are as many stores as connections.
class macro_store {
public:
    /// Takes the payload of a macro frame. A letter without a stage (Postfix sends L, B and U) is ignored.
    void set(std::string_view payload);
    /// Forgets the sets of later stages. To be called before `what` is processed.
    void begin(command what) noexcept;
    void clear() noexcept;
    /// Gives back what a message needed and an idle connection does not.
    void shrink() { sets_.shrink_to_fit(); }
    /// Returns the value in the latest set that has the name, if it has a value there. `j` also finds `{j}`.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

private:
    std::size_t begin_of(std::size_t stage) const noexcept { return stage == 0 ? 0 : ends_[stage - 1]; }
    void forget_after(std::size_t stage) noexcept;

    std::string sets_;                                ///< in the order of the protocol
    std::array<std::uint32_t, macro_stages> ends_{};  ///< of each set
};

}  // namespace milterproto::core
